// Where an agent is told of its runs: which addresses may be registered, and the secret of the signature.

import { isIP } from "node:net";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Engine } from "./context.ts";

export interface WebhookRule {
  /** Plain http to this machine is enough. */
  readonly isDevelopment: boolean;
  /** The operator says that webhooks of agents may lie in their own network. */
  readonly isPrivateAllowed: boolean;
  isPublicAddress(address: string): boolean;
}

export interface AgentWebhook {
  readonly url: string;
  /** Standard Webhooks: `whsec_` and base64. */
  readonly secret: string;
}

const secretBytes = 32;
const secretPattern = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const loopback = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|localhost)$/;

/** Null when the agent has no webhook. SECURITY: whoever sends checks again where the name leads. */
export async function webhookOf(
  engine: Engine,
  tenant: string,
  agent: string,
): Promise<AgentWebhook | null> {
  const found = await engine.store.findAgentWebhook(tenant, agent);
  if (found === null) return null;
  const plain = await engine.sealer.open(contextOf(tenant, agent), found.sealed);
  return { url: found.url, secret: Buffer.from(plain).toString("utf8") };
}

export async function sealSecret(
  engine: Engine,
  { tenant, agent, secret }: { tenant: string; agent: string; secret: string },
): Promise<Uint8Array> {
  return engine.sealer.seal(contextOf(tenant, agent), Buffer.from(secret, "utf8"));
}

function contextOf(tenant: string, agent: string): readonly string[] {
  return ["agent-webhook", tenant, agent];
}

/** The secret that was given, or a new one. */
export function secretFor(engine: Engine, given: string | undefined): string {
  if (given === undefined) {
    return `whsec_${Buffer.from(engine.random(secretBytes)).toString("base64")}`;
  }
  if (secretPattern.test(given)) return given;
  throw new HoldpointError("agent_invalid", {
    message: "the secret is `whsec_` and 24 to 64 bytes of base64; leave it out to get one",
    path: "/webhook/secret",
  });
}

/**
 * SECURITY: the address is written down by people and called by the server, from inside its network:
 * https only, and to no address that is not of the public internet unless the operator allows it.
 */
export function requireWebhookUrl(rule: WebhookRule, text: string): void {
  const wrong = wrongWith(rule, text);
  if (wrong === null) return;
  throw new HoldpointError("agent_invalid", {
    message: `the address of the webhook ${wrong}`,
    path: "/webhook/url",
  });
}

function wrongWith(rule: WebhookRule, text: string): string | null {
  const url = URL.parse(text);
  if (url === null) return "is not one";
  if (url.username !== "" || url.password !== "") return "carries a name or password";
  if (url.hash !== "") return "has a part after `#`, which is never sent";
  const isHere = loopback.test(url.hostname);
  if (url.protocol === "http:") {
    return isHere && rule.isDevelopment ? null : "has to begin with https://";
  }
  if (url.protocol !== "https:") return "has to begin with https://";
  if (rule.isPrivateAllowed || (isHere && rule.isDevelopment)) return null;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isPrivate =
    isHere || host.endsWith(".localhost") || (isIP(host) !== 0 && !rule.isPublicAddress(host));
  return isPrivate ? "is no public one (HOLDPOINT_WEBHOOK_PRIVATE allows others)" : null;
}
