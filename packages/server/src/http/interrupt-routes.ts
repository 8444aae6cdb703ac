// What runs wait for, in AG-UI's words.

import { interruptPage, interruptView } from "@holdpoint/core/wire/interrupt";
import { readInterrupt, readInterrupts } from "../flow/read-interrupts.ts";
import { get, ok, type Route } from "./route.ts";

const tag = "runs";

export const interruptRoutes: readonly Route[] = [
  get({
    path: "/jobs/{id}/interrupt",
    operationId: "readInterrupt",
    summary: "A held job as an AG-UI interrupt, for the agent that proposed it",
    tag,
    answers: { 200: interruptView },
    handle: async ({ ctx, params }) => ok(await readInterrupt(ctx, params["id"] ?? "")),
  }),
  get({
    path: "/runs/{run}/interrupts",
    operationId: "listInterrupts",
    summary: "The AG-UI interrupts that an own run waits for",
    tag,
    answers: { 200: interruptPage },
    handle: async ({ ctx, params }) => ok(await readInterrupts(ctx, params["run"] ?? "")),
  }),
];
