// The form of an API key: a prefix for scanners, the tenant, 256 random bits, a checksum.

import { createHash } from "node:crypto";
import type { RandomBytes } from "@holdpoint/core/base/id";

const secretPattern = /^hp_([a-z0-9][a-z0-9-]{0,62})_([A-Za-z0-9_-]{43})_([0-9a-f]{8})$/;

export interface ReadSecret {
  readonly tenant: string;
  readonly hash: string;
}

/** The secret to show once, and the hash to store: 256 random bits need no slow hash. */
export function makeSecret(tenant: string, random: RandomBytes): { secret: string; hash: string } {
  const body = `hp_${tenant}_${Buffer.from(random(32)).toString("base64url")}`;
  const secret = `${body}_${checksum(body)}`;
  return { secret, hash: hashOf(secret) };
}

/** Null when the text cannot be a key: refused without asking the database. */
export function readSecret(text: string): ReadSecret | null {
  const found = secretPattern.exec(text);
  if (found === null) return null;
  const body = text.slice(0, text.length - 9);
  if (checksum(body) !== found[3]) return null;
  return { tenant: found[1] ?? "", hash: hashOf(text) };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(`holdpoint/key/v1\0${secret}`).digest("hex");
}

function checksum(body: string): string {
  return createHash("sha256").update(body).digest("hex").slice(0, 8);
}
