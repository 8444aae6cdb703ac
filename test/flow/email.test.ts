// Mail as its reader gets it: what waits, in plain text and HTML, with one link and nothing that decides.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { address, linksOf, mailed, type MailWorld, openMailWorld } from "./mail-world.ts";

let world: MailWorld;

beforeAll(async () => {
  world = await openMailWorld();
});

afterAll(async () => {
  await world.close();
});

describe("a mail about a hold", () => {
  it("says the same in plain text and in HTML, with one link to the card", async () => {
    const { id, mail } = await mailed(world, { params: { id: "c_81" } });
    const { parsed } = mail;
    expect(mail.to).toEqual([address]);
    expect(parsed.subject).toContain("Approval needed");
    for (const text of [parsed.text ?? "", String(parsed.html)]) {
      for (const words of ["Approval needed", "c_81", "Production writes require human approval"]) {
        expect(text).toContain(words);
      }
    }
    const url = `http://localhost:8081/approvals/${id}`;
    expect(new Set(linksOf(mail))).toEqual(new Set([url]));
    expect(linksOf(mail)).toHaveLength(2);
  });

  it("holds no form, script, picture, style sheet or token", async () => {
    const { mail } = await mailed(world);
    const html = String(mail.parsed.html);
    expect(html).not.toMatch(/<(form|script|img|iframe|link|input|button|object|embed|meta http)/i);
    expect(html).not.toMatch(/url\(|@import|\son[a-z]+=/i);
    expect(mail.raw).not.toMatch(/[?&](token|code|key|sig)=/i);
    expect(mail.parsed.attachments).toEqual([]);
  });

  it("is machine-made by its headers, and its id is that of the delivery", async () => {
    const { mail } = await mailed(world);
    const { headers, messageId } = mail.parsed;
    expect(headers.get("auto-submitted")).toBe("auto-generated");
    expect(messageId).toMatch(/^<dlv_[0-9a-z]+@localhost>$/);
  });

  it("keeps the agent's words out of its headers and out of its markup", async () => {
    const evil = 'x\r\nBcc: evil@example.test\r\n\r\n<b onmouseover="x">hi</b> \u202Egnp.exe';
    const { mail } = await mailed(world, {
      target: { environment: "prod", resource: evil },
      params: { note: evil, "k\r\nX-Evil: 1": "<img src=https://evil.example/p.png>" },
      claims: { title: `${evil} https://evil.example/a`, reasoning: "see www.evil.example now" },
    });
    const { parsed } = mail;
    expect(mail.to).toEqual([address]);
    expect([parsed.bcc, parsed.cc]).toEqual([undefined, undefined]);
    expect(parsed.headers.has("x-evil")).toBe(false);
    expect(parsed.subject).not.toMatch(/[\r\n\u202E]/);
    expect(parsed.text).not.toContain("\u202E");
    expect(parsed.text).toContain("‹U+202E›");
    const html = String(parsed.html);
    expect(html).not.toMatch(/<b onmouseover|<img/i);
    expect(html).toContain("&lt;img");
    // Nothing that a mail program would make a link of.
    expect(linksOf(mail).filter((one) => one.includes("evil"))).toEqual([]);
    expect(`${parsed.text}${html}`).not.toMatch(/www\.evil|https:\/\/evil/);
    expect(new Set(linksOf(mail)).size).toBe(1);
  });

  it("masks secrets, wherever the agent put them", async () => {
    const secret = `hp_default_${"a".repeat(43)}_0123abcd`;
    const { mail } = await mailed(world, {
      params: { api_key: "hunter2-hunter2", text: `use ${secret}` },
      claims: { title: `with ${secret}` },
    });
    const whole = `${mail.raw}${mail.parsed.text}${String(mail.parsed.html)}${mail.parsed.subject}`;
    expect(whole).not.toContain(secret);
    expect(whole).not.toContain("hunter2");
  });

  it("is followed in its thread by how it was decided", async () => {
    const { id, mail } = await mailed(world);
    await world.line.post(`/approvals/${id}/reject`, { reason: "not this one" });
    const later = await world.mail.mail(
      address,
      (one) => one !== mail && one.raw.includes(`/approvals/${id}`),
    );
    expect(later.parsed.inReplyTo).toBe(mail.parsed.messageId);
    expect(later.parsed.references).toContain(mail.parsed.messageId ?? "none");
    expect(later.parsed.text).toContain("Rejected by");
    expect(later.parsed.text).toContain("not this one");
    expect(new Set(linksOf(later)).size).toBe(1);
  });
});

describe("a mailbox", () => {
  it("that refuses for good is tried once, and stands in the log as dead", async () => {
    const id = world.line.jobId();
    let tries = 0;
    world.mail.behave = () => {
      tries += 1;
      return "refuse";
    };
    await world.line.propose("job.db.delete", { job_id: id });
    for (;;) {
      const { body } = await world.line.get(`/audit/events?job=${id}`);
      if ((body.items ?? []).some((event) => event.type === "notice.failed")) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    world.mail.behave = () => "take";
    expect(tries).toBe(1);
  });
});
