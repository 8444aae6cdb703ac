// The form of a person sends back what it was shown, and what was changed.

import type { EntryView } from "@holdpoint/core/wire/people";
import { describe, expect, it } from "vitest";
import { fieldsOf, groupsGiven, requestOf, wrongIn } from "./person-form.ts";

const ana: EntryView = {
  id: "ana",
  email: "ana@example.com",
  name: "Ana",
  accounts: ["u-8123"],
  roles: ["lead"],
  groups: ["on-call", "board"],
  limits: [
    { topics: ["job.deploy.**"], cost: { at_most: 1_000, currency: "USD" } },
    { topics: null, cost: { at_most: 50, currency: "EUR" } },
  ],
  quiet: { zone: "Europe/Berlin", from: "22:00", to: "07:00" },
  cards_per_hour: 12,
  channels: ["slack", "email"],
  active: true,
  load: { cards_last_hour: 0, cards_open: 0 },
};

describe("the form of a person", () => {
  it("sends what it was shown when nothing was changed, and leaves groups alone", () => {
    expect(requestOf(fieldsOf(ana, ["on-call"], "UTC"), ["on-call"])).toEqual({
      email: "ana@example.com",
      name: "Ana",
      accounts: ["u-8123"],
      roles: ["lead"],
      channels: ["slack", "email"],
      limits: [
        { topics: ["job.deploy.**"], cost: { at_most: 1_000, currency: "USD" } },
        { cost: { at_most: 50, currency: "EUR" } },
      ],
      cards_per_hour: 12,
      quiet: { zone: "Europe/Berlin", from: "22:00", to: "07:00" },
    });
  });

  it("says nothing of what is left empty", () => {
    const fields = { ...fieldsOf(null, [], "UTC"), id: "li", limits: [] };
    expect(requestOf(fields, [])).toEqual({ accounts: [], roles: [], channels: [] });
  });

  it("sends groups that were changed", () => {
    const fields = { ...fieldsOf(ana, ["on-call"], "UTC"), groups: ["board"] };
    expect(requestOf(fields, ["on-call"]).groups).toEqual(["board"]);
  });

  it("does not send numbers that are none", () => {
    const fields = fieldsOf(ana, [], "UTC");
    const [limit] = fields.limits;
    expect([...wrongIn(fields)]).toEqual([]);
    expect([...wrongIn({ ...fields, cards: "many" }).keys()]).toEqual(["cards_per_hour"]);
    const limits = [{ topics: "", atMost: "1,000", currency: "" }, ...(limit ? [limit] : [])];
    expect([...wrongIn({ ...fields, limits }).keys()]).toEqual(["at_most 0", "currency 0"]);
  });

  it("knows the groups that the policy file gives from those of the document", () => {
    const group = (name: string, source: "policy" | "people") =>
      ({ name, named: [{ member: "ana", source }] }) as unknown as Parameters<
        typeof groupsGiven
      >[1][number];
    expect(groupsGiven("ana", [group("board", "policy"), group("on-call", "people")])).toEqual([
      "on-call",
    ]);
  });
});
