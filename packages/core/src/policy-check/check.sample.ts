// Policies and findings as the tests of the static check write and read them.

import type { CheckOptions } from "./check.ts";
import { checkPolicy } from "./check.ts";
import type { Finding } from "../policy/finding.ts";
import { loadPolicy } from "../policy-file/load.ts";

/** A Saturday in winter. */
export const sampleNow: number = Date.parse("2026-11-21T12:00:00Z");

/** All that is found in a file, which has to load. */
export function checked(source: string, options: Partial<CheckOptions> = {}): readonly Finding[] {
  const loaded = loadPolicy(source, options.registry ? { registry: options.registry } : {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return checkPolicy(loaded.policy, source, { now: sampleNow, ...options });
}

/** Those with one of the codes, as `line:column severity code`. */
export function placesOf(findings: readonly Finding[], ...codes: readonly string[]): string[] {
  return findings
    .filter(({ code }) => codes.includes(code))
    .map(({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`);
}

export function messagesOf(findings: readonly Finding[], ...codes: readonly string[]): string[] {
  return findings.filter(({ code }) => codes.includes(code)).map(({ message }) => message);
}

/** A file with these rules; the first stands on line 3. */
export function rulesFile(...rules: readonly string[]): string {
  return ["version: v1", "rules:", ...rules.map((rule) => `  - ${rule}`)].join("\n");
}
