// A small server that speaks the agent's part of the protocol and can be told how to fail.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JobView } from "@holdpoint/sdk";

/** What goes wrong with one request, after it was handled or instead of it. */
export type Fault =
  | "lose_reply"
  | "cut_reply"
  | "hang_after"
  | { readonly status: number; readonly code: string; readonly facts?: Record<string, string> }
  | { readonly html: number };

export type Route = "propose" | "job" | "wait" | "grant" | "redeem" | "outcome" | "cancel";

export interface Seen {
  readonly route: Route;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly code?: string;
}

interface Held {
  view: JobView;
  token: number;
  execution: { id: string; key: string | undefined } | null;
}

const digest = `sha256:${"0".repeat(64)}`;
const at = "2026-01-01T00:00:00.000Z";

export class ProtocolServer {
  readonly seen: Seen[] = [];
  readonly jobs = new Map<string, Held>();
  /** The state that new jobs get, and what else of their view differs. */
  next: { state: JobView["job"]["state"]; more?: Partial<JobView> } = { state: "APPROVED" };
  readonly #faults = new Map<Route, Fault[]>();
  #waiters: (() => void)[] = [];
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#handle(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Ends as a killed process does: connections break, the jobs are kept. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** The next requests of this route fail so, in this order. */
  fail(route: Route, ...faults: Fault[]): void {
    this.#faults.set(route, [...(this.#faults.get(route) ?? []), ...faults]);
  }

  count(route: Route): number {
    return this.seen.filter((request) => request.route === route).length;
  }

  /** Changes a job and wakes who waits. */
  change(jobId: string, state: JobView["job"]["state"], more: Partial<JobView> = {}): void {
    const held = this.#held(jobId);
    if (state === "APPROVED") held.token += 1;
    const job = { ...held.view.job, state, revision: held.view.job.revision + 1 };
    held.view = { ...held.view, ...more, job, grant: state === "APPROVED" ? grant(held) : null };
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** Resolves when a poll is open. */
  async waiting(): Promise<void> {
    while (this.#waiters.length === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  #held(jobId: string): Held {
    const held = this.jobs.get(jobId);
    if (held === undefined) throw new Error(`no job ${jobId}`);
    return held;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = routeOf(request.url ?? "");
    const body = await readBody(request);
    this.seen.push({ route, headers: request.headers, body });
    const fault = this.#faults.get(route)?.shift();
    if (typeof fault === "object") {
      if ("html" in fault) send(response, fault.html, "<h1>Bad gateway</h1>", "text/html");
      else problem(response, fault.status, fault.code, fault.facts);
      return;
    }
    const answer = await this.#answer(route, request, body);
    if (fault === "lose_reply") return void request.socket.destroy();
    if (fault === "hang_after") return;
    if (fault === "cut_reply") {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      return void response.write('{"job":', () => request.socket.destroy());
    }
    if (answer.code === undefined) send(response, answer.status, JSON.stringify(answer.body));
    else problem(response, answer.status, answer.code);
  }

  async #answer(
    route: Route,
    request: IncomingMessage,
    body: Record<string, unknown>,
  ): Promise<Answer> {
    if (route === "propose") return { status: 200, body: this.#propose(body).view };
    if (route === "redeem") return this.#redeem(request, body);
    const held = this.#held(
      decodeURIComponent((request.url ?? "").split("/")[4]?.split("?")[0] ?? ""),
    );
    if (route === "wait" && held.view.job.state === "APPROVAL") {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    if (route === "grant") this.change(held.view.job.id, "APPROVED");
    if (route === "outcome") this.change(held.view.job.id, body["status"] as "SUCCEEDED");
    if (route === "cancel") this.change(held.view.job.id, "CANCELLED");
    return { status: 200, body: held.view };
  }

  #propose(body: Record<string, unknown>): Held {
    const key = String(body["idempotency_key"]);
    const id = typeof body["job_id"] === "string" ? body["job_id"] : `job_${key}`;
    const known = this.jobs.get(id);
    if (known !== undefined) return known;
    const held: Held = { view: viewOf(id, body, this.next), token: 1, execution: null };
    held.view = { ...held.view, grant: this.next.state === "APPROVED" ? grant(held) : null };
    this.jobs.set(id, held);
    return held;
  }

  #redeem(request: IncomingMessage, body: Record<string, unknown>): Answer {
    const token = String(body["grant"]);
    const held = this.#held(token.slice(0, token.lastIndexOf("#")));
    const key = request.headers["idempotency-key"] as string | undefined;
    if (held.execution !== null && (key === undefined || held.execution.key !== key)) {
      return { status: 409, code: "grant_already_redeemed" };
    }
    if (held.execution === null) {
      const running = body["action"] as { topic: string; params: unknown };
      const same = JSON.stringify(running.params) === JSON.stringify(held.view.action.params);
      if (!same || running.topic !== held.view.action.topic)
        return { status: 409, code: "grant_hash_mismatch" };
      if (held.view.grant?.token !== token) return { status: 409, code: "grant_not_live" };
      held.execution = { id: `exe_${held.view.job.id}`, key };
      this.change(held.view.job.id, "EXECUTING");
    }
    const { constraints } = held.view;
    const execution = {
      id: held.execution.id,
      job_id: held.view.job.id,
      constraints,
      deadline_at: at,
      receipt: "",
    };
    return { status: 200, body: { execution } };
  }
}

function grant(held: Held): NonNullable<JobView["grant"]> {
  const token = `${held.view.job.id}#${held.token}`;
  return { id: `grt_${held.token}`, token, issued_at: at, expires_at: at };
}

function viewOf(id: string, body: Record<string, unknown>, next: ProtocolServer["next"]): JobView {
  const reviewed = next.state === "APPROVAL";
  const view = {
    job: { id, state: next.state, revision: 1 },
    decision: reviewed ? "REQUIRE_APPROVAL" : "ALLOW",
    policy_snapshot: "cfg:default:policy#sha256:0",
    policy_rule_id: "a-rule",
    policy_reason: "because the rule says so",
    job_hash: digest,
    approval_required: reviewed,
    constraints: null,
    expires_at: reviewed ? new Date(Date.now() + 300_000).toISOString() : null,
    action: {
      topic: body["topic"],
      tool: body["tool"] ?? null,
      params: body["params"],
      target: body["target"] ?? { environment: null, resource: null },
      risk_tags: body["risk_tags"] ?? [],
      reversible: body["reversible"] ?? null,
      cost: body["cost"] ?? null,
      effect: body["effect"] ?? null,
      agent: { id: "dev", run: null, thread: null, on_behalf_of: null },
      idempotency_key: body["idempotency_key"],
      labels: {},
    },
    proposed_action: null,
    resolution: null,
    grant: null,
    execution: null,
    outcome: null,
    trace: null,
    ...next.more,
  };
  // The parts that only people look at are left out: nothing here reads them.
  return view as unknown as JobView;
}

function routeOf(url: string): Route {
  const path = url.split("?")[0] ?? "";
  if (path === "/api/v1/actions") return "propose";
  if (path === "/api/v1/grants/redeem") return "redeem";
  return (path.split("/")[5] ?? "job") as Route;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function problem(response: ServerResponse, status: number, code: string, facts?: object): void {
  const retry = status >= 500 ? "later" : "never";
  const body = {
    type: `urn:${code}`,
    title: code,
    status,
    code,
    detail: `it is ${code}`,
    retry,
    facts,
  };
  send(response, status, JSON.stringify(body), "application/problem+json");
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  type = "application/json",
): void {
  response.writeHead(status, { "content-type": type }).end(text);
}
