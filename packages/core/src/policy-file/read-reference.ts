// Reads references to people: `role:`, `group:` and `person:`, each of them known to the file.

import { nearest } from "../policy/finding.ts";
import { namePattern, type Place, readText, type Reading } from "./reading.ts";

export function readReference(reading: Reading, place: Place, what: string): string | null {
  const text = readText(reading, place, what, {
    pattern: /^(role|group|person):\S+$/,
    form: "write `role:`, `group:` or `person:` and a name",
  });
  if (text === null) return null;
  const [kind = "", name = ""] = text.split(/:(.*)/s);
  if (kind === "role" || kind === "group") return isKnown(reading, place, kind, name) ? text : null;
  return text;
}

export function isKnown(
  reading: Reading,
  place: Place,
  kind: "role" | "group" | "schedule",
  name: string,
): boolean {
  const known = reading.names[`${kind}s`];
  if (known.has(name)) return true;
  const near = nearest(name, known);
  const help = near === null ? `define it under \`${kind}s\`` : `did you mean \`${near}\`?`;
  reading.error(place, `unknown_${kind}`, `there is no ${kind} \`${name}\` in this file`, help);
  return false;
}

/** Rosters stand in the people file, so that only the form of a name can be looked at. */
export function readRosterName(reading: Reading, place: Place, what: string): string | null {
  return readText(reading, place, what, {
    pattern: namePattern,
    form: "a name begins with a letter; then letters, digits, `_`, `-` and `.`, 64 at most",
  });
}
