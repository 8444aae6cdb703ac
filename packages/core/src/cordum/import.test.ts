// Tests of the import: what is taken over, what is turned stricter, what is refused and where.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadPolicy } from "../policy-file/load.ts";
import type { Policy, Rule } from "../policy/policy.ts";
import { importCordum } from "./import.ts";

const vector = (name: string): string =>
  readFileSync(new URL(`../../../../spec/vectors/cordum/${name}.yaml`, import.meta.url), "utf8");

function imported(text: string): { policy: Policy; yaml: string; codes: string[] } {
  const { yaml, findings } = importCordum(text);
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  const loaded = loadPolicy(yaml ?? "");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return { policy: loaded.policy, yaml: yaml ?? "", codes: findings.map(({ code }) => code) };
}

const rule = (policy: Policy, id: string): Rule => {
  const found = policy.rules.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no rule ${id}`);
  return found;
};

describe("importCordum", () => {
  test("keeps the order of the rules and the first match", () => {
    const { policy } = imported(vector("platform"));
    expect(policy.combine).toBe("first_match");
    expect(policy.defaults.decision).toBe("deny");
    expect(policy.rules.map(({ id }) => id)).toEqual([
      "tenant-sandbox-denied-topics",
      "reads",
      "vip-deletes",
      "regions",
      "amounts",
      "payments",
      "isolated",
      "burst",
      "mail",
      "no-secrets",
      "all-of-crm",
      "never-reached",
    ]);
  });

  test("asks for one of the tags, and for the agent by name", () => {
    const { policy } = imported(vector("platform"));
    expect(rule(policy, "amounts").match.anyRiskTags).toEqual(["payment", "refund"]);
    expect(rule(policy, "vip-deletes").match).toMatchObject({
      agents: ["cleanup-bot"],
      labels: { env: "staging" },
    });
  });

  test("rounds limits down, and asks people where a constraint cannot be enforced", () => {
    const { policy, codes, yaml } = imported(vector("platform"));
    expect(rule(policy, "payments").constraints).toEqual({
      max_runtime_sec: 30,
      network_allowlist: ["api.example.com"],
    });
    expect(rule(policy, "isolated").decision).toBe("require_approval");
    expect(yaml).toContain(
      "# nothing here enforces `sandbox.isolated`, `toolchain.allowed_commands`",
    );
    expect(codes).toContain("constraint_lacking");
  });

  test("counts per agent and label, and takes a throttle for a denial", () => {
    const { policy } = imported(vector("platform"));
    const burst = rule(policy, "burst");
    expect(burst.decision).toBe("deny");
    expect(burst.velocity).toMatchObject({ over: 20, inMs: 600_000 });
    expect(burst.velocity?.per).toHaveLength(2);
  });

  test("warns where a missing label passes there, where order hides a rule, where labels are trusted", () => {
    const { codes } = imported(vector("platform"));
    for (const code of [
      "fails_open_there",
      "order_hides",
      "read_from_label",
      "remediation_left_out",
    ]) {
      expect(codes).toContain(code);
    }
  });

  test("text with `${` in a reason stays text", () => {
    const { policy } = imported(vector("platform"));
    const { reason, reasonTemplate } = rule(policy, "regions");
    expect(reasonTemplate === null ? reason : reasonTemplate.parts.join("")).toContain("${region}");
  });

  test("refuses what it cannot say, each thing at its line, and gives no file", () => {
    const { yaml, findings } = importCordum(vector("refused"));
    expect(yaml).toBeNull();
    const errors = findings.filter(({ severity }) => severity === "error");
    expect(errors.map(({ code, line }) => [line, code])).toEqual([
      [5, "lost_limits"],
      [7, "lost_match_clause"],
      [8, "lost_match_clause"],
      [9, "pattern_invalid"],
      [10, "unknown_key"],
      [11, "unknown_decision"],
      [12, "value_invalid"],
      [14, "lost_content_rules"],
    ]);
  });

  test("a loss that is accepted by name is a warning", () => {
    const text = "default_decision: deny\nrules: []\ninput_rules: [{ id: a, decision: deny }]\n";
    expect(importCordum(text).yaml).toBeNull();
    const accepted = importCordum(text, new Set(["content_rules"]));
    expect(accepted.yaml).not.toBeNull();
    expect(accepted.findings).toMatchObject([{ severity: "warning", code: "lost_content_rules" }]);
  });

  test.each(["", "- a", "rules: {}", "rules: [1]", "a: &x [*x]", "\u0000"])(
    "no text makes it throw or lets it answer with a file that is none: %j",
    (text) => {
      const { yaml, findings } = importCordum(text);
      expect(yaml === null || loadPolicy(yaml).ok).toBe(true);
      expect(yaml !== null || findings.length > 0).toBe(true);
    },
  );
});
