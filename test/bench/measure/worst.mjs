// Names the dearest decisions that an agent can ask for, and the conditions that make them so.

/** @type {Record<string, string>} */
export const conditions = {
  "nested loops": "action.params.list.all(x, action.params.list.all(y, x + y >= 0.0))",
  "an error for each element": 'action.params.list.exists(x, x.nope == "z")',
  "long lists compared": "action.params.list.all(x, action.params.deep == action.params.other)",
  "a copy of a text": "action.params.text.replace('a', 'bb').size() > 1",
  "a text cut up": "action.params.text.split('a').size() > 1",
  "a text again and again": "action.params.list.exists(x, action.params.text.lowerAscii() == 'x')",
  "a pattern": "action.params.list.exists(x, action.params.word.matches('(.{1,30}a){1,3}$'))",
  "a list of maps": "action.params.list.map(x, {'a': x, 'b': x}).size() > 1",
};

export const worstConditions = Object.keys(conditions);

export const worstPolicies = /** @type {const} */ ([
  "20,000 conditions, all errors",
  "10,000 rules, all tags",
]);
