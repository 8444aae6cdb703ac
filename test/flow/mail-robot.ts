// A mail scanner: follows everything that it finds, by every method, with scripts and without, and signs in nowhere.

import type { Browser, Page } from "playwright-core";

const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;
const pagesMax = 60;
const clicksMax = 40;

/** Calls by plain HTTP everything that the pages behind the links name; answers how many calls it made. */
export async function crawl(links: readonly string[]): Promise<number> {
  const origin = new URL(links[0] ?? "").origin;
  const seen = new Set<string>();
  const open = [...links];
  let calls = 0;
  for (let link = open.shift(); link !== undefined && seen.size < pagesMax; link = open.shift()) {
    if (seen.has(link)) continue;
    seen.add(link);
    for (const init of requestsOf()) {
      const response = await fetch(link, { ...init, redirect: "follow" });
      const body = await response.text();
      calls += 1;
      if (init.method === "GET") open.push(...addressesIn(body, link, origin));
    }
  }
  return calls;
}

/** As forms are sent, as scripts call, and with nothing. */
function requestsOf(): readonly (RequestInit & { readonly method: string })[] {
  const bodies: readonly (readonly [string, string])[] = [
    ["application/x-www-form-urlencoded", "approve=1&verdict=approve&reason=scanned"],
    ["application/json", '{"reason":"scanned"}'],
    ["text/plain", '{"reason":"scanned"}'],
  ];
  return methods.flatMap((method): (RequestInit & { readonly method: string })[] => {
    if (method === "GET" || method === "HEAD") return [{ method }];
    const filled = bodies.map(([type, body]) => ({
      method,
      body,
      headers: { "content-type": type },
    }));
    return [{ method }, ...filled];
  });
}

/** Every address in a page, a script or a JSON document: quoted, rooted, and of the same server. */
function addressesIn(text: string, base: string, origin: string): readonly string[] {
  const found = [
    ...[...text.matchAll(/\b(?:href|src|action|formaction)\s*=\s*["']([^"']+)["']/gi)],
    ...[...text.matchAll(/["'`](\/[A-Za-z0-9_./{}-]{1,120})["'`]/g)],
  ].map((match) => match[1] ?? "");
  return [...new Set(found)].flatMap((address) => {
    try {
      const url = new URL(address, base);
      return url.origin === origin ? [url.href] : [];
    } catch {
      return [];
    }
  });
}

/** Opens the mail and its links as a browser does, presses everything, and sends every form. */
export async function browse(
  browser: Browser,
  mail: string,
  { links, withScripts }: { readonly links: readonly string[]; readonly withScripts: boolean },
): Promise<{ readonly pressed: number; readonly widthOfMail: number }> {
  const context = await browser.newContext({
    javaScriptEnabled: withScripts,
    viewport: { width: 360, height: 740 },
  });
  try {
    const page = await context.newPage();
    await page.setContent(mail);
    const box = await page.locator("body").boundingBox();
    const widthOfMail = withScripts
      ? await page.evaluate(() => document.documentElement.scrollWidth)
      : (box?.width ?? 0);
    let pressed = 0;
    for (const link of links) {
      for (let at = 0; at < clicksMax; at += 1) {
        await page.goto(link, { waitUntil: withScripts ? "networkidle" : "load" });
        if (!(await pressOne(page, at))) break;
        pressed += 1;
      }
    }
    return { pressed, widthOfMail };
  } finally {
    await context.close();
  }
}

/** Fills every field, then presses the n-th thing that can be pressed; false when there is none. */
async function pressOne(page: Page, at: number): Promise<boolean> {
  for (const field of await page.locator("input, textarea").all()) {
    await field.fill("scanned", { timeout: 1_000 }).catch(() => undefined);
  }
  const things = page.locator("a, button, input[type=submit], [role=button], summary");
  if (at >= (await things.count())) return false;
  await things
    .nth(at)
    .click({ timeout: 1_000, force: true })
    .catch(() => undefined);
  await page.waitForLoadState("load").catch(() => undefined);
  return true;
}
