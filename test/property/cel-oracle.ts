// The same expression by three evaluators, each answer in one notation that can be compared.

import {
  celEnv,
  celUint,
  isCelError,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
  parse,
  plan,
} from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { parseCel } from "@holdpoint/core/cel/parse";
import { Meter } from "@holdpoint/core/cel/meter";
import { compileCel } from "@holdpoint/core/cel/program";
import {
  CelDuration,
  CelError,
  CelMap,
  type CelResult,
  CelTimestamp,
  CelType,
  CelUint,
} from "@holdpoint/core/cel/value";
import { Environment } from "@marcbachmann/cel-js";

/** Values of the roots of an expression; ints are bigints and uints are ours. */
export type Bindings = Readonly<Record<string, unknown>>;

/** An answer as text: two are equal when their texts are; every error is `error`. */
export type Answer = (source: string, bindings: Bindings) => string;

const BUDGET = 1_000_000;

export const ours: Answer = (source, bindings) => {
  const parsed = parseCel(source);
  if (!parsed.ok) return "error";
  const names = Object.keys(bindings);
  const compiled = compileCel(parsed.ast, names);
  if (!compiled.ok) return "error";
  const scope = names.map((name) => bindings[name] as CelResult);
  return noteOf(compiled.program.run(scope, new Meter(BUDGET)));
};

const bufbuildEnvironment = celEnv({ funcs: strings });

const bufbuild: Answer = (source, bindings) => {
  try {
    const run = plan(bufbuildEnvironment, parse(source));
    return noteOf(run(forBufbuild(bindings) as never));
  } catch {
    return "error";
  }
};

/** Uints are classes of the library's own; everything else is a plain value in both. */
function forBufbuild(value: unknown): unknown {
  if (value instanceof CelUint) return celUint(value.value);
  if (Array.isArray(value)) return value.map(forBufbuild);
  const isPlain = typeof value === "object" && value !== null;
  if (!isPlain || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, forBufbuild(one)]));
}

const marcbachmannEnvironment = new Environment({ unlistedVariablesAreDyn: true });

const marcbachmann: Answer = (source, bindings) => {
  try {
    return noteOf(marcbachmannEnvironment.parse(source)({ ...bindings }));
  } catch {
    return "error";
  }
};

export const oracles = { bufbuild, marcbachmann } as const;
export type Oracle = keyof typeof oracles;

/** All three kinds of values in one notation. */
function noteOf(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return `${value}`;
    case "number":
      return `double ${Object.is(value, -0) ? "0" : value}`;
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return `${value}`;
    case "object":
      return value === null ? "null" : noteOfObject(value);
    default:
      return `a ${typeof value}`;
  }
}

function noteOfObject(value: object): string {
  if (value instanceof CelError || isCelError(value)) return "error";
  if (value instanceof CelUint || isCelUint(value)) return `${value.value}u`;
  if (value instanceof CelTimestamp) return `timestamp ${value.seconds}.${value.nanos}`;
  if (value instanceof CelDuration) return durationNote(BigInt(value.seconds), value.nanos);
  if (value instanceof CelType || isCelType(value)) return `type ${value.name}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (value instanceof Date) {
    const seconds = Math.floor(value.getTime() / 1_000);
    return `timestamp ${seconds}.${(value.getTime() - seconds * 1_000) * 1_000_000}`;
  }
  if (Array.isArray(value) || isCelList(value)) return `[${[...value].map(noteOf).join(", ")}]`;
  if (value instanceof CelMap) {
    return mapNote([...value.entries.values()].map((entry) => [entry.key, entry.value]));
  }
  if (isCelMap(value) || value instanceof Map) return mapNote([...value.entries()]);
  return noteOfOther(value);
}

/** Messages of bufbuild, classes of marcbachmann that it does not export, and plain objects. */
function noteOfOther(value: object): string {
  if ("message" in value && "desc" in value) {
    const message = value.message as { $typeName: string; seconds: bigint; nanos: number };
    if (message.$typeName === "google.protobuf.Timestamp") {
      return `timestamp ${message.seconds}.${message.nanos}`;
    }
    return durationNote(message.seconds, message.nanos);
  }
  if (Object.getPrototypeOf(value) === Object.prototype) return mapNote(Object.entries(value));
  const { name } = value.constructor;
  if (name === "UnsignedInt") return `${(value as { value: bigint }).value}u`;
  if (name === "Duration") {
    const { seconds, nanos } = value as { seconds: bigint; nanos: number };
    return durationNote(seconds, nanos);
  }
  if (name === "Type") return `type ${(value as { name: string }).name}`;
  return Object.getPrototypeOf(value) === null ? mapNote(Object.entries(value)) : `a ${name}`;
}

/** One libraries rounds towards zero and another down: both come to nanoseconds. */
function durationNote(seconds: bigint, nanos: number): string {
  return `duration ${BigInt(seconds) * 1_000_000_000n + BigInt(nanos)}`;
}

function mapNote(entries: readonly (readonly [unknown, unknown])[]): string {
  const texts = entries.map(([key, value]) => `${noteOf(key)}: ${noteOf(value)}`);
  return `{${texts.toSorted().join(", ")}}`;
}
