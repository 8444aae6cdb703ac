// `holdpoint policy drafts|draft|publish|state|rollout|rollback|shadow|schedule`: the life of a policy on the server.

import type {
  DraftPage,
  DraftView,
  PolicyState,
  PublishAnswer,
  RolloutView,
  ShadowView,
} from "@holdpoint/core/wire/policy-life";
import type { PolicyView } from "@holdpoint/core/wire/response";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { printFindings } from "../output/finding.ts";
import { cut, table } from "../output/table.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { readText } from "./input.ts";
import { policyOf } from "./policy-file.ts";
import { type GlobalOptions, openSession, segment, type Session } from "./session.ts";

export async function drafts(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<DraftPage>("/policies/drafts");
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  const rows = page.items.map((draft) => [
    draft.id,
    draft.state,
    safeLine(draft.author.name ?? draft.author.id),
    draft.updated_at.slice(0, 16),
    cut(safeLine(draft.outcome ?? draft.message ?? ""), 60),
  ]);
  for (const line of table(["DRAFT", "STATE", "AUTHOR", "CHANGED", ""], rows)) terminal.print(line);
}

export interface DraftOptions extends GlobalOptions {
  readonly message?: string;
  readonly id?: string;
  readonly remove?: boolean;
}

/** A file makes a draft or changes one; without a file the draft is shown. */
export async function draft(file: string | undefined, options: DraftOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { id, message } = options;
  if (file === undefined && id === undefined) {
    const text = "name a file to make a draft of, or --id to show one";
    throw new CommandFailed(text, exitCodes.usage);
  }
  const place = `/policies/drafts${id === undefined ? "" : `/${segment(id)}`}`;
  const text = file === undefined ? null : await readText(file);
  const words = message === undefined ? {} : { message };
  const body = text === null ? words : { source: text, ...words };
  const shown = await sendDraft({ server, place, body, options });
  if (terminal.json) {
    terminal.printJson(shown);
    return;
  }
  printDraft(terminal, shown);
  const findings = shown.findings ?? [];
  const source = text ?? shown.source ?? "";
  if (findings.length > 0)
    printFindings(terminal, { file: file ?? shown.id, text: source }, findings);
}

interface Sending {
  readonly server: Session["server"];
  readonly place: string;
  readonly body: object;
  readonly options: DraftOptions;
}

function sendDraft({ server, place, body, options }: Sending): Promise<DraftView> {
  if (options.remove === true) return server.remove<DraftView>(place);
  if (options.id === undefined) return server.post<DraftView>(place, body);
  return Object.keys(body).length === 0
    ? server.get<DraftView>(place)
    : server.put<DraftView>(place, body);
}

function printDraft(terminal: Terminal, shown: DraftView): void {
  const by = safeLine(shown.author.name ?? shown.author.id);
  terminal.print(`${shown.id}  ${shown.state}, revision ${shown.revision}, by ${by}`);
  if (shown.message !== null) terminal.print(`  ${safeLine(shown.message)}`);
  if (shown.outcome !== null) terminal.print(`  last publication: ${safeLine(shown.outcome)}`);
  const { results } = shown;
  if (results === undefined) return;
  if (results === null) {
    terminal.print("  does not load");
    return;
  }
  terminal.print(`  changes: ${safeLine(results.change)}`);
  const { test, diff, replay } = results;
  if (test !== null) {
    const all = test.passed + test.failed;
    terminal.print(`  tests: ${test.passed} of ${all} passed, ${test.coverage.percent} % covered`);
  }
  if (diff !== null) {
    const { loosened, tightened, same } = diff.actions;
    terminal.print(`  actions: ${loosened} loosened, ${tightened} tightened, ${same} the same`);
  }
  if (replay !== null) {
    const { replayable, decisions } = replay.coverage;
    const said = `${replay.loosened} loosened, ${replay.tightened} tightened`;
    terminal.print(`  replay: ${replayable} of ${decisions} decisions, ${said}`);
  }
  terminal.print(`  publishing takes ${people(results.approvers)}`);
}

function people(count: number): string {
  return count === 1 ? "an admin other than the author" : `${count} admins other than the author`;
}

export interface PublishOptions extends GlobalOptions {
  readonly message?: string;
  readonly replaces?: string;
  readonly rollout?: number;
  readonly at?: string;
  readonly shadow?: boolean;
}

/** A file, or a draft by its id. Where people have to look first, says which and how they answer. */
export async function publish(what: string, options: PublishOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const isDraft = /^drf_[0-9a-z]+$/.test(what);
  const plan = {
    ...(options.message !== undefined && { message: options.message }),
    ...(options.rollout !== undefined && { rollout: options.rollout }),
    ...(options.at !== undefined && { activate_at: options.at }),
    ...(options.shadow === true && { shadow: true }),
  };
  const isPlain = Object.keys(plan).every((name) => name === "message");
  const text = isDraft ? null : await readText(what);
  if (text !== null) policyOf({ file: what, text }, terminal);
  if (text !== null && isPlain) {
    const { replaces } = options;
    const body = { source: text, ...plan, ...(replaces !== undefined && { replaces }) };
    printPublished(terminal, await server.post<PublishAnswer | PolicyView>("/policies", body));
    return;
  }
  const id = text === null ? what : (await draftOf(server, text, options)).id;
  const place = `/policies/drafts/${segment(id)}/publish`;
  printPublished(terminal, await server.post<PublishAnswer>(place, plan));
}

async function draftOf(
  server: Session["server"],
  source: string,
  { message, replaces }: PublishOptions,
): Promise<DraftView> {
  const body = { source, ...(message !== undefined && { message }) };
  const made = await server.post<DraftView>("/policies/drafts", body);
  if (replaces === undefined || made.base === replaces) return made;
  await server.remove(`/policies/drafts/${segment(made.id)}`);
  throw new CommandFailed("another policy is active than the one to replace", exitCodes.refused);
}

function printPublished(terminal: Terminal, answer: PublishAnswer | PolicyView): void {
  if (terminal.json) {
    terminal.printJson(answer);
    return;
  }
  if (!("draft" in answer)) {
    terminal.print(`${answer.snapshot} is active, ${answer.rules} rules.`);
    return;
  }
  const { draft: published, job, policy } = answer;
  if (job !== null && job.state !== "APPROVAL") {
    const why = safeLine(published.outcome ?? job.state);
    throw new CommandFailed(
      `policy does not let ${published.id} be published: ${why}`,
      exitCodes.refused,
    );
  }
  if (job !== null) {
    const approvers = published.results?.approvers ?? 1;
    terminal.print(`${published.id} waits for approval by ${people(approvers)}: ${job.id}`);
    terminal.note(`they look with: holdpoint approvals show ${job.id}`);
    terminal.note(`and answer with: holdpoint approvals approve ${job.id}`);
  } else if (policy === null) {
    terminal.print(`${published.id} is scheduled for ${published.plan?.activate_at ?? ""}.`);
  } else if (policy.active) {
    terminal.print(`${policy.snapshot} is active, ${policy.rules} rules.`);
  } else {
    const percent = published.plan?.rollout ?? 0;
    terminal.print(`${policy.snapshot} decides for ${percent} % of the agents.`);
  }
}

export async function state(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const found = await server.get<PolicyState>("/policies/state");
  if (terminal.json) {
    terminal.printJson(found);
    return;
  }
  const { active, rollout, shadow, scheduled, history } = found;
  terminal.print(`active     ${active.digest}, ${active.rules} rules`);
  if (rollout !== null) terminal.print(`rollout    ${rolloutText(rollout)}`);
  if (shadow !== null) terminal.print(`shadow     ${shadow.digest}, since ${shadow.started_at}`);
  for (const one of scheduled) {
    terminal.print(`scheduled  ${one.digest ?? ""} for ${one.plan?.activate_at ?? ""} (${one.id})`);
  }
  terminal.print();
  const rows = history.map((line) => [
    line.at.slice(0, 16),
    line.kind,
    line.digest.slice(0, 19),
    safeLine(line.author_name ?? line.author),
    cut(safeLine(line.message ?? ""), 60),
  ]);
  for (const line of table(["SINCE", "HOW", "POLICY", "BY", ""], rows)) terminal.print(line);
}

function rolloutText(rollout: RolloutView): string {
  const { counts } = rollout;
  const said = rollout.reason === null ? "" : `: ${safeLine(rollout.reason)}`;
  return (
    `${rollout.state} at ${rollout.percent} %${said}; decided ${counts.candidate.cases} actions ` +
    `(${counts.candidate.denials} denied, ${counts.candidate.holds} held), ` +
    `the base ${counts.base.cases} (${counts.base.denials}, ${counts.base.holds})`
  );
}

export interface RolloutOptions extends GlobalOptions {
  readonly percent?: number;
  readonly reason?: string;
}

const rolloutActions: readonly string[] = ["advance", "halt", "finish"];

export async function rollout(action: string | undefined, options: RolloutOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { percent, reason } = options;
  const isKnown = action === undefined || rolloutActions.includes(action);
  if ((action === undefined) === (percent === undefined) || !isKnown) {
    const text =
      "say one of advance, halt, finish and --percent; `policy state` shows how far it is";
    throw new CommandFailed(text, exitCodes.usage);
  }
  const from =
    action === "advance" ? (await server.get<PolicyState>("/policies/state")).percent : null;
  const body =
    percent === undefined
      ? { action, ...(from !== null && { from }), ...(reason !== undefined && { reason }) }
      : { percent };
  const done = await server.post<RolloutView>("/policies/rollout", body);
  if (terminal.json) terminal.printJson(done);
  else terminal.print(rolloutText(done));
}

export async function rollback(
  options: GlobalOptions & { readonly to?: string; readonly reason: string },
): Promise<void> {
  const { server, terminal } = openSession(options);
  const { to, reason } = options;
  const body = { reason, ...(to !== undefined && { to }) };
  printPublished(
    terminal,
    await server.post<PublishAnswer | PolicyView>("/policies/rollback", body),
  );
}

export interface ShadowOptions extends GlobalOptions {
  readonly digest?: string;
  readonly stop?: boolean;
}

export async function shadow(file: string | undefined, options: ShadowOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const shown = await sendShadow(server, file, options);
  if (terminal.json) {
    terminal.printJson(shown);
    return;
  }
  const until = shown.ended_at === null ? "runs" : `ended ${shown.ended_at}`;
  terminal.print(`${shown.digest}, since ${shown.started_at}, ${until}`);
  terminal.print(`${shown.verdicts} decisions looked at, ${shown.left_out} left out`);
  const rows = shown.transitions.map(({ from, to, count, errors }) => [
    from,
    to,
    String(count),
    errors === 0 ? "" : `${errors} not asked whole`,
  ]);
  for (const line of table(["DECIDED", "WOULD BE", "ACTIONS", ""], rows)) terminal.print(line);
  for (const one of shown.samples.slice(0, samplesShownMax)) {
    const rules = `${one.from_rule ?? "default"} → ${one.to_rule ?? "default"}`;
    terminal.print(`  ${one.job_id}  ${safeLine(one.topic)}  ${one.from} → ${one.to} (${rules})`);
  }
}

const samplesShownMax = 10;

async function sendShadow(
  server: Session["server"],
  file: string | undefined,
  { digest, stop }: ShadowOptions,
): Promise<ShadowView> {
  const place = "/policies/shadow";
  if (stop === true) return server.remove<ShadowView>(place);
  if (digest !== undefined) return server.post<ShadowView>(place, { digest });
  if (file === undefined) return server.get<ShadowView>(place);
  return server.post<ShadowView>(place, { source: await readText(file) });
}
