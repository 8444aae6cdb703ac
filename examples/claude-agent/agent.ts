// A Claude agent with a shell: reading is free, and every command waits for policy and people before the CLI runs it.

import { fileURLToPath } from "node:url";
import { query } from "@anthropic-ai/claude-agent-sdk";
import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { holdpoint } from "@holdpoint/sdk/claude-agent";

/** Shows where people decide, as soon as the call is held. */
function tell(hp: Holdpoint, { job, action }: JobView): void {
  if (job.state !== "APPROVAL") return;
  const { command } = action.params;
  process.stdout.write(
    `${JSON.stringify(command)} waits for people: ${hp.url}/approvals/${job.id}\n`,
  );
}

async function main(prompt: string): Promise<void> {
  const hp = new Holdpoint();
  const gate = holdpoint(hp, {
    tools: {
      Bash: {
        topic: "job.payment.shell",
        riskTags: ["shell"],
        describe: () => ({ target: { resource: process.cwd() } }),
        onProposed: (job) => tell(hp, job),
      },
      Read: false,
      Glob: false,
      Grep: false,
    },
    onError: (error) => void process.stderr.write(`${String(error)}\n`),
  });
  for await (const message of query({ prompt, options: { ...gate, settingSources: [] } })) {
    if (message.type !== "result") continue;
    process.stdout.write(`${message.subtype === "success" ? message.result : message.subtype}\n`);
  }
  hp.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2).join(" ") || "Pay back the order o_7.");
}
