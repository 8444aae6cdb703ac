// Reads expressions and templates of a policy file, and checks them against what they may name.

import type { Expr } from "../cel/ast.ts";
import { type CheckedCel, checkCel } from "../cel/check.ts";
import type { CelFault } from "../cel/fault.ts";
import { parseCel, type ParsedCel } from "../cel/parse.ts";
import { compileCel } from "../cel/program.ts";
import { boolType, dynType, type StaticType } from "../cel/type.ts";
import { conditionRoots } from "../policy/condition-type.ts";
import type { Condition, Template } from "../policy/policy.ts";
import { type Place, type Reading, readText } from "./reading.ts";
import { splitTemplate } from "./split-template.ts";

/** Names and types that expressions may start from, one and the same map wherever they are the same. */
export type Roots = ReadonlyMap<string, StaticType>;

/** What an expression is checked against; `about` names it in messages, null when there is only one. */
export interface Scope {
  readonly roots: Roots;
  readonly about: string | null;
}

interface Wish {
  readonly wanted: StaticType | null;
  readonly absent: Absent;
}

/**
 * What comes of a value that the expression reads and an action leaves out: the rule applies, the rule
 * does not count, one or the other as its readers are, or nothing that matters. A guard that lets such an action pass is only advised where
 * the rule does not count anyway.
 */
export type Absent = "applies" | "fails" | "either" | "ignored";

/** A condition: true or false. */
export function readCondition(
  reading: Reading,
  place: Place,
  what: string,
  wish: { readonly scopes: readonly Scope[]; readonly absent: Absent },
): Condition | null {
  return readChecked(reading, place, what, { ...wish, wanted: boolType });
}

/** An expression of any type, or of `wanted`. */
export function readExpression(
  reading: Reading,
  place: Place,
  what: string,
  options: Partial<Wish> & { readonly scopes: readonly Scope[] },
): Condition | null {
  return readChecked(reading, place, what, { wanted: null, absent: "ignored", ...options });
}

function readChecked(
  reading: Reading,
  place: Place,
  what: string,
  wish: Wish & { readonly scopes: readonly Scope[] },
): Condition | null {
  const source = readText(reading, place, what, { lengthMax: expressionLengthMax });
  if (source === null) return null;
  const ast = astOf(reading, place, { source, shift: 0 });
  if (ast === null) return null;
  checkAt(reading, place, { source, ast, shift: 0 }, wish);
  return { source, ast };
}

/** Paths over `action` that tell proposals apart; the root `action.` may be left out. */
export function readPath(
  reading: Reading,
  place: Place,
  what: string,
  scopes: readonly Scope[],
): Condition | null {
  const written = readText(reading, place, what, { lengthMax: expressionLengthMax });
  if (written === null) return null;
  const first = astOf(reading, place, { source: written, shift: 0 });
  if (first === null) return null;
  const root = rootOf(first);
  const isShort = root !== null && !conditionRoots.some((name) => name === root);
  const source = isShort ? `action.${written}` : written;
  const shift = isShort ? -"action.".length : 0;
  const ast = isShort ? astOf(reading, place, { source, shift }) : first;
  if (ast === null) return null;
  checkAt(reading, place, { source, ast, shift }, { scopes, wanted: null, absent: "ignored" });
  return { source, ast };
}

/** Text with `${…}` in it; null when it has none, or one that is wrong. */
export function readTemplate(
  reading: Reading,
  place: Place,
  source: string,
  scopes: readonly Scope[],
): Template | null {
  if (!source.includes("${")) return null;
  const split = splitTemplate(source);
  if (!split.ok) {
    const { message, at, end, help } = split;
    const code = "template_invalid";
    reading.report({ place, span: { at, end }, severity: "error", code, message, help });
    return null;
  }
  const parts: (string | Condition)[] = [];
  for (const one of split.parts) {
    if (typeof one === "string") {
      parts.push(one);
      continue;
    }
    const part = { source: one.source, shift: one.at };
    const ast = astOf(reading, place, part);
    if (ast === null) continue;
    checkAt(reading, place, { ...part, ast }, { scopes, wanted: null, absent: "ignored" });
    parts.push({ source: one.source, ast });
  }
  return { source, parts };
}

interface Written {
  readonly source: string;
  /** Where the expression begins within the value; negative when its root was put before it. */
  readonly shift: number;
}

/** Trees by source, because the rules of large files say the same again and again. */
function astOf(reading: Reading, place: Place, { source, shift }: Written): Expr | null {
  const { parsed } = reading.expressions;
  let outcome = parsed.get(source);
  if (outcome === undefined) {
    outcome = parse(source);
    parsed.set(source, outcome);
  }
  if (outcome.ok) return outcome.ast;
  reportFaults(reading, place, outcome.faults, { shift, about: "" });
  return null;
}

/**
 * What cannot be compiled is refused here, so that no policy that loads fails to compile. What the
 * checker finds as well is left to it: it names the nearest right name, and all else that is wrong.
 */
function parse(source: string): ParsedCel {
  const parsed = parseCel(source);
  if (!parsed.ok) return parsed;
  const compiled = compileCel(parsed.ast, conditionRoots);
  return compiled.ok || compiled.faults.every(({ code }) => checkedCodes.has(code))
    ? parsed
    : { ok: false, faults: compiled.faults };
}

const checkedCodes = new Set(["unknown_variable", "unknown_function", "wrong_arguments"]);

function checkAt(
  reading: Reading,
  place: Place,
  written: Written & { readonly ast: Expr },
  wish: Wish & { readonly scopes: readonly Scope[] },
): void {
  const { scopes, wanted, absent } = wish;
  const found = new Map<string, Told>();
  for (const { roots, about } of scopes) {
    for (const one of checkedOf(reading, written, roots, wanted).faults) {
      const fault = ofAbsence(one, absent);
      if (fault === null) continue;
      const key = `${fault.code} ${fault.at} ${fault.message}`;
      const told = found.get(key);
      if (told === undefined) found.set(key, { fault, about: [about ?? ""] });
      else told.about.push(about ?? "");
    }
  }
  for (const { fault, about } of found.values()) {
    // What is right for one tool and wrong for another may be meant for the one.
    const isCommon = about.length === scopes.length;
    const severity = isCommon || fault.severity !== "error" ? fault.severity : "warning";
    const where = scopes.length === 1 || !isCommon ? (about[0] ?? "") : "";
    reportFaults(reading, place, [{ ...fault, severity }], { shift: written.shift, about: where });
  }
}

/** SECURITY: no advice here may open a gate: `has(…) &&` would let an action that leaves it out pass. */
function ofAbsence(fault: CelFault, absent: Absent): CelFault | null {
  if (fault.code !== "unguarded_optional" || absent === "fails") return fault;
  if (absent === "ignored") return null;
  const guard = /^write `(.*) && …`$/.exec(fault.help ?? "")?.[1] ?? "";
  const without = guard.startsWith("has(") ? `!${guard}` : `!(${guard})`;
  if (absent === "either") {
    const help = `\`${without} || …\` counts such an action in, \`${guard} && …\` leaves it out`;
    return { ...fault, help };
  }
  const message = fault.message.replace(/: reading it .*$/, ": the rule then applies");
  return { ...fault, severity: "note", message, help: `\`${without} || …\` says so` };
}

interface Told {
  readonly fault: CelFault;
  readonly about: string[];
}

/** The type that an expression has, after it was read. */
export function typeOfExpression(
  reading: Reading,
  { source, ast }: Condition,
  roots: Roots,
): StaticType {
  const { type, faults } = checkedOf(reading, { source, ast }, roots, null);
  return faults.some(({ severity }) => severity === "error") ? dynType : type;
}

function checkedOf(
  reading: Reading,
  { source, ast }: { readonly source: string; readonly ast: Expr },
  roots: Roots,
  wanted: StaticType | null,
): CheckedCel {
  const { checked } = reading.expressions;
  let bySource = checked.get(roots);
  if (bySource === undefined) {
    bySource = new Map();
    checked.set(roots, bySource);
  }
  const key = `${wanted?.kind ?? ""} ${source}`;
  let found = bySource.get(key);
  if (found === undefined) {
    found = checkCel(ast, roots, wanted);
    bySource.set(key, found);
  }
  return found;
}

function reportFaults(
  reading: Reading,
  place: Place,
  faults: readonly CelFault[],
  { shift, about }: { readonly shift: number; readonly about: string },
): void {
  for (const { severity, code, message, at, end, help } of faults) {
    reading.report({
      place,
      span: { at: Math.max(0, at + shift), end: Math.max(0, end + shift) },
      severity,
      code,
      message: about === "" ? message : `${message} (${about})`,
      help,
    });
  }
}

/** The name that a path starts from; null when it is no path. */
function rootOf(expr: Expr): string | null {
  if (expr.kind === "ident") return expr.name;
  return expr.kind === "select" || expr.kind === "index" ? rootOf(expr.operand) : null;
}

const expressionLengthMax = 4_096;
