// A model API on this machine for the Claude CLI: answers each request as a script says, without a network.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface ApiBlock {
  readonly type: string;
  readonly text?: string;
  readonly tool_use_id?: string;
  readonly content?: string | readonly ApiBlock[];
}

export interface ApiMessage {
  readonly role: string;
  readonly content: string | readonly ApiBlock[];
}

export type ApiAnswer =
  | { readonly text: string }
  | {
      readonly calls: readonly {
        readonly id: string;
        readonly name: string;
        readonly input: object;
      }[];
    };

export interface ModelApi {
  readonly url: string;
  close(): Promise<void>;
}

/** Blocks of all messages, in order. */
export function blocksOf(messages: readonly ApiMessage[]): ApiBlock[] {
  return messages.flatMap(({ content }) =>
    typeof content === "string" ? [{ type: "text", text: content }] : content,
  );
}

/** The text of a block, and of what is in it. */
export function textOf(block: ApiBlock): string {
  const { content, text: own = "" } = block;
  if (content === undefined) return own;
  return typeof content === "string" ? content : content.map(textOf).join("\n");
}

export async function startModelApi(
  answer: (messages: readonly ApiMessage[]) => ApiAnswer,
): Promise<ModelApi> {
  let turns = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const isMessage = request.url?.startsWith("/v1/messages") === true;
      if (!isMessage || request.url?.includes("count_tokens") === true) {
        response.writeHead(404, { "content-type": "application/json" }).end("{}");
        return;
      }
      const {
        messages,
        model,
        tools = [],
      } = JSON.parse(body) as {
        messages: ApiMessage[];
        model: string;
        tools?: unknown[];
      };
      // Requests of the CLI's own, such as for a title, have no tools.
      const said = tools.length === 0 ? { text: "A title" } : answer(messages);
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of eventsOf(said, `msg_${(turns += 1)}`, model)) {
        response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      }
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function eventsOf(said: ApiAnswer, id: string, model: string): { readonly type: string }[] {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id, type: "message", role: "assistant", model, content: [], usage };
  const stop = { stop_reason: null, stop_sequence: null };
  const blocks = "text" in said ? [textBlock(said.text)] : said.calls.map(callBlock);
  return [
    { type: "message_start", message: { ...message, ...stop } } as { type: string },
    ...blocks.flatMap(([start, delta], index) => [
      { type: "content_block_start", index, content_block: start },
      { type: "content_block_delta", index, delta },
      { type: "content_block_stop", index },
    ]),
    {
      type: "message_delta",
      delta: { ...stop, stop_reason: "text" in said ? "end_turn" : "tool_use" },
      usage,
    } as { type: string },
    { type: "message_stop" },
  ];
}

function textBlock(said: string): [object, object] {
  return [
    { type: "text", text: "" },
    { type: "text_delta", text: said },
  ];
}

function callBlock(one: { id: string; name: string; input: object }): [object, object] {
  const { id, name, input } = one;
  return [
    { type: "tool_use", id, name, input: {} },
    { type: "input_json_delta", partial_json: JSON.stringify(input) },
  ];
}
