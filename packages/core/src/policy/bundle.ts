// Names everything that decides at one moment: the active policy, a rollout beside it, the tool registry, the people.

import { assert } from "../base/assert.ts";
import type { Digest } from "../base/digest.ts";

/** INVARIANT: two deployments that decide differently have bundles with different names. */
export interface Bundle {
  readonly policy: Digest;
  /** Null while the registry is empty. */
  readonly tools: Digest | null;
  /** Null, or left out, while nobody is written down. */
  readonly people?: Digest | null;
  /** The candidate that decides for some of the agents; null while none is rolled out. */
  readonly rollout?: BundleRollout | null;
}

export interface BundleRollout {
  readonly id: string;
  readonly percent: number;
  readonly candidate: Digest;
}

const toolsMark = "tools:";
const peopleMark = "people:";
const rolloutMark = "rollout:";

/** The digest of the policy, then what is active beside it: `sha256:…+tools:sha256:…`. */
export function bundleName({ policy, tools, people = null, rollout = null }: Bundle): string {
  const beside = [
    ...(tools === null ? [] : [`${toolsMark}${tools}`]),
    ...(people === null ? [] : [`${peopleMark}${people}`]),
    ...(rollout === null
      ? []
      : [`${rolloutMark}${rollout.id}:${rollout.percent}:${rollout.candidate}`]),
  ];
  return [policy, ...beside].join("+");
}

export function readBundle(name: string): Bundle {
  const [policy, ...rest] = name.split("+");
  assert(policy !== undefined, "a bundle begins with a policy");
  return {
    policy: policy as Digest,
    tools: partOf(rest, toolsMark) as Digest | null,
    people: partOf(rest, peopleMark) as Digest | null,
    rollout: rolloutOf(partOf(rest, rolloutMark)),
  };
}

function partOf(parts: readonly string[], mark: string): string | null {
  return parts.find((part) => part.startsWith(mark))?.slice(mark.length) ?? null;
}

function rolloutOf(text: string | null): BundleRollout | null {
  if (text === null) return null;
  const [id = "", percent = "", ...candidate] = text.split(":");
  return { id, percent: Number(percent), candidate: candidate.join(":") as Digest };
}
