// Turns one message to people into one for each person and channel: who is told, by which way, and when.

import { askedOf } from "@holdpoint/core/wire/hold-view";
import {
  type AudienceParts,
  type Candidate,
  candidatesOf,
  chooseTold,
  groupOf,
} from "@holdpoint/core/job/audience";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Contact } from "@holdpoint/core/people/duty";
import { quietUntil } from "@holdpoint/core/people/quiet";
import { standingVotes } from "@holdpoint/core/approval/review";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import { termsOf } from "@holdpoint/core/policy/terms";
import { isAsking, isCard } from "@holdpoint/core/wire/notice-kind";
import type { Delivery, PersonMessage } from "../storage/deliveries.ts";
import type { Engine } from "./context.ts";
import { personalChannels } from "./notify.ts";
import { buryLevel } from "./prove-level.ts";
import { record } from "./record.ts";
import { reachable, type Way } from "./reach.ts";

const hourMs = 3_600_000;

/** Answers how many messages it became; 0 too when another sender took it. */
export async function fanOut(engine: Engine, tenant: string, delivery: Delivery): Promise<number> {
  const plan = await planOf(engine, tenant, delivery);
  const now = engine.clock.now();
  const isWritten = await engine.store.fanOut(tenant, {
    parent: delivery,
    messages: plan.messages,
    events: record(engine, tenant, shedFacts(delivery, plan, now)),
    now,
  });
  if (!isWritten) return 0;
  const isSilent = !plan.messages.some(({ dueAt, gather }) => dueAt <= now || gather !== null);
  if (isSilent && delivery.isProofWanted) await buryLevel(engine, tenant, delivery, "shared");
  return plan.messages.length;
}

interface Plan {
  readonly messages: readonly PersonMessage[];
  readonly told: readonly Candidate[];
  readonly shed: readonly Candidate[];
}

/** One person to be told, and what is particular about it. */
interface Addressee {
  readonly contact: Contact;
  readonly whyTold: string | null;
  /** Every way there is, and not only the first. */
  readonly isEveryWay: boolean;
  readonly isQuietHeeded: boolean;
  readonly digestMs: number | null;
}

async function planOf(engine: Engine, tenant: string, delivery: Delivery): Promise<Plan> {
  const { jobId, kind } = delivery;
  const nobody: Plan = { messages: [], told: [], shed: [] };
  const named = audienceOf(delivery);
  if (named !== null) return tellNamed(engine, tenant, { delivery, named });
  if (jobId === null) return nobody;
  const found = await engine.store.findJob(tenant, jobId);
  if (found === null) return nobody;
  if (!isAsking(kind)) return tellTold(engine, tenant, { delivery, job: found.file.job });
  if (found.file.job.state !== "APPROVAL") return nobody;
  return tellAsked(engine, { delivery, file: found.file });
}

/** News whose audience stands in the message: all of them, whatever the hour. */
async function tellNamed(
  engine: Engine,
  tenant: string,
  { delivery, named }: { delivery: Delivery; named: readonly string[] },
): Promise<Plan> {
  const policy = await engine.policies.active(tenant);
  const duty = await engine.people.duty(tenant, policy);
  const isLoud = delivery.kind === "approval.overridden";
  const contacts = new Map(
    named.flatMap((target) => duty.members(target)).map((one) => [one.id, one]),
  );
  const addressees = [...contacts.values()].map((contact) => ({
    contact,
    whyTold: null,
    isEveryWay: isLoud,
    isQuietHeeded: !isLoud,
    digestMs: null,
  }));
  const channels = personalChannels(engine, []);
  const ways = await reachable(engine, tenant, { channels, contacts: [...contacts.values()] });
  return { messages: messagesTo(engine, { delivery, addressees, ways }), told: [], shed: [] };
}

/** How it went on: for whoever was told before, at the same place. */
async function tellTold(
  engine: Engine,
  tenant: string,
  { delivery, job }: { delivery: Delivery; job: Job },
): Promise<Plan> {
  const now = engine.clock.now();
  const places = await engine.store.placesTold(tenant, job.id);
  const rewriting = new Set(
    engine.channels.filter(({ canRewrite }) => canRewrite === true).map(({ name }) => name),
  );
  const decider = job.resolution?.by.kind === "person" ? job.resolution.by.id : null;
  const messages = places
    .filter(({ person, channel }) => person !== decider || rewriting.has(channel))
    .map((place) => ({
      ...place,
      id: engine.ids.delivery(),
      kind: delivery.kind,
      body: delivery.body,
      dueAt: now,
      gather: null,
    }));
  return { messages, told: [], shed: [] };
}

interface Asking {
  readonly delivery: Delivery;
  readonly file: JobFile;
}

/** Those who can decide, as the moment finds them. */
async function tellAsked(engine: Engine, { delivery, file }: Asking): Promise<Plan> {
  const { job } = file;
  const policy = await engine.policies.active(job.tenant, job.action.actor.agent);
  const duty = await engine.people.duty(job.tenant, policy);
  const parts: AudienceParts = {
    job,
    policy: policy.policy,
    duty,
    directory: policy.directory,
    delegations: policy.people.delegations,
    at: engine.clock.now(),
  };
  const level = delivery.level ?? 0;
  const channels = personalChannels(engine, level > 0 ? [] : job.decision.notify);
  const asked = candidatesOf(targetsOf(delivery, file), parts);
  const contacts = asked.map(({ contact }) => contact);
  const ways = await reachable(engine, job.tenant, { channels, contacts });
  // INVARIANT: nobody is spared for the sake of others who cannot be reached.
  const candidates = asked.filter(({ contact }) => (ways.get(contact.id) ?? []).length > 0);
  const chosen = isCard(delivery.kind)
    ? await choose(engine, candidates, parts)
    : { told: withoutVoters(candidates, file), shed: [] };
  const isLast = isLastLevel(job, duty.alwaysGroups);
  const addressees = chosen.told.map((candidate) => ({
    contact: candidate.contact,
    whyTold: whyTold(candidate),
    isEveryWay: level > 0,
    isQuietHeeded: !isLast,
    digestMs: isCard(delivery.kind) ? digestOf(candidate, parts) : null,
  }));
  return { messages: messagesTo(engine, { delivery, addressees, ways }), ...chosen };
}

async function choose(
  engine: Engine,
  candidates: readonly Candidate[],
  parts: AudienceParts,
): Promise<ReturnType<typeof chooseTold>> {
  const isRanked = candidates.some(
    ({ contact, target }) =>
      contact.entry?.cardsPerHour != null || groupOf(target, parts.policy)?.tell != null,
  );
  if (!isRanked) return { told: candidates, shed: [] };
  const people = candidates.map(({ contact }) => contact.id);
  const loads = await engine.store.loadOf(parts.job.tenant, people, parts.at - hourMs);
  return chooseTold(candidates, loads, parts);
}

function targetsOf(delivery: Delivery, { job }: JobFile): readonly string[] {
  const { watch } = job;
  const widened = watch?.widened ?? [];
  const first = askedOf({ ...job, watch: null });
  switch (delivery.kind) {
    case "approval.requested":
    case "approval.escalated": {
      const to = widened[(delivery.level ?? 0) - 1];
      return to === undefined ? first : [to];
    }
    case "approval.assigned":
      return watch?.claim == null ? [] : [`person:${watch.claim.person}`];
    case "approval.answered": {
      const asked = watch?.questions.filter(({ answer }) => answer !== null).at(-1)?.by ?? null;
      const people = [asked, watch?.claim?.person ?? null].filter((one) => one !== null);
      return [...new Set(people)].map((id) => `person:${id}`);
    }
    default:
      return [...new Set([...first, ...widened])];
  }
}

/** SECURITY: where votes are blind, who is not reminded would tell who has voted. */
function withoutVoters(candidates: readonly Candidate[], file: JobFile): readonly Candidate[] {
  if (file.job.decision.requirements.some(({ blind }) => blind === true)) return candidates;
  const votes = standingVotes(file.reviews, file.job.round);
  return candidates.filter(({ contact }) => !votes.has(contact.id));
}

/** Nobody is left to widen the hold to: its people are told whatever the hour. */
function isLastLevel({ decision, watch }: Job, alwaysGroups: readonly string[]): boolean {
  const asked = new Set([...askedOf({ decision, watch: null }), ...(watch?.widened ?? [])]);
  const isChainUsed = termsOf(decision).escalate.length <= (watch?.stepsTaken ?? 0);
  return isChainUsed && alwaysGroups.every((name) => asked.has(`group:${name}`));
}

/** Gathered only while there is time for it: a hold that ends soon is told at once. */
function digestOf({ target }: Candidate, { job, policy, at }: AudienceParts): number | null {
  const digestMs = groupOf(target, policy)?.digestMs ?? null;
  if (digestMs === null) return null;
  const endsAt = job.watch?.timeoutAt ?? job.dueAt ?? at;
  return endsAt - at >= 2 * digestMs ? digestMs : null;
}

function whyTold({ contact, target, standsFor }: Candidate): string {
  const [kind, name] = splitTarget(target);
  if (standsFor !== null) {
    return `You stand in for ${standsFor.name ?? standsFor.email ?? standsFor.id}, who is away.`;
  }
  if (kind === "group") return `You are on duty in group ${name}.`;
  if (kind === "role") return `You hold role ${name}.`;
  return kind === "person" && name === contact.id
    ? "You are asked by name."
    : "You are one of those who may review.";
}

function splitTarget(target: string): readonly [string, string] {
  const at = target.indexOf(":");
  return at < 0 ? [target, ""] : [target.slice(0, at), target.slice(at + 1)];
}

interface Letters {
  readonly delivery: Delivery;
  readonly addressees: readonly Addressee[];
  readonly ways: ReadonlyMap<string, readonly Way[]>;
}

function messagesTo(
  engine: Engine,
  { delivery, addressees, ways }: Letters,
): readonly PersonMessage[] {
  const now = engine.clock.now();
  return addressees.flatMap((addressee) => {
    const all = ways.get(addressee.contact.id) ?? [];
    return (addressee.isEveryWay ? all : all.slice(0, 1)).map((way) =>
      messageTo(engine, { delivery, addressee, way, now }),
    );
  });
}

interface Letter {
  readonly delivery: Delivery;
  readonly addressee: Addressee;
  readonly way: Way;
  readonly now: number;
}

function messageTo(engine: Engine, { delivery, addressee, way, now }: Letter): PersonMessage {
  const { contact, whyTold: why, isQuietHeeded, digestMs } = addressee;
  const quietEnd = isQuietHeeded ? quietUntil(contact.entry?.quiet ?? null, now) : null;
  const gatherEnd = digestMs === null ? now : Math.floor(now / digestMs + 1) * digestMs;
  return {
    id: engine.ids.delivery(),
    channel: way.channel,
    person: contact.id,
    address: way.address,
    kind: delivery.kind,
    body: bodyFor(delivery.body, why),
    dueAt: Math.max(quietEnd ?? now, gatherEnd),
    gather: digestMs === null ? null : "digest",
  };
}

/** The message as this person gets it. */
function bodyFor(body: string, why: string | null): string {
  const { data, ...rest } = JSON.parse(body) as { data: JsonObject };
  const { audience: _, ...told } = data;
  return JSON.stringify({ ...rest, data: why === null ? told : { ...told, why_told: why } });
}

function audienceOf({ body }: Delivery): readonly string[] | null {
  const { data } = JSON.parse(body) as { data: { audience?: readonly string[] } };
  return data.audience ?? null;
}

function shedFacts(
  delivery: Delivery,
  { shed, told }: Plan,
  now: number,
): Parameters<typeof record>[2] {
  if (shed.length === 0) return [];
  const idsOf = (candidates: readonly Candidate[]): string[] =>
    candidates.map(({ contact }) => contact.id);
  return [
    {
      type: "hold.shed",
      at: now,
      actor: { kind: "system", id: "sender" },
      jobId: delivery.jobId,
      revision: null,
      before: null,
      after: null,
      jobHash: null,
      snapshot: null,
      payload: { level: delivery.level, people: idsOf(shed), told: idsOf(told) },
    },
  ];
}
