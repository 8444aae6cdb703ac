// Loads a policy file: the whole of it, or nothing and all that is wrong with it.

import type { Finding } from "../policy/finding.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "./read-policy.ts";
import type { Registry } from "../policy/registry.ts";
import { sourceFromYaml } from "./source.ts";

export type { Finding };

export type LoadResult =
  | { ok: true; policy: Policy; findings: readonly Finding[] }
  | { ok: false; findings: readonly Finding[] };

export interface LoadOptions {
  /** Gives `action.params` its types, by topic and tool; without it they are dynamic. */
  readonly registry?: Registry;
}

export function loadPolicy(source: string, options: LoadOptions = {}): LoadResult {
  return readPolicy(sourceFromYaml(source), options.registry ?? null);
}
