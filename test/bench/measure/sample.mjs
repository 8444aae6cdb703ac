// The actions that the engines are asked to decide and to hold.

/** What a redeemer sends again: everything in the action that has an effect. */
const deletion = {
  topic: "job.db.delete",
  params: { table: "customers", id: "c_81", cascade: true, note: "duplicate of c_17" },
  target: { environment: "prod", resource: "customers/c_81" },
  risk_tags: ["prod", "write"],
  reversible: false,
  cost: { amount: 12, currency: "USD" },
};

/** Some 800 bytes of JSON, like a real tool call with its reasons. */
export const sampleAction = {
  ...deletion,
  claims: {
    title: "Delete the customer c_81",
    reasoning:
      "The record is a duplicate: same tax number, same address and no order since March. The " +
      "merge of its two open tickets into c_17 was finished an hour ago.",
    if_approved: "One row is deleted together with its two addresses.",
    if_rejected: "The duplicate stays and is listed in tomorrow's report.",
    confidence: 0.91,
  },
};

/** The same action as it is about to run, which a grant is redeemed with. */
export const runningAction = deletion;

/** An action that policy allows at once. */
export const readAction = {
  topic: "job.orders.read",
  params: { customer: "c_17", from: "2026-01-01", to: "2026-06-30", fields: ["id", "total"] },
  target: { environment: "prod", resource: "orders" },
  reversible: true,
  claims: {
    title: "Read the orders of c_17",
    reasoning:
      "The user asked for the sum of this customer's orders in the first half of the year.",
  },
};
