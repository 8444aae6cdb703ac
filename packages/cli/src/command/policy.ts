// `holdpoint policy check|explain|show|publish`: policy files before and after they are active.

import type { ExplainRequest } from "@holdpoint/core/wire/request";
import type { ExplainView, FindingView, PolicyView } from "@holdpoint/core/wire/response";
import { CommandFailed } from "../output/exit-code.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { printTrace } from "../output/trace.ts";
import { parseJson, readText } from "./input.ts";
import { checkSource, explainLocally } from "./local-policy.ts";
import { type GlobalOptions, openSession } from "./session.ts";

/** Works without a server. Ends with a failure when the file has an error, and with `strict` at a warning. */
export async function check(
  file: string,
  options: GlobalOptions & { readonly strict?: boolean },
): Promise<void> {
  const { terminal } = openSession(options);
  const { policy, findings } = checkSource(await readText(file));
  const bad = policy === null || findings.some((one) => one.severity === "error");
  if (terminal.json) terminal.printJson({ ok: !bad, file, findings });
  else {
    printFindings(terminal, file, findings);
    if (!bad) terminal.print(`${file}: ${policy.rules.length} rules, loads`);
  }
  const warned = options.strict === true && findings.some((one) => one.severity === "warning");
  if (bad || warned) throw new CommandFailed(terminal.json ? "" : `${file} is not accepted`);
}

/** Asks the running server, or a file when `--policy` names one. */
export async function explain(
  file: string,
  options: GlobalOptions & { readonly policy?: string },
): Promise<void> {
  const { server, terminal } = openSession(options);
  const action = parseJson(await readText(file), file) as ExplainRequest["action"];
  const view =
    options.policy === undefined
      ? await server.post<ExplainView>("/policies/explain", { action })
      : await explainWith(terminal, options.policy, action);
  if (terminal.json) {
    terminal.printJson(view);
    return;
  }
  const rule = safeLine(view.policy_rule_id ?? "default");
  terminal.print(
    `${terminal.style("bold", view.decision)} by ${rule}: ${safeLine(view.policy_reason)}`,
  );
  if (view.constraints !== null) terminal.print(`constraints: ${JSON.stringify(view.constraints)}`);
  printTrace(terminal, view.trace);
}

async function explainWith(
  terminal: Terminal,
  file: string,
  action: ExplainRequest["action"],
): Promise<ExplainView> {
  const { policy, findings } = checkSource(await readText(file));
  if (policy === null) {
    if (!terminal.json) printFindings(terminal, file, findings);
    throw new CommandFailed(`${file} does not load`);
  }
  return explainLocally(policy, action);
}

export async function show(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const policy = await server.get<PolicyView>("/policies/active");
  if (terminal.json) {
    terminal.printJson(policy);
    return;
  }
  terminal.note(`${policy.snapshot}, ${policy.rules} rules, by ${safeLine(policy.author)}`);
  for (const line of (policy.source ?? "").trimEnd().split("\n")) terminal.print(safeLine(line));
}

export async function publish(
  file: string,
  options: GlobalOptions & { readonly message?: string; readonly replaces?: string },
): Promise<void> {
  const source = await readText(file);
  const { server, terminal } = openSession(options);
  const { policy, findings } = checkSource(source);
  if (policy === null) {
    if (terminal.json) terminal.printJson({ ok: false, file, findings });
    else printFindings(terminal, file, findings);
    throw new CommandFailed(terminal.json ? "" : `${file} does not load; nothing was sent`);
  }
  const published = await server.post<PolicyView>("/policies", {
    source,
    ...(options.message !== undefined && { message: options.message }),
    ...(options.replaces !== undefined && { replaces: options.replaces }),
  });
  if (terminal.json) terminal.printJson(published);
  else terminal.print(`${published.snapshot} is active, ${published.rules} rules.`);
}

function printFindings(terminal: Terminal, file: string, findings: readonly FindingView[]): void {
  const colours = { error: "red", warning: "yellow", note: "dim" } as const;
  for (const finding of findings) {
    const place = `${file}:${finding.line}:${finding.column}`;
    const severity = terminal.style(colours[finding.severity], finding.severity);
    terminal.print(`${place}: ${severity} ${finding.code}: ${safeLine(finding.message)}`);
    if (finding.help !== null) terminal.print(`    ${safeLine(finding.help)}`);
  }
}
