// Names everything that decides at one moment: the active policy and the state of the tool registry.

import { assert } from "../base/assert.ts";
import type { Digest } from "../base/digest.ts";

/** INVARIANT: two deployments that decide differently have bundles with different names. */
export interface Bundle {
  readonly policy: Digest;
  /** Null while the registry is empty. */
  readonly tools: Digest | null;
}

const toolsMark = "tools:";

/** The digest of the policy, then what is active beside it: `sha256:…+tools:sha256:…`. */
export function bundleName({ policy, tools }: Bundle): string {
  return tools === null ? policy : `${policy}+${toolsMark}${tools}`;
}

export function readBundle(name: string): Bundle {
  const [policy, ...rest] = name.split("+");
  assert(policy !== undefined, "a bundle begins with a policy");
  const tools = rest.find((part) => part.startsWith(toolsMark));
  return {
    policy: policy as Digest,
    tools: tools === undefined ? null : (tools.slice(toolsMark.length) as Digest),
  };
}
