// Takes the pictures of docs/start: the real server, the real demo, and Chromium at two widths.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startServer } from "@holdpoint/server";
import { findChromium } from "./chromium.mjs";

const fromRoot = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../${name}`, import.meta.url));
const pictures = fromRoot("docs/start");
const widths = [
  { name: "wide", width: 1280, height: 800 },
  { name: "phone", width: 360, height: 740 },
];
const waitMs = 60_000;

const executablePath = await findChromium();
if (executablePath === undefined) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), "holdpoint-pictures-"));
const server = await startServer({
  // The address that the text beside the pictures names; it has to be free.
  port: 8081,
  dev: true,
  dataDir: join(folder, "data"),
  policyFile: fromRoot("examples/demo/policy.yaml"),
  consoleDir: fromRoot("packages/console/dist"),
  demoProgram: fromRoot("examples/demo/dist/main.js"),
  logLevel: "silent",
});
const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args: [...args, ...quiet] });
try {
  await takeAll();
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

async function takeAll() {
  const pages = await Promise.all(widths.map(openPage));
  await post("/demo/start", {});
  const deletion = await heldJob("job.db.delete");
  const change = await heldJob("job.config.write");
  await shoot(pages, "inbox", "/", async (page) => {
    await page.locator("[data-job]").nth(1).waitFor();
  });
  await shoot(pages, "card", `/approvals/${deletion}`, untilCard);
  await shoot(pages, "modify", `/approvals/${deletion}`, untilPreview);
  await post(`/approvals/${change}/reject`, { reason: "Not during the freeze" });
  await post(`/approvals/${deletion}/approve`, { reason: "Checked with the account team" });
  await untilOutcome(deletion);
  await shoot(pages, "timeline", `/jobs/${deletion}`, async (page) => {
    await page.getByRole("list", { name: "What happened" }).waitFor();
  });
  await shoot(pages, "demo", "/", async (page) => {
    await page.getByText("Done", { exact: false }).first().waitFor({ timeout: waitMs });
  });
}

/** @param {(typeof widths)[number]} size */
async function openPage(size) {
  const context = await browser.newContext({
    viewport: { width: size.width, height: size.height },
    reducedMotion: "reduce",
    colorScheme: "light",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  return { name: size.name, page: await context.newPage() };
}

/**
 * @param {{ name: string, page: import("playwright-core").Page }[]} pages
 * @param {string} picture
 * @param {string} address
 * @param {(page: import("playwright-core").Page) => Promise<void>} ready
 */
async function shoot(pages, picture, address, ready) {
  for (const { name, page } of pages) {
    await page.goto(server.url + address);
    await page.locator('.hp-connection[data-state="live"]').waitFor();
    await ready(page);
    await page.screenshot({
      path: join(pictures, `${picture}-${name}.png`),
      animations: "disabled",
    });
  }
}

/** @param {import("playwright-core").Page} page */
async function untilCard(page) {
  await page.getByRole("button", { name: "Approve…", exact: true }).waitFor();
}

/** @param {import("playwright-core").Page} page */
async function untilPreview(page) {
  await untilCard(page);
  await page.getByRole("button", { name: "Modify…", exact: true }).click();
  const dialog = page.getByRole("dialog");
  const raw = dialog.getByRole("textbox", { name: "Parameters as JSON" });
  if ((await raw.count()) === 0) {
    await dialog.getByRole("button", { name: "Edit as JSON", exact: true }).click();
  }
  const params = JSON.parse(await raw.inputValue());
  await raw.fill(JSON.stringify({ ...params, ids: params.ids.slice(0, 1) }, null, 2));
  await dialog.getByRole("textbox", { name: "Why you change it" }).fill("Only the first is stale");
  await dialog.getByRole("button", { name: "See what it would do", exact: true }).click();
  await dialog.getByText("What policy says about it").waitFor();
}

/**
 * @param {string} topic
 * @returns {Promise<string>}
 */
async function heldJob(topic) {
  const found = await until(async () => {
    const { items } = await get(`/approvals?topic=${topic}`);
    return items[0]?.job.id;
  });
  return String(found);
}

/** @param {string} jobId */
async function untilOutcome(jobId) {
  await until(async () => (await get(`/jobs/${jobId}`)).outcome ?? undefined);
}

/**
 * @template T
 * @param {() => Promise<T | undefined>} look
 * @returns {Promise<T>}
 */
async function until(look) {
  const deadline = Date.now() + waitMs;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The demo did not come as far as it should.");
}

/** @param {string} path */
async function get(path) {
  const response = await fetch(`${server.url}/api/v1${path}`);
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
  return response.json();
}

/**
 * @param {string} path
 * @param {unknown} body
 */
async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${server.url}/api/v1${path}`, options);
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
}
