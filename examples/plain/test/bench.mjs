// A plain function in the benchmark: called alone, and the same behind the guard.

export { Holdpoint } from "@holdpoint/sdk";

export function callsOf({ topics, act, options }) {
  const guards = new Map();
  const guardOf = (hp, name) => {
    const known = guards.get(name);
    if (known !== undefined) return known;
    const made = hp.guard(act, { topic: topics[name], tool: name, ...options });
    guards.set(name, made);
    return made;
  };
  return {
    own: (_, id) => act({ id }),
    gated: async (name, id, { hp, approve }) => {
      const guarded = guardOf(hp, name);
      const approvals = [];
      const onProposed = ({ job }) => {
        if (job.state === "APPROVAL") approvals.push(approve(job.id));
      };
      await guarded({ id }, {}, { onProposed, agent: { run: id, call: "c1" } });
      await Promise.all(approvals);
    },
  };
}
