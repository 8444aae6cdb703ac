// Reads a safety policy of Cordum and writes it as a policy of ours, or says why that cannot be honest.

import { Document, isMap, isSeq } from "yaml";
import { covers } from "../policy-check/coverage.ts";
import { type Finding, hasErrors, sortFindings } from "../policy/finding.ts";
import { loadPolicy } from "../policy-file/load.ts";
import { isRelaxing, type Policy } from "../policy/policy.ts";
import { strictnessOf } from "../policy/decision.ts";
import {
  type Members,
  type Place,
  readItems,
  readMembers,
  Reading,
} from "../policy-file/reading.ts";
import { sourceFromYaml } from "../policy-file/source.ts";
import { translateRule } from "./rule.ts";
import {
  type DraftRule,
  type Importing,
  isNothing,
  type Loss,
  reportLoss,
  textOf,
  textsOf,
} from "./source.ts";
import { quoted } from "./text.ts";
import { translateTopics } from "./topics.ts";

export type { Loss };

export interface CordumImport {
  /** Our policy file; null when something would be lost that nobody accepted. */
  readonly yaml: string | null;
  /** Places are those of the file that was read. */
  readonly findings: readonly Finding[];
  readonly rules: number;
}

const fileKeys = [
  "version",
  "tier",
  "selector",
  "default_tenant",
  "default_decision",
  "tenants",
  "rules",
  "input_policy",
  "input_rules",
  "output_policy",
  "output_rules",
];

/** INVARIANT: no action that waited for people or was denied there runs without people here. */
export function importCordum(text: string, accepted: ReadonlySet<Loss> = new Set()): CordumImport {
  const source = sourceFromYaml(text);
  const reading = new Reading(source);
  const importing: Importing = { reading, accepted };
  const place = source.root === null ? null : { node: source.root, path: "" };
  const members =
    place === null ? null : readMembers(reading, place, "the safety policy", fileKeys);
  if (members === null) return { yaml: null, findings: sortFindings(reading.findings), rules: 0 };
  const drafts = [...tenantRules(importing, members), ...rulesOf(importing, members)];
  reportContentRules(importing, members);
  reportTiers(importing, members);
  const yaml = write(defaultOf(importing, members), unique(drafts));
  const loaded = loadPolicy(yaml);
  if (!loaded.ok) {
    for (const finding of loaded.findings.filter(({ severity }) => severity === "error")) {
      const help = `${finding.path} of the translation; ${finding.help ?? "change the rule"}`;
      if (place !== null) reading.error(place, finding.code, finding.message, help);
    }
  } else if (place !== null) reportHidden(reading, place, loaded.policy);
  const findings = sortFindings(reading.findings);
  return { yaml: hasErrors(findings) ? null : yaml, findings, rules: drafts.length };
}

function rulesOf(importing: Importing, members: Members): readonly DraftRule[] {
  const place = members.get("rules");
  if (place === undefined || isNothing(place)) return [];
  const drafts: DraftRule[] = [];
  for (const [index, item] of readItems(importing.reading, place, "`rules`").entries()) {
    const draft = translateRule(importing, item, index + 1);
    if (draft !== null) drafts.push(draft);
  }
  return drafts;
}

/** The older lists of topics per tenant, which are asked before all rules. */
function tenantRules(importing: Importing, members: Members): readonly DraftRule[] {
  const { reading } = importing;
  const place = members.get("tenants");
  if (place?.node.kind !== "map") return [];
  const drafts: DraftRule[] = [];
  for (const { key: tenant, value } of place.node.fields) {
    const keys = [
      "allow_topics",
      "deny_topics",
      "allowed_repo_hosts",
      "denied_repo_hosts",
      "max_concurrent_jobs",
      "mcp",
    ];
    const tenantPlace = { node: value, path: `${place.path}/${tenant}` };
    const parts = readMembers(reading, tenantPlace, `tenant \`${tenant}\``, keys);
    if (parts === null) continue;
    for (const key of keys.slice(2)) {
      const part = parts.get(key);
      if (part !== undefined && !isNothing(part)) {
        reportLoss(importing, part, "limits", `\`${key}\` of a tenant has no equivalent here`);
      }
    }
    const denied = textsOf(reading, parts, "deny_topics");
    if (denied !== null) drafts.push(topicsRule(tenant, denied, true));
    const allowed = textsOf(reading, parts, "allow_topics");
    if (allowed !== null) drafts.push(topicsRule(tenant, allowed, false));
  }
  return drafts;
}

function topicsRule(tenant: string, globs: readonly string[], isDenied: boolean): DraftRule {
  const { topics, when } = translateTopics(globs);
  const test = when ?? `(${(topics ?? []).map(topicTest).join(" || ")})`;
  const match = { tenants: [tenant], ...(isDenied && topics !== null ? { topics } : {}) };
  const asked = isDenied
    ? topics === null
      ? test
      : null
    : `!${test.startsWith("(") ? test : `(${test})`}`;
  return {
    remarks: [`from the ${isDenied ? "denied" : "allowed"} topics of the tenant`],
    body: {
      id: `tenant-${tenant}-${isDenied ? "denied" : "other"}-topics`,
      match,
      ...(asked === null ? {} : { when: asked }),
      decision: "deny",
      reason: isDenied
        ? `Tenant ${tenant} may not use this topic`
        : `Tenant ${tenant} may only use its own topics`,
    },
  };
}

/** A pattern of ours as an expression: `**` at the end, or none at all. */
function topicTest(glob: string): string {
  if (glob === "**") return "true";
  return glob.endsWith(".**")
    ? `action.topic.startsWith(${quoted(glob.slice(0, -2))})`
    : `action.topic == ${quoted(glob)}`;
}

function defaultOf(
  { reading }: Importing,
  members: Members,
): "require_approval" | "deny" | "allow" {
  const text = textOf(reading, members, "default_decision");
  const place = members.get("default_decision");
  if (text === "allow" && place !== undefined) {
    const help = "write rules for what may run, and `deny` or `require_approval` as the default";
    reading.warn(place, "broad_allow", "every action that no rule names runs without people", help);
    return "allow";
  }
  // There, a missing or unknown word denies; so it does here.
  return "deny";
}

function reportContentRules(importing: Importing, members: Members): void {
  for (const key of ["input_rules", "output_rules"]) {
    const place = members.get(key);
    if (place === undefined || isNothing(place)) continue;
    const message = `\`${key}\` look into content; nothing here scans it`;
    reportLoss(importing, place, "content_rules", message);
  }
  for (const key of ["input_policy", "output_policy"]) {
    const place = members.get(key);
    if (place?.node.kind !== "map") continue;
    const mode = place.node.fields.find((field) => field.key === "fail_mode")?.value;
    if (mode?.kind === "scalar" && mode.value === "open") {
      const message = `\`${key}.fail_mode: open\` lets content pass unscanned there when a scanner fails`;
      importing.reading.warn(place, "fails_open_there", message);
    }
  }
}

/** Rules of several tiers are asked in an order of their own there. */
function reportTiers({ reading }: Importing, members: Members): void {
  const place = members.get("rules");
  if (place?.node.kind !== "list") return;
  const tiers = new Set(
    place.node.items.map((item) => {
      const tier =
        item.kind === "map" ? item.fields.find(({ key }) => key === "tier")?.value : null;
      return tier?.kind === "scalar" && typeof tier.value === "string" ? tier.value : "global";
    }),
  );
  if (tiers.size < 2) return;
  const help = "import each tier as a file of its own, `job` before `workflow` before `global`";
  reading.error(place, "tiers_mixed", `the rules are of the tiers ${[...tiers].join(", ")}`, help);
}

/** Ids are unique here. */
function unique(drafts: readonly DraftRule[]): readonly DraftRule[] {
  const seen = new Set<string>();
  return drafts.map((draft) => {
    const id = String(draft.body["id"]);
    let name = id;
    for (let count = 2; seen.has(name); count += 1) name = `${id}-${count}`;
    seen.add(name);
    if (name === id) return draft;
    const remarks = [...draft.remarks, `another rule before it is called \`${id}\` too`];
    return { remarks, body: { ...draft.body, id: name } };
  });
}

function write(decision: string, drafts: readonly DraftRule[]): string {
  const document = new Document({
    version: "v1",
    combine: "first_match",
    defaults: { decision },
    rules: drafts.map(({ body }) => body),
  });
  document.commentBefore =
    " Imported from a safety policy of Cordum. The first rule that matches decides, as there;\n" +
    " `combine: strict` would let the strictest one win instead.";
  const rules = isMap(document.contents) ? document.contents.get("rules", true) : null;
  if (isSeq(rules)) {
    for (const [index, item] of rules.items.entries()) {
      const remarks = drafts[index]?.remarks ?? [];
      if (isMap(item) && remarks.length > 0) {
        item.commentBefore = remarks
          .map((remark) => ` ${remark.replaceAll(/\s+/g, " ")}`)
          .join("\n");
      }
    }
  }
  return document.toString({ lineWidth: 100 });
}

/** There as here: a rule that releases hides a stricter one behind it. */
function reportHidden(reading: Reading, place: Place, policy: Policy): void {
  for (const [index, rule] of policy.rules.slice(0, hiddenRulesMax).entries()) {
    const hider = policy.rules
      .slice(0, index)
      .find(
        (earlier) =>
          isRelaxing(earlier.decision) &&
          strictnessOf(earlier.decision) < strictnessOf(rule.decision) &&
          earlier.when === null &&
          earlier.velocity === null &&
          covers(earlier.match, rule.match, earlier),
      );
    if (hider === undefined) continue;
    const message = `\`${rule.id}\` is stricter and never asked: \`${hider.id}\` comes first and releases all its actions`;
    reading.warn(
      place,
      "order_hides",
      message,
      "with `combine: strict` the stricter one would win",
    );
  }
}

/** Rules that are compared with all before them. */
const hiddenRulesMax = 1_000;
