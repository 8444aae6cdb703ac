// The examples whose agent refunds two orders, run as their read-me says: asked in one process, done in another.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { Holdpoint } from "@holdpoint/sdk";
import { expect } from "vitest";
import { runExample, type World } from "./world.ts";

interface Interrupts {
  readonly items: readonly {
    readonly id: string;
    readonly metadata: { readonly holdpoint: { readonly params: { readonly orderId?: string } } };
  }[];
}

/** One refund is approved and one rejected: one is paid, and the agent is told of both. */
export async function expectRefunds(example: string, world: World): Promise<void> {
  const asking = await runExample(example, ["ask"], world);
  const [thread = ""] = (await asking.line(/waits for people/)).split(" ");
  await asking.stop();
  const hp = new Holdpoint({ url: world.url });
  const answer = await hp.request({ method: "GET", path: `/runs/${thread}/interrupts` });
  const { items } = answer as Interrupts;
  expect(items).toHaveLength(2);
  for (const { id, metadata } of items) {
    const isFirst = metadata.holdpoint.params.orderId === "o_7";
    const body = isFirst ? {} : { reason: "it arrived yesterday" };
    await world.decide(id, isFirst ? "approve" : "reject", body);
  }

  const worker = await runExample(example, ["work"], world);
  const told = await worker.line(new RegExp(`^${thread}`));
  await worker.stop();

  expect(told).toContain("paid back 20 USD for o_7");
  expect(told).toContain("it arrived yesterday");
  expect(await readFile(path.join(world.folder, "refunds.txt"), "utf8")).toBe("o_7 20\n");
  hp.close();
}
