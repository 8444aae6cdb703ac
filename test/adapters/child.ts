// The process of an agent: one pass of a harness, and its report as the last line.

import type { Harness, Plan } from "./plan.ts";

export async function runChild(harness: Harness): Promise<void> {
  const [verb, text = "{}"] = process.argv.slice(2);
  const plan = JSON.parse(text) as Plan;
  const report = await (verb === "resume" ? harness.resume(plan) : harness.start(plan));
  process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
}
