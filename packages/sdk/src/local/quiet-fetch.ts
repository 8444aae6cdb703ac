// A fetch whose connection keeps no process alive: a program that is done ends, whatever is being waited for.

import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

const bytesMax = 33_554_432;

/** GET only; redirects are answers like others, and no success. */
export const quietFetch: typeof globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const headers = Object.fromEntries(new Headers(init?.headers));
  const { signal } = init ?? {};
  return new Promise((resolve, reject) => {
    const request = send(url, { headers, agent: false, ...(signal != null && { signal }) });
    request.on("socket", (socket) => socket.unref());
    request.on("error", reject);
    request.on("response", (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on("error", reject);
      response.on("data", (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length > bytesMax) request.destroy(new Error("the answer is too large"));
      });
      response.on("end", () => {
        const { statusCode: status = 0 } = response;
        const type = response.headers["content-type"] ?? "";
        const body = status === 204 || status === 304 ? null : Buffer.concat(parts);
        resolve(new Response(body, { status, headers: { "content-type": type } }));
      });
    });
    request.end();
  });
};
