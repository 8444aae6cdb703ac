// The same request to a node:http server that only parses it, to show what HTTP alone costs here.
import { spawn } from "node:child_process";
import { once } from "node:events";

import { openHttp } from "../measure/http-client.mjs";
import { measureRequests, warmUp } from "../measure/requests.mjs";
import { readAction } from "../measure/sample.mjs";

const serverSource = `
import { createServer } from "node:http";
const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const { topic } = JSON.parse(Buffer.concat(parts).toString());
    const body = JSON.stringify({ topic });
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;

export async function open() {
  const child = spawn(process.execPath, ["--input-type=module", "-e", serverSource], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  const http = openHttp({ port: Number(String(line)) });
  const send = async (/** @type {number} */ count) => {
    const proposal = { ...readAction, idempotency_key: `bare-${count}` };
    const { status } = await http.post("/api/v1/actions", proposal);
    if (status !== 200) throw new Error(`The bare server answered ${status}.`);
  };
  await warmUp(send);
  return {
    /** @param {{ actions: number, concurrency: number }} load */
    round: (load) => measureRequests({ pids: { server: child.pid ?? 0 }, send }, load),
    close: async () => {
      http.close();
      child.kill("SIGKILL");
    },
  };
}
