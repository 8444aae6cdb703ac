// The maps of a policy file that say who is asked, when they are there, and who may override.

import {
  circumstancesMax,
  limitsMax,
  overridesMaxDefault,
  requirementCountMax,
  tellMax,
} from "../base/limits.ts";
import {
  described,
  flag,
  list,
  type MapShape,
  number,
  ref,
  some,
  text,
  whole,
  word,
} from "./shape.ts";

const duration = ref("duration");

/** Maps about people and time; `shapes` takes them in. */
export const peopleShapes = {
  approval: {
    about: "One demand; without role and group whoever may review.",
    required: [],
    keys: {
      role: text("A role, or a higher one."),
      group: text("A group."),
      count: whole("Distinct people.", 1, requirementCountMax),
      deny_count: whole("Rejections that end the hold.", 1, requirementCountMax),
      after: text("Role or group that has to be satisfied first."),
      blind: described("Votes are hidden from whoever has not voted.", flag),
    },
  },
  escalation: {
    about: "Who is asked after a while.",
    required: ["after", "to"],
    keys: { after: duration, to: ref("person") },
  },
  emergency: {
    about: "Who may override, and in which circumstances.",
    required: ["by"],
    keys: {
      by: ref("person"),
      within: list("Any one of them is enough.", ref("circumstance"), circumstancesMax),
    },
  },
  ranked_role: {
    about: "A role with limits.",
    required: ["rank"],
    keys: {
      rank: whole("A higher one stands for a lower one.", 0, 1_000_000),
      limits: list("What its holders may approve: one entry has to fit.", ref("limit"), limitsMax),
    },
  },
  limit: {
    about: "Topics, and a cost at most; what is left out is not looked at.",
    required: [],
    keys: {
      topics: some("The topic fits one.", ref("topic_pattern")),
      cost: ref("limit_cost"),
    },
  },
  limit_cost: {
    about: "The action states a cost in this currency, and no more.",
    required: ["at_most", "currency"],
    keys: { at_most: number("Included upper bound.", 0, 1e15), currency: ref("currency") },
  },
  group: {
    about: "People that are asked together.",
    required: ["members"],
    keys: {
      members: list("Emails, ids of people, `role:<name>`.", ref("member")),
      schedule: text("Name of a schedule."),
      hours: ref("hours"),
      roster: ref("roster_name"),
      always: described("Answers around the clock: where every chain ends.", flag),
      tell: whole("So many of those on duty are told first.", 1, tellMax),
      digest: described("Notices are gathered over this span.", duration),
    },
  },
  hours: {
    about: "When a group is there.",
    required: ["zone", "days", "from", "to"],
    keys: {
      zone: ref("zone"),
      days: ref("days"),
      from: ref("clock"),
      to: ref("clock"),
      except: list("Local dates on which nobody is there.", ref("date")),
      holidays: ref("roster_name"),
    },
  },
  schedule: {
    about: "Who is on duty, in turns.",
    required: ["zone", "rotate", "start", "members"],
    keys: {
      zone: ref("zone"),
      rotate: word("Length of a turn.", "daily", "weekly"),
      start: ref("date"),
      handover: ref("clock"),
      members: list("In the order of their turns.", ref("member")),
    },
  },
  governance: {
    about: "Who looks at overrides afterwards, and how many are too many.",
    required: [],
    keys: {
      group: text("A group that is told and closes reviews; without it, administrators."),
      due: described("Time for a review.", duration),
      overrides_max: whole(
        `So many of one person, rule or agent raise a finding; usually ${overridesMaxDefault}.`,
        1,
        1_000,
      ),
      per: described("The span that they are counted over.", duration),
    },
  },
} satisfies Readonly<Record<string, MapShape>>;
