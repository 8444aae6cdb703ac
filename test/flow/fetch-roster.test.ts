// Fetching a roster from an address that somebody wrote down: never from the own network, never further than asked.

import { afterEach, describe, expect, test } from "vitest";
import type { RequestListener } from "node:http";
import { fetchRoster, type Resolved } from "@holdpoint/server/worker/fetch-roster";
import { type Calendar, calendarCertificate, startCalendar } from "../fake/calendar.ts";

const open: Calendar[] = [];

afterEach(async () => {
  for (const calendar of open.splice(0)) await calendar[Symbol.asyncDispose]();
});

async function calendarOf(answer: RequestListener): Promise<Calendar> {
  const calendar = await startCalendar(answer);
  open.push(calendar);
  return calendar;
}

const loopback: Resolved = { address: "127.0.0.1", family: 4 };
const far: Resolved = { address: "93.184.215.14", family: 4 };

interface Wish {
  readonly isPrivateAllowed?: boolean;
  readonly answers?: readonly (readonly Resolved[])[];
  readonly timeoutMs?: number;
}

/** With a resolver whose answers change from one question to the next. */
async function fetched(source: string, wish: Wish = {}): Promise<string> {
  const answers = [...(wish.answers ?? [[loopback]])];
  try {
    return await fetchRoster(source, {
      isPrivateAllowed: wish.isPrivateAllowed ?? true,
      timeoutMs: wish.timeoutMs ?? 10_000,
      ca: calendarCertificate,
      resolve: async () => (answers.length > 1 ? answers.shift() : answers[0]) ?? [],
    });
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

const hello: RequestListener = (_request, response) => void response.end("BEGIN:VCALENDAR");

describe("a roster that lies elsewhere", () => {
  test("is fetched, under the name that was written down", async () => {
    const hosts: string[] = [];
    const calendar = await calendarOf((request, response) => {
      hosts.push(`${request.headers.host} ${request.url}`);
      response.end("BEGIN:VCALENDAR");
    });
    const place = `https://calendar.test:${calendar.port}/a/basic.ics?token=x`;
    expect(await fetched(place)).toBe("BEGIN:VCALENDAR");
    expect(hosts).toEqual([`calendar.test:${calendar.port} /a/basic.ics?token=x`]);
  });

  test.each([
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "①②⑦.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[64:ff9b::7f00:1]",
  ])("is never fetched from the own machine as %s, and nobody is connected to", async (host) => {
    const calendar = await calendarOf(hello);
    const answer = await fetched(`https://${host}:${calendar.port}/`, { isPrivateAllowed: false });
    expect(answer).toContain("RosterRefused: its host is no public address");
    expect(calendar.connections()).toBe(0);
  });

  test("is refused when one of the answers for its name is private, whatever their order", async () => {
    const calendar = await calendarOf(hello);
    const place = `https://calendar.test:${calendar.port}/`;
    for (const answers of [[loopback], [far, loopback], [loopback, far]]) {
      const answer = await fetched(place, { isPrivateAllowed: false, answers: [answers] });
      expect(answer).toContain("no public address");
    }
    expect(await fetched(place, { answers: [[]] })).toContain("its host is not known");
    expect(calendar.connections()).toBe(0);
  });

  test("goes to the address that was looked at, though the name answers another one the next time", async () => {
    const calendar = await calendarOf(hello);
    const place = `https://calendar.test:${calendar.port}/`;
    // Nobody answers at the first one here: a second question would lead to the own machine.
    const answers = [[{ address: "203.0.113.1", family: 4 }], [loopback]];
    await fetched(place, { answers, timeoutMs: 300 });
    expect(calendar.connections()).toBe(0);
    const public1 = [[{ address: "198.51.100.1", family: 4 }], [loopback]];
    expect(await fetched(place, { isPrivateAllowed: false, answers: public1 })).toContain(
      "no public",
    );
    expect(calendar.connections()).toBe(0);
  });

  test("does not follow a redirect", async () => {
    const calendar = await calendarOf((_request, response) => {
      response.writeHead(302, { location: "https://127.0.0.1/" }).end();
    });
    const answer = await fetched(`https://calendar.test:${calendar.port}/`);
    expect(answer).toContain("redirect");
    expect(calendar.connections()).toBe(1);
  });

  test.each([
    ["http://calendar.test/", "no https address"],
    ["ftp://calendar.test/", "no https address"],
    ["https://me:word@calendar.test/", "name or password"],
    ["nothing", "no https address"],
  ])("is not fetched from %s", async (source, why) => {
    expect(await fetched(source)).toContain(why);
  });

  test("has a bound in bytes and in time, and says which", async () => {
    const chunk = Buffer.alloc(1_048_576, "x");
    const large = await calendarOf((_request, response) => {
      const more = (): void => {
        while (response.write(chunk));
      };
      response.on("drain", more).on("error", () => undefined);
      more();
    });
    expect(await fetched(`https://calendar.test:${large.port}/`)).toContain("larger than");
    const slow = await calendarOf((_request, response) => void response.write("BEGIN"));
    const answer = await fetched(`https://calendar.test:${slow.port}/`, { timeoutMs: 200 });
    expect(answer).toContain("in time");
    const broken = await calendarOf((_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("BEGIN", () => response.destroy());
    });
    expect(await fetched(`https://calendar.test:${broken.port}/`)).toContain("RosterRefused");
  });

  test("is refused under a certificate for another name, and no error names the address", async () => {
    const calendar = await calendarOf((_request, response) => void response.writeHead(403).end());
    const wrong = await fetched(`https://other.test:${calendar.port}/private-secret/`);
    expect(wrong).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
    const refused = await fetched(`https://calendar.test:${calendar.port}/private-secret/`);
    expect(refused).toBe("RosterRefused: it answers 403");
    expect(wrong + refused).not.toContain("secret");
  });
});
