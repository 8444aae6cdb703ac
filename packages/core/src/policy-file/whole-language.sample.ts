// A policy file with every key of the language, for tests.

export const wholeLanguage = `version: v1
mode: enforce
combine: strict
defaults: { decision: require_approval, reason: "Nothing says otherwise", timeout: 15m, on_timeout: block, on_error: deny, rejection_memory: 12h }
vocabulary: { risk_tags: [prod, write, bulk, payment], topics: ["job.**"] }
calendars:
  office: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "18:00", except: [2026-12-25] }
  year-end: { zone: UTC, between: [{ from: 2026-12-20T00:00, to: 2027-01-03T00:00 }] }
parameters: { max_amount: 1000.0, environments: { prod: { max_amount: 500.0 } } }
variables: { large: 'has(action.cost) && action.cost.amount > parameters.max_amount' }
derive:
  - { when: 'action.topic.startsWith("job.db.") && action.effect.rows > 100', add_risk_tags: [bulk] }
roles: { lead: 1, director: { rank: 2, limits: [{ topics: ["job.bank.**"], cost: { at_most: 1000, currency: USD } }, { topics: [job.a] }] } }
governance: { group: board, due: 5d, overrides_max: 2, per: 14d }
groups:
  ops: { members: [ana@example.com, "role:lead"], schedule: turns, roster: platform, tell: 2, digest: 5m }
  desk: { members: [li@example.com], hours: { zone: UTC, days: [mon, wed-fri], from: "09:00", to: "18:00", except: [2026-12-25], holidays: holidays-de } }
  board: { members: [], always: true }
schedules:
  turns: { zone: UTC, rotate: weekly, start: 2026-01-05, handover: "09:00", members: [ana@example.com] }
exceptions:
  - id: migration
    rules: [payment-gate]
    match: { agents: [migrator] }
    when: 'action.tenant == "default"'
    owner: ana@example.com
    reason: "The move to the new bank"
    expires: 2026-12-01T00:00:00Z
invariants:
  - { id: no-drop, match: { topics: [job.db.drop] }, decision: deny, reason: "Never" }
rules:
  - id: payment-gate
    owner: payments@example.com
    mode: warn
    match:
      topics: ["job.*.pay", "job.bank.**"]
      risk_tags: [payment]
      any_risk_tags: [prod, write]
      agents: ["pay-*"]
      tools: ["bank.**"]
      environments: [prod]
      tenants: [default]
      labels: { team: money }
      reversible: false
      cost: { over: 1, at_least: 2, under: 100, at_most: 99, currency: USD }
      during: [office]
      outside: year-end
      unusual: true
    when: |
      variables.large
        || has(action.effect) && has(action.effect.recipients) && action.effect.recipients > 5
    velocity: { over: 50, in: 10m, per: [agent.id, params.account] }
    decision: require_approval
    reason: "Payment of \${action.cost.amount} \${action.cost.currency}"
    constraints: { max_runtime_sec: 60, network_allowlist: [api.example.com], max_rows: 5, max_recipients: 1, redact: [iban], pin: { dry_run: true } }
    approvals: [{ role: lead, count: 1, deny_count: 1 }, { group: ops, after: lead, blind: true }]
    exclude: [requester, "person:li@example.com"]
    sla: 10m
    timeout: 1h
    on_timeout: escalate
    on_reject: abort
    escalate: [{ after: 30m, to: "role:director" }]
    remind: [10m, 20m]
    claim_silence: 5m
    emergency: { by: "group:ops", within: [incident, "label:severity=critical", "topic:job.bank.**"] }
    window: 5m
    notify: ["slack:payments"]
    sample: 5%
    strong_auth: passkey
    remediations:
      - { id: dry-run, title: "Run it as a dry run", set: { params: { dry_run: true }, topic: job.bank.check, target: { environment: dev, resource: r }, labels: { dry: "yes" } } }
    waivers: [{ id: owner_missing, reason: "until the team is formed", expires: 2027-01-01 }]
  - { id: note, decision: allow_unless_rejected, match: { reversible: true }, approvals: [{ group: board }], window: 10m, low_risk: true, on_timeout: allow }
  - { id: burst, decision: deny, velocity: { over: 5, in: 1m } }
tests:
  - name: a payment waits
    action:
      topic: job.bank.pay
      tool: { server: bank, name: pay }
      params: { account: a1 }
      target: { environment: prod, resource: accounts/a1 }
      risk_tags: [payment]
      reversible: false
      cost: { amount: 50, currency: USD }
      effect: { rows: 1, recipients: 6, diff: "+1" }
      agent: { id: pay-bot, run: r1, thread: t1, on_behalf_of: "user:1" }
      tenant: default
      labels: { team: money }
    facts:
      first_time: { agent: false, topic: true, target: true }
      count: { hour: 3, day: 9 }
      usual: { "params.amount": { count: 40, low: 1, high: 90 } }
      last_outcome: SUCCEEDED
      since_rejection: 1h
      velocity: { burst: 2 }
    now: 2026-11-23T12:00:00Z
    expect: { decision: require_approval, rule: null, constraints: { max_rows: 5 }, risk_tags: [payment] }
`;
