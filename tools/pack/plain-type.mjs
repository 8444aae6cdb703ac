// Writes the type that a zod schema infers as plain TypeScript, for declarations that stand without zod.

/** @typedef {import("zod").core.$ZodType} Schema */
/** @typedef {{ name: (schema: Schema) => string | undefined }} Names */

const wordForm = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/**
 * The text of `z.infer<typeof schema>`. `names.name` gives the name of a part that has a type of its own; the whole is
 * written out.
 *
 * @param {Schema} schema
 * @param {Names} names
 * @returns {string}
 * @throws for a schema whose type cannot be told when the program runs
 */
export function plainType(schema, names) {
  return write(schema, names);
}

/**
 * @param {Schema} schema
 * @param {Names} names
 * @returns {string}
 */
function inner(schema, names) {
  return names.name(schema) ?? write(schema, names);
}

/**
 * @param {Schema} schema
 * @param {Names} names
 * @returns {string}
 */
function write(schema, names) {
  const def = /** @type {import("zod").core.$ZodTypes} */ (schema)._zod.def;
  switch (def.type) {
    case "string":
    case "number":
    case "boolean":
    case "null":
    case "undefined":
    case "unknown":
    case "never":
      return def.type;
    case "literal":
      return def.values.map((value) => JSON.stringify(value)).join(" | ");
    case "enum":
      return Object.values(def.entries)
        .map((value) => JSON.stringify(value))
        .join(" | ");
    case "array":
      return `${grouped(inner(def.element, names))}[]`;
    case "tuple":
      return `[${def.items.map((item) => inner(item, names)).join(", ")}]`;
    case "record":
      return `Record<${inner(def.keyType, names)}, ${inner(def.valueType, names)}>`;
    case "union":
      return def.options.map((option) => inner(option, names)).join(" | ");
    case "nullable":
      return `${inner(def.innerType, names)} | null`;
    case "optional":
      return `${inner(def.innerType, names)} | undefined`;
    case "default":
    case "prefault":
    case "nonoptional":
      return inner(def.innerType, names);
    case "readonly":
      return `Readonly<${inner(def.innerType, names)}>`;
    case "object":
      return objectType(def, names);
    default:
      throw new Error(`the type of a schema of kind \`${def.type}\` cannot be written out`);
  }
}

/**
 * @param {import("zod").core.$ZodObjectDef} def
 * @param {Names} names
 * @returns {string}
 */
function objectType(def, names) {
  const members = Object.entries(def.shape).map(([key, member]) => {
    const mark = member._zod.optout === "optional" ? "?" : "";
    const name = wordForm.test(key) ? key : JSON.stringify(key);
    return `${name}${mark}: ${inner(member, names)};`;
  });
  if (def.catchall !== undefined && def.catchall._zod.def.type !== "never") {
    members.push(`[key: string]: ${inner(def.catchall, names)};`);
  }
  return `{\n${members.map((member) => indented(member)).join("\n")}\n}`;
}

/**
 * @param {string} text
 * @returns {string}
 */
function indented(text) {
  return `  ${text.replaceAll("\n", "\n  ")}`;
}

/**
 * @param {string} type
 * @returns {string}
 */
function grouped(type) {
  return wordForm.test(type) || type.startsWith("{") ? type : `(${type})`;
}
