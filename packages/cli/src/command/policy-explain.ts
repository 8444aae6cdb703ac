// `holdpoint policy explain ACTION.json`: what policy says about an action, and why.

import { isJsonObject, type Json } from "@holdpoint/core/base/json/value";
import { compileRegistry, applyRegistry } from "@holdpoint/core/policy-decide/apply-registry";
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import type { EvaluationInput } from "@holdpoint/core/policy/decision";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import { jsonFromYaml, readQuestion } from "@holdpoint/core/policy-file/load-tests";
import { inputOfTest } from "@holdpoint/core/policy-trial/run-tests";
import { explain as explainDecision } from "@holdpoint/core/policy-decide/trace";
import type { ExplainView } from "@holdpoint/core/wire/response";
import {
  decisionWordOf,
  requirementViews,
  traceView,
  warningViews,
} from "@holdpoint/core/wire/view";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { safeLine } from "../output/terminal.ts";
import { printTrace } from "../output/trace.ts";
import { parseJson, readText } from "./input.ts";
import { type PolicyFile, readPolicyFile } from "./policy-file.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export interface ExplainOptions extends GlobalOptions {
  readonly policy?: string;
  readonly tools?: string;
  readonly facts?: string;
  readonly now?: string;
}

/** Asks the running server, or a file when `--policy` names one; both run the same engine. */
export async function explain(file: string, options: ExplainOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const action = parseJson(await readText(file), file);
  const facts = options.facts === undefined ? undefined : await readFacts(options.facts);
  let view: ExplainView;
  if (options.policy === undefined) {
    if (options.tools !== undefined) {
      throw new CommandFailed(
        "--tools goes with --policy: the server has its own",
        exitCodes.usage,
      );
    }
    view = await server.post<ExplainView>("/policies/explain", {
      action: withAgentObject(action),
      ...(facts !== undefined && { facts }),
      ...(options.now !== undefined && { now: options.now }),
    });
  } else {
    const policy = await readPolicyFile(options.policy, { terminal, tools: options.tools });
    const now = options.now ?? new Date().toISOString();
    view = explainWith(policy, questionInput({ action, facts, now }));
  }
  if (terminal.json) {
    terminal.printJson(view);
    return;
  }
  const rule = safeLine(view.policy_rule_id ?? "default");
  terminal.print(
    `${terminal.style("bold", view.decision)} by ${rule}: ${safeLine(view.policy_reason)}`,
  );
  if (view.constraints !== null) terminal.print(`constraints: ${JSON.stringify(view.constraints)}`);
  if (view.unenforced !== null) {
    terminal.print(`the policy is not enforced; it would be ${view.unenforced}`);
  }
  for (const { rule: id, decision, mode, reason } of view.warnings) {
    terminal.print(`${mode}: ${decision} by ${safeLine(id)}: ${safeLine(reason)}`);
  }
  printTrace(terminal, view.trace);
}

/** Tests may name the agent by a word; a file that answers with `--policy` is also for a server. */
function withAgentObject(action: Json): Json {
  if (!isJsonObject(action) || typeof action["agent"] !== "string") return action;
  return { ...action, agent: { id: action["agent"] } };
}

async function readFacts(file: string): Promise<Json> {
  const read = jsonFromYaml(await readText(file));
  if (read.ok) return read.json;
  const lines = read.findings.map(
    ({ line, column, message }) => `${file}:${line}:${column}: ${message}`,
  );
  throw new CommandFailed(lines.join("\n"), exitCodes.usage);
}

function questionInput(question: {
  readonly action: Json;
  readonly facts: Json | undefined;
  readonly now: string;
}): EvaluationInput {
  const { facts, now } = question;
  const isNamed = isJsonObject(question.action) && "agent" in question.action;
  const action =
    isJsonObject(question.action) && !isNamed
      ? { ...question.action, agent: "dev" }
      : question.action;
  const read = readQuestion({ action, now, ...(facts !== undefined && { facts }) });
  if (read.ok) return read.input;
  const lines = read.findings.map(({ path, message }) => `${path}: ${message}`);
  throw new CommandFailed(lines.join("\n"), exitCodes.usage);
}

function explainWith({ policy, registry }: PolicyFile, question: EvaluationInput): ExplainView {
  const compiled = compilePolicy(policy);
  const applied = applyRegistry(compileRegistry(registry), question);
  const { riskTags, reversible, effect } = applied;
  const input = inputOfTest(compiled, { ...question, riskTags, reversible, effect });
  const decision = evaluate(compiled, input);
  return {
    decision: decisionWordOf(decision.kind),
    policy_snapshot: "local file",
    policy_rule_id: decision.ruleId,
    policy_reason: decision.reason,
    constraints: decision.constraints as ExplainView["constraints"],
    requirements: requirementViews(decision, []),
    warnings: warningViews(decision),
    unenforced: decision.unenforced && decisionWordOf(decision.unenforced),
    trace: traceView(explainDecision(compiled, input, decision)),
  };
}
