// A receiver of messages that behaves as badly as told: it fails, limits, and takes messages without saying so.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { type Channel, DeliveryFailed } from "@holdpoint/server/channel/channel";

export interface PostLetter {
  readonly id: string;
  readonly kind: string;
  readonly address: string | null;
  readonly thread: JsonObject | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface PostRewriting {
  readonly ref: JsonObject;
  readonly kind: string;
}

export type Answering = "take" | "fail" | "limit" | "drop" | "gone";

export class PostFake {
  /** By id: what a receiver that drops repeats has. */
  readonly letters = new Map<string, PostLetter>();
  readonly rewritings: PostRewriting[] = [];
  /** Deliveries that were taken, repeats too. */
  taken = 0;
  /** How the next message is answered; the fake takes everything while it is not set. */
  answering: (letter: PostLetter) => Answering = () => "take";
  retryAfterSeconds = 1;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<PostFake> {
    const server = createServer((request, response) => {
      void fake.#hear(request, response);
    });
    const fake: PostFake = new PostFake(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What somebody has, in the order in which it came. */
  to(address: string): readonly PostLetter[] {
    return [...this.letters.values()].filter((letter) => letter.address === address);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    if (request.url === "/rewrite") {
      this.rewritings.push(JSON.parse(text) as PostRewriting);
      response.end("{}");
      return;
    }
    const letter = JSON.parse(text) as PostLetter;
    const answer = this.answering(letter);
    if (answer === "limit") response.setHeader("retry-after", String(this.retryAfterSeconds));
    if (answer === "take" || answer === "drop") {
      this.taken += 1;
      if (!this.letters.has(letter.id)) this.letters.set(letter.id, letter);
    }
    if (answer === "drop") request.socket.destroy();
    else {
      response.statusCode = { take: 200, fail: 500, limit: 429, gone: 410 }[answer];
      response.end(JSON.stringify({ ref: { letter: letter.id } }));
    }
  }
}

export type PostOptions = Partial<Pick<Channel, "name" | "reach" | "canRewrite">>;

/** A channel that speaks to the fake over the wire, with the real client of the runtime. */
export function postChannel(fake: Pick<PostFake, "url">, options: PostOptions = {}): Channel {
  const send = async (path: string, body: object, signal: AbortSignal): Promise<unknown> => {
    const init = { method: "POST", body: JSON.stringify(body), signal };
    const response = await fetch(fake.url + path, init).catch((error: unknown) => {
      throw new DeliveryFailed(String(error));
    });
    const answer: unknown = await response.json();
    if (response.status === 200) return answer;
    const after = Number(response.headers.get("retry-after"));
    throw new DeliveryFailed(`the post answered ${response.status}`, {
      retryAfterMs: after > 0 ? after * 1_000 : null,
      isFinal: response.status === 410,
    });
  };
  return {
    name: options.name ?? "post",
    reach: options.reach ?? "person",
    addressedBy: "email",
    canRewrite: options.canRewrite ?? false,
    deliver: async ({ id, kind, body, address, thread }, signal) => {
      const { data } = JSON.parse(body) as { data: PostLetter["data"] };
      const letter: PostLetter = { id, kind, address, thread, data };
      return (await send("/", letter, signal)) as { ref: JsonObject };
    },
    update: async (ref, { kind }, signal) => void (await send("/rewrite", { ref, kind }, signal)),
    test: async () => undefined,
  };
}
