// Finds the Chromium that the browser tests drive, and installs the system's one where it may.
import { existsSync } from "node:fs";
import process from "node:process";
import { run, say } from "./run.mjs";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const installTimeoutMs = 10 * 60_000;

/** @returns {Promise<string | undefined>} The path of the program, or nothing, with the reason said. */
export async function findChromium() {
  const chosen = process.env["HOLDPOINT_CHROMIUM"];
  if (chosen !== undefined && chosen !== "") {
    if (existsSync(chosen)) return chosen;
    say(`HOLDPOINT_CHROMIUM names ${chosen}, which is not there.`);
    return undefined;
  }
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    say("Installing Chromium for the browser tests (apt-get install chromium).");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const options = { capture: true, env, timeoutMs: installTimeoutMs };
    await run("apt-get", ["update"], options);
    const result = await run(
      "apt-get",
      ["install", "-y", "--no-install-recommends", "chromium"],
      options,
    );
    const installed = places.find((place) => existsSync(place));
    if (installed !== undefined) return installed;
    say(result.output.split("\n").slice(-10).join("\n"));
  }
  say("The browser tests need Chromium: install it, or set HOLDPOINT_CHROMIUM to its program.");
  return undefined;
}
