// Makes policies of any size and actions for them, always the same ones.

const verbs = "read list get create update delete send move copy merge export import".split(" ");
const decisions = ["allow", "log", "require_approval", "deny", "allow_with_constraints"];

/** @param {number} seed */
function chance(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * Selective rules, as large installations have them: more than half name one topic or one domain,
 * a quarter name deeper topics, the rest cut across the domains and ask for tags.
 *
 * @param {number} count
 * @param {boolean} [conditional] True gives six rules in ten a condition.
 * @returns {Record<string, any>} A policy in the form of its file.
 */
export function makePolicy(count, conditional = false) {
  const pick = chance(count);
  const domains = Math.max(4, Math.ceil(count / 50));
  const rules = Array.from({ length: count }, (_, number) => {
    const decision = decisions[pick(decisions.length)];
    const { topics, tags } = makeMatch(pick, domains);
    return {
      id: `rule-${number}`,
      match: {
        ...(topics === undefined ? {} : { topics }),
        ...(tags.length === 0 ? {} : { risk_tags: tags }),
        ...(pick(10) === 0 ? { environments: ["prod"] } : {}),
        ...(pick(10) === 0 ? { agents: [`agent-${pick(20)}*`] } : {}),
        ...(pick(20) === 0 ? { cost: { over: pick(1_000), currency: "USD" } } : {}),
      },
      decision,
      ...(decision === "require_approval" ? { approvals: [{ role: "lead", count: 1 }] } : {}),
      ...(decision === "allow_with_constraints"
        ? { constraints: { max_runtime_sec: 30 + pick(300) } }
        : {}),
      reason: `Reason of rule ${number}`,
      ...(conditional && pick(10) < 6 ? { when: makeCondition(pick) } : {}),
    };
  });
  return { version: "v1", roles: { lead: 1 }, rules };
}

/**
 * Six rules in ten have a condition; the numbers and names in them repeat, as they do in files that
 * several teams write.
 *
 * @param {(below: number) => number} pick
 */
function makeCondition(pick) {
  const amount = `${100 * (1 + pick(50))}`;
  const region = `["${regions[pick(4)]}", "${regions[pick(4)]}", "apac"]`;
  switch (pick(8)) {
    case 0:
    case 1:
      return `action.params.amount > ${amount}`;
    case 2:
      return `action.params.amount > ${amount} || size(action.params.recipients) > ${5 + pick(20)}`;
    case 3:
      return `action.agent.id.startsWith("agent-1") && action.params.amount > ${amount}`;
    case 4:
      return `action.params.recipients.exists(r, !r.endsWith("@d${pick(9)}.example"))`;
    case 5:
      return `action.params.region in ${region} && action.params.team == "team-${pick(12)}"`;
    case 6:
      return `"tag-${pick(40)}" in action.risk_tags && action.params.amount > ${amount}`;
    default:
      return `has(action.params.note) && action.params.note.matches("drop|truncate|delete")`;
  }
}

const regions = ["eu", "us", "uk", "br"];

/**
 * @param {(below: number) => number} pick
 * @param {number} domains
 */
function makeMatch(pick, domains) {
  const domain = `d${pick(domains)}`;
  const verb = verbs[pick(verbs.length)];
  const kind = pick(100);
  const some = (/** @type {number} */ least) => [
    ...new Set(Array.from({ length: least + pick(2) }, () => `tag-${pick(40)}`)),
  ];
  if (kind < 35) return { topics: [`job.${domain}.${verb}`], tags: pick(2) === 0 ? some(1) : [] };
  if (kind < 55) return { topics: [`job.${domain}.*`], tags: pick(2) === 0 ? some(1) : [] };
  if (kind < 80) return { topics: [`job.${domain}.*.${verb}`, `job.${domain}.x.**`], tags: [] };
  if (kind < 95) return { topics: [`job.*.${verb}`], tags: some(2) };
  return { topics: undefined, tags: some(2) };
}

/**
 * @param {number} rules
 * @param {number} count
 */
export function makeInputs(rules, count) {
  const pick = chance(count + 7);
  const domains = Math.max(4, Math.ceil(rules / 50));
  return Array.from({ length: count }, () => ({
    topic: `job.d${pick(domains)}.${verbs[pick(verbs.length)]}`,
    tool: null,
    riskTags: [...new Set(Array.from({ length: pick(4) }, () => `tag-${pick(40)}`))].sort(),
    agent: `agent-${pick(20)}`,
    environment: pick(2) === 0 ? "prod" : "test",
    tenant: "default",
    labels: {},
    reversible: pick(2) === 0,
    cost: pick(3) === 0 ? { amount: pick(1_000), currency: "USD" } : null,
    params: {
      amount: pick(6_000),
      recipients: Array.from({ length: 1 + pick(8) }, () => `p${pick(99)}@d${pick(9)}.example`),
      region: regions[pick(4)] ?? "eu",
      team: `team-${pick(12)}`,
      note: "Update of the customers that asked for it",
    },
    resource: null,
    effect: null,
    onBehalfOf: null,
    run: null,
    thread: null,
    facts: { history: null, velocity: {} },
    now: Date.UTC(2026, 10, 21, 12),
  }));
}
