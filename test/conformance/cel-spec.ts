// The official cases of CEL as this project runs them: which ones concern JSON, and what each one says.
import type { Value } from "@bufbuild/cel-spec/cel/expr/value_pb.js";
import {
  getConformanceSuite,
  type IncrementalTestSuite,
} from "@bufbuild/cel-spec/testdata/tests.js";
import { anyUnpack, type Any } from "@bufbuild/protobuf/wkt";
import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { createRegistry } from "@bufbuild/protobuf";
import {
  CelDuration,
  CelMap,
  type CelMapKey,
  CelTimestamp,
  CelType,
  CelUint,
  type CelValue,
  mapKeyOf,
} from "@holdpoint/core/cel/value";
import type { SimpleTest } from "@bufbuild/cel-spec/cel/expr/conformance/test/simple_pb.js";

export interface SpecCase {
  /** `file/section/name`, with `#2` and so on where the suite repeats a name. */
  readonly id: string;
  readonly expression: string;
  /** False when the suite says that the expression runs without a check before it. */
  readonly isChecked: boolean;
  readonly bindings: ReadonlyMap<string, CelValue>;
  /** What has to come out; an error may come at load time or at run time. */
  readonly expected: { readonly value: CelValue } | "error";
}

/**
 * SPEC: the filter. The first group is the language over JSON; the second is the extensions of which
 * policy CEL has these functions. Left out are whole files about protocol buffers (dynamic, enums,
 * proto2, proto3, proto2_ext, wrappers), about other extensions (bindings_ext, block_ext, encoders_ext,
 * macros2, optionals) and about inferred types alone (type_deductions), and single cases that build or
 * bind messages, wrappers or enums.
 */
const coreFiles: readonly string[] = (
  "basic comparisons conversions fields fp_math integer_math lists logic macros namespace parse " +
  "plumbing string timestamps"
).split(" ");

const extensionSections: readonly string[] = [
  ..."char_at index_of last_index_of ascii_casing replace split substring trim join value_errors"
    .split(" ")
    .map((section) => `string_ext/${section}`),
  ...(
    "greatest_int_result greatest_double_result greatest_uint_result least_int_result " +
    "least_double_result least_uint_result ceil floor round abs"
  )
    .split(" ")
    .map((section) => `math_ext/${section}`),
];

/** Names of messages and enums, wherever an expression or a declaration says one. */
const protoWords =
  /TestAllTypes|NestedEnum|GlobalEnum|NestedMessage|google\.protobuf\.(?!Timestamp\b|Duration\b)|\.[A-Z]\w*\{|cel\.expr\./;

/** Declared types that are messages or wrappers, in the JSON of a declaration. */
const protoTypes = /"case":"(?:messageType|wrapper|abstractType)"/;

export function specCases(): { readonly core: SpecCase[]; readonly extensions: SpecCase[] } {
  const core: SpecCase[] = [];
  const extensions: SpecCase[] = [];
  for (const file of getConformanceSuite().suites) {
    for (const section of file.suites) {
      const path = `${file.name}/${section.name}`;
      if (coreFiles.includes(file.name)) core.push(...casesOf(section, path));
      else if (extensionSections.includes(path)) extensions.push(...casesOf(section, path));
    }
  }
  return { core, extensions };
}

function casesOf(section: IncrementalTestSuite, path: string): SpecCase[] {
  const cases: SpecCase[] = [];
  const seen = new Map<string, number>();
  for (const { original } of section.tests) {
    const times = (seen.get(original.name) ?? 0) + 1;
    seen.set(original.name, times);
    const suffix = times === 1 ? "" : `#${times}`;
    const found = caseOf(original, `${path}/${original.name}${suffix}`);
    if (found !== null) cases.push(found);
  }
  return cases;
}

function caseOf(test: SimpleTest, id: string): SpecCase | null {
  const declared = test.typeEnv.map((declaration) => JSON.stringify(declaration, withoutBigint));
  if (protoWords.test(test.expr) || test.checkOnly) return null;
  if (declared.some((text) => protoTypes.test(text))) return null;
  const bindings = new Map<string, CelValue>();
  for (const [name, bound] of Object.entries(test.bindings)) {
    const value = bound.kind.case === "value" ? valueOf(bound.kind.value) : undefined;
    if (value === undefined) return null;
    bindings.set(name, value);
  }
  const expected = expectedOf(test);
  return expected === null
    ? null
    : { id, expression: test.expr, isChecked: !test.disableCheck, bindings, expected };
}

function withoutBigint(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function expectedOf({ resultMatcher }: SimpleTest): SpecCase["expected"] | null {
  switch (resultMatcher.case) {
    case undefined:
      return { value: true };
    case "value":
    case "typedResult": {
      const message =
        resultMatcher.case === "value" ? resultMatcher.value : resultMatcher.value.result;
      const value = message === undefined ? undefined : valueOf(message);
      return value === undefined ? null : { value };
    }
    case "evalError":
    case "anyEvalErrors":
      return "error";
    default:
      return null;
  }
}

const registry = createRegistry(TimestampSchema, DurationSchema);

/** Undefined for a message or an enum. */
function valueOf({ kind }: Value): CelValue | undefined {
  switch (kind.case) {
    case "nullValue":
      return null;
    case "boolValue":
    case "int64Value":
    case "doubleValue":
    case "stringValue":
    case "bytesValue":
      return kind.value;
    case "uint64Value":
      return new CelUint(kind.value);
    case "typeValue":
      return new CelType(kind.value);
    case "listValue": {
      const items = kind.value.values.map(valueOf);
      return items.includes(undefined) ? undefined : (items as CelValue[]);
    }
    case "mapValue":
      return mapOf(kind.value.entries);
    case "objectValue":
      return timeOf(kind.value);
    default:
      return undefined;
  }
}

function timeOf(any: Any): CelValue | undefined {
  const message = anyUnpack(any, registry);
  if (message === undefined || !("seconds" in message) || !("nanos" in message)) return undefined;
  const seconds = Number(message.seconds);
  const nanos = Number(message.nanos);
  if (any.typeUrl.endsWith("Timestamp")) return new CelTimestamp(seconds, nanos);
  return nanos < 0 ? new CelDuration(seconds - 1, nanos + 1e9) : new CelDuration(seconds, nanos);
}

/** JSON where all keys are texts, as the input of a policy is. */
function mapOf(
  entries: readonly { key?: Value | undefined; value?: Value | undefined }[],
): CelValue | undefined {
  const read = entries.map((entry) => ({
    key: entry.key === undefined ? undefined : valueOf(entry.key),
    value: entry.value === undefined ? undefined : valueOf(entry.value),
  }));
  if (read.every((entry) => typeof entry.key === "string" && entry.value !== undefined)) {
    return Object.fromEntries(read.map((entry) => [entry.key, entry.value]));
  }
  const map = new Map<CelMapKey, { key: CelValue; value: CelValue }>();
  for (const { key, value } of read) {
    const mapKey = key === undefined ? undefined : mapKeyOf(key);
    if (key === undefined || value === undefined || mapKey === undefined) return undefined;
    map.set(mapKey, { key, value });
  }
  return new CelMap(map);
}
