// Every code that a finding about a policy file may carry, with what it says.

/** What loading refuses or remarks. */
const loading = {
  any_currency: "A cost is compared in whatever currency the action names.",
  broad_allow: "A rule releases every action that no other rule holds or denies.",
  cannot_be_met: "A hold asks for people who do not exist, or for more than there are.",
  duplicate_entry: "An entry stands twice in one list.",
  duplicate_id: "Two things of one kind have the same id.",
  duplicate_key: "A key stands twice in one map.",
  duplicate_requirement: "A rule asks the same people twice.",
  duplicate_rule_id: "Two rules or invariants have the same id.",
  duration_invalid: "A span of time is not written as one, or lies outside its bounds.",
  exception_of_invariant: "An exception names an invariant, which nothing lifts.",
  file_empty: "The file holds no policy.",
  file_too_large: "The file is larger than a policy may be.",
  hidden_character: "The text holds a character that a reader cannot see.",
  instant_invalid: "A point in time is not written as one.",
  invariant_mode: "An invariant has a mode, and invariants are always enforced.",
  invariant_relaxes: "An invariant that releases has no effect: it is only a floor.",
  key_invalid: "A key is not a word.",
  members_elsewhere: "A group names nobody, so its members come from the people file.",
  missing_key: "A key that has to be there is not.",
  name_invalid: "A name of a role, group or the like is not formed as names are.",
  never_ends: "The order of requirements goes round in a circle.",
  never_fail_open: "Silence would let the action run.",
  never_matches: "No action can fit what is asked.",
  never_reached: "A step of `escalate` comes after the timeout.",
  no_effect: "A key has no effect beside the decision of its rule.",
  not_acted_on: "A key is read and kept, and this version does not act on it.",
  not_supported_yet: "A key belongs to the language, and this version does not evaluate it.",
  number_ambiguous: "A number can be read in two ways.",
  number_inexact: "A number cannot be kept exactly.",
  params_unchecked: "Parameters have no schema, so what a condition reads of them is not checked.",
  pattern_invalid: "A pattern of topics or names is not one.",
  strong_auth_unavailable: "A rule asks for a passkey, which this version cannot check.",
  template_invalid: "A text with `${…}` in it cannot be taken apart.",
  too_many: "There are more entries than a policy may have.",
  unknown_calendar: "The file defines no such calendar.",
  unknown_code: "A waiver names a code that no finding has.",
  unknown_decision: "There is no such decision.",
  unknown_group: "The file defines no such group.",
  unknown_key: "There is no such key here.",
  unknown_parameter: "An environment sets a parameter that the file does not define.",
  unknown_person: "The people file knows nobody of that name.",
  unknown_requirement: "`after` names nobody whom the rule asks.",
  unknown_risk_tag: "The vocabulary of the file has no such risk tag.",
  unknown_role: "The file defines no such role.",
  unknown_rule: "The file has no such rule.",
  unknown_schedule: "The file defines no such schedule.",
  unknown_topic: "No topic of the file's vocabulary fits.",
  unknown_word: "The value is none of those that the key may have.",
  unknown_zone: "There is no such time zone.",
  value_invalid: "A value is not of the form that its key asks for.",
  variable_circle: "Variables read each other in a circle.",
  wrong_type: "A value is of another type than its key asks for.",
  yaml_invalid: "The text is not YAML 1.2 as policy files use it.",
} as const;

/** What the static check finds in a policy that loads. */
const checking = {
  calendar_always: "It is always within a calendar.",
  calendar_never: "It is never within a calendar during the next year.",
  check_limited: "The file is so large that a part of the check was left out.",
  condition_always: "A condition is true for every action.",
  condition_cost: "A condition may use up the cost budget of an evaluation.",
  condition_cost_unbounded: "The cost of a condition grows with a value that has no bound.",
  condition_never: "A condition is false for every action.",
  exception_expired: "An exception has expired and lifts nothing any more.",
  exception_expires_soon: "An exception expires within 30 days.",
  exception_lifts_nothing: "An exception fits no action of the rules that it names.",
  emergency_never: "Nobody can ever override by an `emergency`.",
  hold_unattended: "At some hour a hold cannot be answered before its timeout.",
  hold_waits: "At some hour nobody is told of a hold, and it waits for somebody to be on duty.",
  never_decides: "A stricter rule that always applies leaves a rule without any effect.",
  no_tests: "The file has no tests.",
  not_enforced: "A rule, or the whole policy, is not enforced.",
  owner_missing: "Nobody is named who answers for a rule.",
  reason_missing: "A rule that holds or denies does not say why.",
  reviewer_may_be_missing: "A hold could not be met if the agent belonged to one of its reviewers.",
  roster_unknown: "Who may review is not in the file, so it is not proved that a hold can be met.",
  shadowed: "An earlier rule is for all actions of a rule, which is never asked.",
  test_failed: "A test of the file expects another decision.",
  tool_unregistered: "The tool registry knows no tool that a pattern fits.",
  topic_unregistered: "The tool registry knows no topic that a pattern fits.",
  unknown_roster:
    "A roster is named that the people file does not have, or that is not known here.",
  untested: "No test of the file reaches a rule.",
  velocity_never: "A rule with `velocity` can never be the one that decides.",
  velocity_relaxes: "A rule releases what is frequent and not what is rare.",
  veto_untold: "A veto window asks nobody in particular, so that anybody who is told is enough.",
  waived: "A finding that the owner of the rule accepts for a while.",
  waiver_expired: "A waiver has expired, so its finding counts again.",
  waiver_expires_soon: "A waiver expires within 30 days.",
  waiver_refused: "A waiver names an error, and errors are not waived.",
  waiver_unused: "A waiver waives nothing.",
} as const;

/** What is wrong or doubtful in an expression. */
const expressions = {
  always_fails: "A part of an expression is an error whatever the action is.",
  network_invalid: "A network is not written as an address and a length.",
  not_a_condition: "A condition is neither true nor false.",
  pattern_not_literal: "A pattern of `matches` does not stand in the expression itself.",
  regex_on_free_text: "A pattern over text that an outsider words keeps nobody out.",
  syntax: "An expression cannot be read.",
  too_large: "An expression has too many parts, or too many levels.",
  too_long: "An expression has too many characters.",
  type_mismatch: "An operation is asked of a value of another type.",
  unguarded_optional:
    "A member that may be absent is read without a guard; a note where the rule then applies.",
  unknown_field: "A value has no such member.",
  unknown_function: "There is no such function.",
  unknown_value: "A value is compared with one that it never has.",
  unknown_variable: "An expression starts from a name that it does not know.",
  wrong_arguments: "A function is called with the wrong number or kinds of values.",
} as const;

export type CheckCode = keyof typeof checking | "cannot_be_met" | "never_matches";

/** Codes in three parts; `docs/reference/policy-findings.md` shows them as tables. */
export const findingParts: readonly {
  readonly title: string;
  readonly codes: Readonly<Record<string, string>>;
}[] = [
  { title: "Loading", codes: loading },
  { title: "Expressions", codes: expressions },
  { title: "Checking", codes: checking },
];

/** One line on each code. */
export const findingCodes: Readonly<Record<string, string>> = {
  ...loading,
  ...expressions,
  ...checking,
};

export function isFindingCode(code: string): boolean {
  return Object.hasOwn(findingCodes, code);
}
