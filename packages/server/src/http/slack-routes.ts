// Slack's inbound door: the raw body is proved to come from Slack before anything reads it.

import type { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import type { Clock } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { SlackDoor } from "../chat/slack-door.ts";
import { readPayloadText } from "../chat/slack-payload.ts";
import { SlackSignatures } from "../chat/slack-signature.ts";
import { readBytes, usualBounds } from "./read-request.ts";

export interface SlackEntrance {
  readonly door: SlackDoor;
  readonly signingSecret: string;
}

/** Outside of the API: Slack signs its calls and carries no key of ours. */
export function serveSlack(app: Hono, { door, signingSecret }: SlackEntrance, clock: Clock): void {
  const signatures = new SlackSignatures(signingSecret);
  const formOf = async (c: HonoContext): Promise<URLSearchParams> => {
    const body = await readBytes(c.req.raw, usualBounds);
    const timestamp = c.req.header("x-slack-request-timestamp") ?? null;
    const signature = c.req.header("x-slack-signature") ?? null;
    signatures.verify({ timestamp, signature, body }, clock.now());
    const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/x-www-form-urlencoded") {
      throw new HoldpointError("media_type_unsupported", {
        message: "Slack sends its calls as a form",
      });
    }
    return new URLSearchParams(Buffer.from(body).toString("utf8"));
  };
  app.post("/slack/interactions", async (c) => {
    const form = await formOf(c);
    return acknowledged(await door.interaction(readPayloadText(form.get("payload"))));
  });
  app.post("/slack/commands", async (c) =>
    acknowledged(await door.command(Object.fromEntries(await formOf(c)))),
  );
}

function acknowledged(answer: JsonObject | null): Response {
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  if (answer === null) return new Response(null, { status: 200, headers });
  return new Response(JSON.stringify(answer), {
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
  });
}
