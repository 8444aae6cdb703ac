// Holds events that were written to their document: every type has a section, every member is named in it.

import { readFileSync } from "node:fs";
import type { Store } from "@holdpoint/server/storage/store";
import { expect } from "vitest";

interface Section {
  readonly text: string;
  readonly words: ReadonlySet<string>;
}

const page = readFileSync(new URL("../../spec/events.md", import.meta.url), "utf8");
const [, types = ""] = page.split("\n## Types\n");
const sections = new Map(types.split("\n### ").slice(1).map(sectionOf));

function sectionOf(block: string): readonly [string, Section] {
  const [name = "", ...lines] = block.split("\n");
  const text = lines.join("\n");
  const words = [...text.matchAll(/`([a-z_]+(?:\.[a-z.]+)?)`/g)].map(([, word = ""]) => word);
  return [name, { text, words: new Set(words) }];
}

const pageMax = 10_000;

/** The newest events of the tenant, read as they are stored. */
export async function expectDocumented(store: Store, tenant: string): Promise<void> {
  const filter = { jobId: null, type: null, isNewestFirst: true, limit: pageMax, after: null };
  const wrong = new Set<string>();
  for (const { leaf, payload } of await store.listEvents(tenant, filter)) {
    const { type } = JSON.parse(leaf) as { type: string };
    const members = undocumented(type, JSON.parse(payload ?? "{}") as object);
    for (const member of members) wrong.add(`${type}: ${member}`);
  }
  expect([...wrong]).toEqual([]);
}

/** Members of the payload that neither the section of the type names nor one that it points at. */
function undocumented(type: string, payload: object): readonly string[] {
  const section = sections.get(type);
  if (section === undefined) return [`no section ${type}`];
  const known = new Set(section.words);
  for (const other of pointedAt(type, section)) {
    for (const word of sections.get(other)?.words ?? []) known.add(word);
  }
  return Object.keys(payload).filter((member) => !known.has(member));
}

/** Sections say in words where members stand in the form of another one. */
function pointedAt(type: string, { text, words }: Section): readonly string[] {
  const decides = /\b(?:the new|the|or the) decision\b/i.test(text) && type !== "job.affected";
  return [
    ...[...words].filter((word) => word.includes(".")),
    ...(decides ? ["job.proposed"] : []),
    ...(text.includes("The review's members") ? ["review.submitted"] : []),
  ];
}
