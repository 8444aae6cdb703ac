// An agent that decides locally and is killed: runs its tool again and again, one line of the effect file each.

import { appendFileSync } from "node:fs";
import { Holdpoint } from "@holdpoint/sdk";

const [, , url, spoolDir, effectFile, mode = "run"] = process.argv;
const hp = new Holdpoint({ url, local: { spoolDir } });
await hp.local.ready();

const tool = hp.guard(
  ({ n }, { job }) => {
    appendFileSync(effectFile, `${job.job.id}\n`);
    if (mode === "stop" && n === 5) process.kill(process.pid, "SIGKILL");
    return n;
  },
  { topic: "job.kill.read" },
);

process.stdout.write("ready\n");
if (mode === "flush") {
  await hp.local.flush();
  // What dead processes left is taken up by the first look of this one.
  while (hp.local.status().waitingBytes > 0) await hp.local.flush();
  hp.close();
} else {
  for (let n = 0; ; n += 1) await tool({ n });
}
