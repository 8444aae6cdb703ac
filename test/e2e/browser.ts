// What the browser tests share: a real server with the built console, Chromium, and calls as an agent.

import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningServer, startServer } from "@holdpoint/server";
import type { Config } from "@holdpoint/server/config/config";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const fromRoot = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

function chromiumProgram(): string {
  const program = process.env["HOLDPOINT_CHROMIUM"] ?? programs.find((file) => existsSync(file));
  if (program === undefined) throw new Error("install Chromium, or set HOLDPOINT_CHROMIUM");
  return program;
}

export interface World {
  readonly url: string;
  readonly server: RunningServer;
  readonly browser: Browser;
  close(): Promise<void>;
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumProgram(),
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

interface WorldWish {
  /** False is an installation with keys; one for an admin is made with `addKey`. */
  readonly dev?: boolean;
  /** Text of the policy; that of the demo when left out. */
  readonly policy?: string;
  readonly config?: Partial<Config>;
}

export async function openWorld(wish: WorldWish = {}): Promise<World> {
  const { dev = true, policy, config = {} } = wish;
  const folder = await mkdtemp(path.join(tmpdir(), "holdpoint-e2e-"));
  const written = path.join(folder, "policy.yaml");
  if (policy !== undefined) await writeFile(written, policy);
  const server: RunningServer = await startServer({
    port: 0,
    dev,
    dataDir: path.join(folder, "data"),
    policyFile: policy === undefined ? fromRoot("examples/demo/policy.yaml") : written,
    consoleDir: fromRoot("packages/console/dist"),
    demoProgram: fromRoot("examples/demo/dist/main.js"),
    logLevel: "silent",
    ...config,
  });
  const browser = await openBrowser();
  return {
    url: server.url,
    server,
    browser,
    close: async () => {
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Faults of scripts and refusals of the content security policy. */
  readonly faults: string[];
}

export async function openTab(world: World, width: number, address = "/"): Promise<Tab> {
  const context = await world.browser.newContext({
    viewport: { width, height: 800 },
    reducedMotion: "reduce",
    locale: "en-GB",
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (fault) => faults.push(fault.message));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) faults.push(message.text());
  });
  await page.goto(world.url + address);
  return { page, context, faults };
}

export async function post(world: World, address: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${world.url}/api/v1${address}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

export async function jobOf(world: World, id: string): Promise<Answer> {
  const response = await fetch(`${world.url}/api/v1/jobs/${id}`);
  return (await response.json()) as Answer;
}

export interface Answer {
  readonly job: { readonly id: string; readonly state: string };
  readonly job_hash: string;
  readonly action: { readonly params: Readonly<Record<string, unknown>> };
  readonly resolution: { readonly reason: string | null; readonly code: string | null } | null;
}

/** A production write, which the policy of the demo holds. */
export function proposal(id: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    job_id: id,
    topic: "job.db.delete",
    tool: { server: "crm", name: "delete_customers" },
    params: { ids: ["c_81", "c_92"], cascade: true, limit: 2 },
    target: { environment: "prod", resource: `customers/${id}` },
    risk_tags: ["prod", "write"],
    reversible: false,
    effect: { rows: 2 },
    claims: { title: "Remove stale customers", confidence: 0.9 },
    ...more,
  };
}

/** Waits until the live connection of the page stands, so that nothing can be missed. */
export async function untilLive(page: Page): Promise<void> {
  await page.locator('.hp-connection[data-state="live"]').waitFor();
}
