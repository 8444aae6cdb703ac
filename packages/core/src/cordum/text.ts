// Small pieces of CEL and YAML text that an imported rule is written with.

/** A string literal of CEL. */
export function quoted(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escaped}"`;
}

export function listOf(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(", ")}]`;
}

/** True when the label is there and is one of the values. */
export function labelIn(name: string, values: readonly string[]): string {
  const label = `action.labels[${quoted(name)}]`;
  const [only] = values;
  const test =
    values.length === 1 ? `${label} == ${quoted(only ?? "")}` : `${label} in ${listOf(values)}`;
  return `(${quoted(name)} in action.labels && ${test})`;
}

/** A sentence as a reason: `${` has a meaning here that it has not there. */
export function plainReason(text: string): string {
  // A function, because `$$` has a meaning in a replacement.
  return text.replaceAll("${", () => "$${");
}
