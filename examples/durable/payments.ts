// The tool of the examples: a payment, whose effect is a line in a file.

import { appendFile } from "node:fs/promises";
import type { Holdpoint } from "@holdpoint/sdk";
import { durableStep } from "@holdpoint/sdk/durable";

export interface Payment {
  readonly orderId: string;
  readonly amount: number;
}

export function paymentStep(hp: Holdpoint) {
  const pay = async ({ orderId, amount }: Payment): Promise<string> => {
    await appendFile("refunds.txt", `${orderId} ${amount}\n`);
    return `paid back ${amount} USD for ${orderId}`;
  };
  return durableStep(hp, pay, {
    topic: "job.payment.refund",
    riskTags: ["payment"],
    reversible: false,
    describe: ({ orderId, amount }) => ({
      target: { resource: `orders/${orderId}` },
      cost: { amount, currency: "USD" },
    }),
  });
}
