// A process with a harness that stays: each line of its input is a pass, each line of its output a report.

import { createInterface } from "node:readline";
import type { Harness, Plan } from "./plan.ts";

interface Order {
  readonly id: number;
  readonly verb: "start" | "resume";
  readonly plan: Plan;
}

export async function serveHarness(harness: Harness): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, verb, plan } = JSON.parse(line) as Order;
    const answer = (said: object): void => {
      process.stdout.write(`\n${JSON.stringify({ id, ...said })}\n`);
    };
    void (verb === "start" ? harness.start(plan) : harness.resume(plan)).then(
      (report) => answer({ report }),
      (error: unknown) => answer({ error: String(error) }),
    );
  }
}
