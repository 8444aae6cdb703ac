// The first page's demo: starts the demo agent beside a development server and tells how far it is.

import { z } from "zod";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { DemoRunner } from "../worker/demo-runner.ts";
import { requireScope } from "../flow/context.ts";
import { get, ok, post, type Route } from "./route.ts";

const demoView = z.object({
  state: z.enum(["idle", "running", "done", "failed"]),
  message: z.string(),
  steps: z.array(z.object({ at: z.string(), text: z.string(), job_id: z.string().nullable() })),
});

/** None where there is no demo: outside development mode. */
export function demoRoutes(demo: DemoRunner | null): readonly Route[] {
  if (demo === null) return [];
  return [
    get({
      path: "/demo",
      operationId: "readDemo",
      summary: "How far the demo agent is",
      tag: "demo",
      answers: { 200: demoView },
      handle: async () => ok(demo.status()),
    }),
    post({
      path: "/demo/start",
      operationId: "startDemo",
      summary: "Run the demo agent against this server",
      tag: "demo",
      answers: { 202: demoView },
      handle: async ({ ctx }) => {
        requireScope(ctx, "admin");
        if (!ctx.caller.isDevelopment) {
          throw new HoldpointError("scope_missing", {
            message: "the demo runs in development mode only",
          });
        }
        return { status: 202, body: demo.start() };
      },
    }),
  ];
}
