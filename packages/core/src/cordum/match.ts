// Translates the `match` of an imported rule: what our `match` can say, and the rest as `when`.

import { nameGlobFault } from "../policy/glob.ts";
import { riskTagForm } from "../policy-file/read-names.ts";
import { type Members, type Place, readMembers } from "../policy-file/reading.ts";
import { flagOf, type Importing, isNothing, reportLoss, textsOf } from "./source.ts";
import { labelIn, quoted } from "./text.ts";
import { pathMatchFault, translateTopics } from "./topics.ts";

const matchKeys = [
  "tenants",
  "topics",
  "capabilities",
  "risk_tags",
  "requires",
  "pack_ids",
  "actor_ids",
  "actor_types",
  "agent_risk_tiers",
  "agent_data_classifications",
  "labels",
  "label_allowlist",
  "label_threshold",
  "secrets_present",
  "predicate",
  "delegation",
  "mcp",
];

/** Scalars there that an action of ours carries as a label. */
const labelled: Readonly<Record<string, string>> = {
  capabilities: "capability",
  pack_ids: "pack_id",
  actor_types: "actor_type",
  agent_risk_tiers: "agent_risk_tier",
  agent_data_classifications: "agent_data_classification",
};

export interface MatchDraft {
  readonly match: Readonly<Record<string, unknown>>;
  readonly when: readonly string[];
  readonly remarks: readonly string[];
}

/** `isRelaxing`: the rule lets actions run, so what is missing must not count for it. */
export function translateMatch(
  importing: Importing,
  place: Place,
  isRelaxing: boolean,
): MatchDraft | null {
  const { reading } = importing;
  const members = readMembers(reading, place, "`match`", matchKeys);
  if (members === null) return null;
  const match: Record<string, unknown> = {};
  const when: string[] = [];
  const remarks: string[] = [];
  const draft = { match, when, remarks };
  const tenants = textsOf(reading, members, "tenants");
  if (tenants !== null) match["tenants"] = tenants;
  translateTopicsOf(importing, members, draft);
  translateTags(importing, members, draft);
  translateActors(importing, members, draft);
  for (const [key, label] of Object.entries(labelled)) {
    const values = textsOf(reading, members, key);
    if (values === null) continue;
    when.push(labelIn(label, values));
    remarks.push(`\`${key}\` is read from the label \`${label}\`, which agents set`);
  }
  const requires = textsOf(reading, members, "requires");
  for (const one of requires ?? []) {
    when.push(
      `("requires" in action.labels && ${quoted(one)} in action.labels["requires"].split(","))`,
    );
  }
  translateLabels(importing, members, { draft, isRelaxing });
  for (const key of ["predicate", "delegation", "mcp"]) {
    const member = members.get(key);
    if (member === undefined || isNothing(member)) continue;
    const message = `\`${key}\` has no equivalent here`;
    // SECURITY: a rule that releases would release more without its clause; nobody can accept that.
    if (isRelaxing) reading.error(member, "lost_match_clause", message, "write the rule anew");
    else reportLoss(importing, member, "match_clause", message);
  }
  return draft;
}

interface Draft {
  readonly match: Record<string, unknown>;
  readonly when: string[];
  readonly remarks: string[];
}

function translateTopicsOf({ reading }: Importing, members: Members, draft: Draft): void {
  const globs = textsOf(reading, members, "topics");
  const place = members.get("topics");
  if (globs === null || place === undefined) return;
  for (const glob of globs) {
    const fault = pathMatchFault(glob);
    if (fault !== null) {
      reading.error(place, "pattern_invalid", `\`${glob}\` is not a pattern: ${fault}`);
      return;
    }
    if (/[A-Z]/.test(glob)) {
      const help = "topics are lower case here; write the pattern so, and the topics of the agents";
      reading.error(place, "pattern_invalid", `\`${glob}\` has upper-case letters`, help);
      return;
    }
  }
  const { topics, when } = translateTopics(globs);
  if (topics !== null) draft.match["topics"] = topics;
  if (when !== null) draft.when.push(when);
}

function translateTags({ reading }: Importing, members: Members, draft: Draft): void {
  const tags = textsOf(reading, members, "risk_tags");
  const place = members.get("risk_tags");
  if (tags === null || place === undefined) return;
  const wrong = tags.find((tag) => !riskTagForm.pattern.test(tag));
  if (wrong !== undefined) {
    reading.error(place, "value_invalid", `\`${wrong}\` cannot be a risk tag`, riskTagForm.form);
    return;
  }
  // There, one of the listed tags is enough; here `risk_tags` asks for all of them.
  draft.match["any_risk_tags"] = tags;
}

function translateActors({ reading }: Importing, members: Members, draft: Draft): void {
  const actors = textsOf(reading, members, "actor_ids");
  if (actors === null) return;
  if (actors.every((name) => !name.includes("*") && nameGlobFault(name) === null)) {
    draft.match["agents"] = actors;
  } else draft.when.push(`action.agent.id in [${actors.map(quoted).join(", ")}]`);
}

interface LabelDraft {
  readonly draft: Draft;
  readonly isRelaxing: boolean;
}

function translateLabels(
  importing: Importing,
  members: Members,
  { draft, isRelaxing }: LabelDraft,
): void {
  const { reading } = importing;
  const labels = members.get("labels");
  if (labels !== undefined && !isNothing(labels)) {
    const wanted = scalarsOf(importing, labels, "`labels`");
    if (wanted.length > 0) draft.match["labels"] = Object.fromEntries(wanted);
  }
  const missing = (place: Place, key: string, label: string): void => {
    if (isRelaxing) return;
    const message = `there, \`${key}\` does not fire when the label \`${label}\` is missing; here it does`;
    reading.warn(place, "fails_open_there", message, "an agent could leave the label out");
  };
  const allowlist = members.get("label_allowlist");
  if (allowlist?.node.kind === "map") {
    for (const { key, value } of allowlist.node.fields) {
      const place = { node: value, path: `${allowlist.path}/${key}` };
      const allowed = textsOf(reading, new Map([[key, place]]), key) ?? [];
      const label = `action.labels[${quoted(key)}]`;
      const test = `!(${label} in [${allowed.map(quoted).join(", ")}])`;
      // A missing label makes the test an error, which counts for a rule that holds or denies.
      draft.when.push(`(${test})`);
      missing(place, "label_allowlist", key);
    }
  }
  const threshold = members.get("label_threshold");
  if (threshold?.node.kind === "map") {
    for (const [key, value] of scalarsOf(importing, threshold, "`label_threshold`")) {
      const limit = Number(value);
      if (!Number.isFinite(limit)) {
        reading.error(threshold, "value_invalid", `the threshold of \`${key}\` is not a number`);
        continue;
      }
      draft.when.push(`double(action.labels[${quoted(key)}]) > ${decimal(limit)}`);
      missing(threshold, "label_threshold", key);
    }
  }
  const secrets = flagOf(reading, members, "secrets_present");
  const place = members.get("secrets_present");
  if (secrets === null || place === undefined) return;
  draft.when.push(`action.labels["secrets_present"] == "${secrets}"`);
  const help =
    "set the label where actions are proposed; secrets in parameters are masked here anyway";
  const message = "`secrets_present` is read from a label here; nothing scans the content";
  reading.warn(place, "read_from_label", message, help);
}

/** Members of a map of plain values, as texts. */
function scalarsOf({ reading }: Importing, place: Place, what: string): [string, string][] {
  if (place.node.kind !== "map") {
    reading.error(place, "wrong_type", `${what} must be a map`);
    return [];
  }
  const pairs: [string, string][] = [];
  for (const { key, value } of place.node.fields) {
    if (value.kind === "scalar" && value.value !== null) pairs.push([key, String(value.value)]);
    else reading.error(place, "wrong_type", `\`${key}\` of ${what} must be a plain value`);
  }
  return pairs;
}

function decimal(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
