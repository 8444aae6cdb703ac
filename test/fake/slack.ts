// Slack as a server sees it: checks the token and the blocks, limits the rate, signs what people press.

import { createHmac } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { faultsOfBlocks, faultsOfView } from "./block-rules.ts";
import { SocketModeFake } from "./slack-socket.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface FakeMessage {
  readonly channel: string;
  readonly ts: string;
  readonly thread: string | null;
  /** Every state of it, the newest last. */
  readonly states: FakeState[];
}

export interface FakeState {
  readonly text: string;
  readonly blocks: readonly Fields[];
  /** What the receiver drops repeats by. */
  readonly dedupKey: string | null;
  readonly sent: Fields;
}

export interface Whisper {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
}

export interface OpenedView {
  readonly id: string;
  readonly hash: string;
  readonly view: Fields;
}

/** `drop`: the connection breaks before anything is done; `lose`: after it; `hang`: no answer comes. */
export type Behaviour = "ok" | "error" | "drop" | "lose" | "hang" | { readonly retryAfter: number };

export interface SlackUser {
  readonly team: string;
  readonly id: string;
  readonly name: string;
}

export class SlackFake {
  readonly botToken = "xoxb-fake-token";
  readonly appToken = "xapp-fake-token";
  readonly signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";
  readonly messages: FakeMessage[] = [];
  readonly whispers: Whisper[] = [];
  readonly views: OpenedView[] = [];
  /** Calls that Slack would have refused for their form. */
  readonly faults: string[] = [];
  readonly socket = new SocketModeFake();
  /** What happens to a call, asked before it is looked at. */
  behave: (method: string, fields: Fields) => Behaviour = () => "ok";
  readonly #bell = new EventEmitter();
  readonly #server: Server;
  readonly #triggers = new Set<string>();
  #count = 0;

  private constructor() {
    this.#bell.setMaxListeners(0);
    this.#server = createServer((request, response) => {
      void this.#take(request, response);
    });
    this.#server.on("upgrade", (request, socket) => this.socket.accept(request, socket));
  }

  static async start(): Promise<SlackFake> {
    const fake = new SlackFake();
    fake.#server.listen(0, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  get apiUrl(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/api/`;
  }

  async close(): Promise<void> {
    this.socket.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Resolves with what `find` finds, as soon as it finds something. */
  async until<T>(find: (fake: this) => T | undefined): Promise<T> {
    for (;;) {
      const found = find(this);
      if (found !== undefined) return found;
      await once(this.#bell, "call");
    }
  }

  /** The first message at a place whose text says these words. */
  message(channel: string, words: string): Promise<FakeMessage> {
    return this.until((fake) =>
      fake.messages.find((one) => one.channel === channel && said(one).includes(words)),
    );
  }

  /** A trigger that opens one view. */
  trigger(): string {
    const trigger = `${this.#next()}.98.${"a".repeat(32)}`;
    this.#triggers.add(trigger);
    return trigger;
  }

  press(user: SlackUser, message: FakeMessage, actionId: string): Fields {
    const state = message.states.at(-1);
    const button = buttonsOf(state?.blocks ?? []).find((one) => one["action_id"] === actionId);
    if (button === undefined) throw new Error(`the message has no button ${actionId}`);
    return {
      ...partsOf(user),
      type: "block_actions",
      trigger_id: this.trigger(),
      container: { type: "message", message_ts: message.ts, channel_id: message.channel },
      channel: { id: message.channel, name: "approvals" },
      message: { type: "message", ts: message.ts, text: state?.text, blocks: state?.blocks },
      response_url: `${this.apiUrl}response`,
      actions: [{ ...button, block_id: "b1", action_ts: "1548426417.840180" }],
    };
  }

  /** A dialog that its reader filled in and sent. */
  submit(user: SlackUser, opened: OpenedView, values: Readonly<Record<string, string>>): Fields {
    const state: Record<string, Fields> = {};
    for (const block of opened.view["blocks"] as Fields[]) {
      if (block["type"] !== "input") continue;
      const name = String(block["block_id"]);
      const element = block["element"] as Fields;
      state[name] = { [String(element["action_id"])]: filled(element, values[name]) };
    }
    return {
      ...partsOf(user),
      type: "view_submission",
      trigger_id: this.trigger(),
      view: {
        ...opened.view,
        id: opened.id,
        team_id: user.team,
        hash: opened.hash,
        state: { values: state },
      },
      response_urls: [],
    };
  }

  /** Sends it signed, as Slack does; `at` is the time in seconds by Slack's clock. */
  async call(base: string, payload: Fields, at: number): Promise<Response> {
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    return fetch(`${base}/slack/interactions`, this.signed(body, at));
  }

  async command(base: string, user: SlackUser, words: string, at: number): Promise<Fields> {
    const fields = { ...commandOf(user, words), trigger_id: this.trigger() };
    const body = new URLSearchParams(fields).toString();
    const response = await fetch(`${base}/slack/commands`, this.signed(body, at));
    return (await response.json()) as Fields;
  }

  signed(
    body: string,
    at: number,
  ): { method: string; headers: Record<string, string>; body: string } {
    const timestamp = String(Math.floor(at));
    const mac = createHmac("sha256", this.signingSecret);
    const signature = mac.update(`v0:${timestamp}:${body}`).digest("hex");
    return {
      method: "POST",
      body,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": `v0=${signature}`,
      },
    };
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = (request.url ?? "").replace(/^\/api\//, "");
    const fields = readFields(await text(request));
    const behaviour = this.behave(method, fields);
    if (behaviour === "drop") {
      response.destroy();
      return;
    }
    const isLimited = typeof behaviour === "object";
    const answer = isLimited
      ? { ok: false, error: "ratelimited" }
      : behaviour === "error"
        ? null
        : this.#answer(method, fields, request.headers.authorization);
    if (behaviour === "lose") response.destroy();
    else if (behaviour === "hang") return;
    else if (answer === null) response.writeHead(500).end("internal error");
    else {
      const extra = isLimited ? { "retry-after": String(behaviour.retryAfter) } : {};
      response.writeHead(isLimited ? 429 : 200, { "content-type": "application/json", ...extra });
      response.end(JSON.stringify(answer));
    }
    this.#bell.emit("call");
  }

  #answer(method: string, fields: Fields, authorization: string | undefined): Fields {
    const token = method === "apps.connections.open" ? this.appToken : this.botToken;
    if (authorization !== `Bearer ${token}`) return { ok: false, error: "invalid_auth" };
    switch (method) {
      case "auth.test":
        return { ok: true, team_id: "T1", user_id: "UBOT" };
      case "chat.postMessage":
        return this.#post(fields);
      case "chat.update":
        return this.#update(fields);
      case "chat.postEphemeral":
        return this.#whisper(fields);
      case "views.open":
        return this.#open(fields);
      case "apps.connections.open":
        return { ok: true, url: `${this.apiUrl.replace("http", "ws").replace("/api/", "/link")}` };
      default:
        return { ok: false, error: "unknown_method" };
    }
  }

  #post(fields: Fields): Fields {
    const refusal = this.#refuse(faultsOfBlocks(fields["blocks"], "message"), "invalid_blocks");
    if (refusal !== null) return refusal;
    const to = String(fields["channel"]);
    const channel = /^[UW]/.test(to) ? `D${to.slice(1)}` : to;
    const ts = `${this.#next()}.000100`;
    const thread = typeof fields["thread_ts"] === "string" ? fields["thread_ts"] : null;
    this.messages.push({ channel, ts, thread, states: [stateOf(fields)] });
    return { ok: true, channel, ts };
  }

  #update(fields: Fields): Fields {
    const refusal = this.#refuse(faultsOfBlocks(fields["blocks"], "message"), "invalid_blocks");
    if (refusal !== null) return refusal;
    const { channel, ts } = fields;
    const found = this.messages.find((one) => one.ts === ts && one.channel === channel);
    if (found === undefined) return { ok: false, error: "message_not_found" };
    found.states.push(stateOf(fields));
    return { ok: true, channel, ts };
  }

  #whisper(fields: Fields): Fields {
    const { channel, user, text: words } = fields;
    if (!/^[CGD]/.test(String(channel))) return { ok: false, error: "channel_not_found" };
    this.whispers.push({ channel: String(channel), user: String(user), text: String(words) });
    return { ok: true, message_ts: `${this.#next()}.000200` };
  }

  #open(fields: Fields): Fields {
    const refusal = this.#refuse(faultsOfView(fields["view"]), "invalid_arguments");
    if (refusal !== null) return refusal;
    // A trigger opens one view.
    if (!this.#triggers.delete(String(fields["trigger_id"]))) {
      return { ok: false, error: "expired_trigger_id" };
    }
    this.#keepView(fields["view"] as Fields, `V${this.#next()}`);
    return { ok: true, view: fields["view"] };
  }

  /** The view as an answer to a dialog changed it. */
  replaceView(opened: OpenedView, view: Fields): OpenedView {
    this.#refuse(faultsOfView(view), "invalid_arguments");
    return this.#keepView(view, opened.id);
  }

  #keepView(view: Fields, id: string): OpenedView {
    const opened = { id, hash: `${this.#next()}.hash`, view };
    this.views.push(opened);
    return opened;
  }

  #refuse(faults: readonly string[], error: string): Fields | null {
    this.faults.push(...faults);
    return faults.length === 0
      ? null
      : { ok: false, error, response_metadata: { messages: [...faults] } };
  }

  #next(): number {
    this.#count += 1;
    return 1_700_000_000 + this.#count;
  }
}

function commandOf(user: SlackUser, words: string): Record<string, string> {
  return {
    command: "/holdpoint",
    text: words,
    team_id: user.team,
    team_domain: "example",
    user_id: user.id,
    user_name: user.name,
    channel_id: "C1",
  };
}

/** Everything that a message says now. */
export function said(message: FakeMessage): string {
  return JSON.stringify(message.states.at(-1)?.blocks ?? []);
}

export function buttonsOf(blocks: readonly Fields[]): readonly Fields[] {
  return blocks.flatMap((block) =>
    block["type"] === "actions" ? (block["elements"] as Fields[]) : [],
  );
}

function partsOf(user: SlackUser): Fields {
  return {
    user: { id: user.id, username: user.name, name: user.name, team_id: user.team },
    team: { id: user.team, domain: "example" },
    api_app_id: "A1",
    token: "verification-token",
  };
}

function filled(element: Fields, value: string | undefined): Fields {
  if (element["type"] === "static_select") {
    const selected_option = value === undefined ? null : { text: {}, value };
    return { type: "static_select", selected_option };
  }
  return { type: element["type"], value: value ?? element["initial_value"] ?? null };
}

function stateOf(fields: Fields): FakeState {
  const metadata = (fields["metadata"] ?? {}) as { event_payload?: { id?: string } };
  return {
    text: String(fields["text"] ?? ""),
    blocks: (fields["blocks"] ?? []) as Fields[],
    dedupKey: metadata.event_payload?.id ?? null,
    sent: fields,
  };
}

/** A body of the library: a form whose objects are JSON, or JSON. */
function readFields(body: string): Fields {
  if (body.startsWith("{")) return JSON.parse(body) as Fields;
  const fields: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(body)) {
    fields[name] = /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value;
  }
  return fields;
}
