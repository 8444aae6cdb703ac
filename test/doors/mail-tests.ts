// Mail is no door: every link in one, by every method, with cookies and without, leaves the hold as it is.

import { describe, expect, test } from "vitest";
import { linksOf } from "../flow/mail-world.ts";
import type { DoorWorld } from "./world.ts";

const cookies = ["", "session=mona; holdpoint=1; authorization=Bearer%20hp_x"] as const;
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE"] as const;
const forms = [
  ["application/x-www-form-urlencoded", "verdict=approve&reason=scanned"],
  ["application/json", "{}"],
] as const;

export function testMail(worldOf: () => DoorWorld): void {
  describe("a mail", () => {
    test("has one link, and nothing that is sent there decides", async () => {
      const world = worldOf();
      const found = await world.propose("job.mail.write");
      const mail = await world.mail.mail("mona@example.test", ({ parsed }) =>
        (parsed.text ?? "").includes(found.id),
      );
      const links = [...new Set(linksOf(mail))];
      expect(links).toEqual([`${world.engine.publicUrl}/approvals/${found.id}`]);
      const kept = await world.kept(found);
      const addresses = links.flatMap((link) => [
        link,
        ...["approve", "reject", "modify", "override", "claim"].flatMap((verb) => [
          `${link}/${verb}`,
          `${world.url}/api/v1/approvals/${found.id}/${verb}`,
        ]),
      ]);
      for (const address of addresses) await knockAtAll(address);
      expect(await world.kept(found)).toBe(kept);
    });
  });
}

async function knockAtAll(address: string): Promise<void> {
  for (const method of methods) {
    for (const cookie of cookies) {
      for (const [type, body] of forms) {
        const isBare = method === "GET" || method === "HEAD";
        const response = await fetch(address, {
          method,
          headers: { "content-type": type, ...(cookie === "" ? {} : { cookie }) },
          ...(isBare ? {} : { body }),
        });
        await response.arrayBuffer();
      }
    }
  }
}
