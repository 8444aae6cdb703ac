// What is sealed comes back as it was, for the same row and key only, and never larger than it was.

import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSealKeys } from "./seal-keys.ts";
import { makeSealer, type Sealer } from "./seal.ts";
import { encrypt, masterKeyOf } from "./xaes.ts";

const [first, second] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];

function sealerWith(keys: string): Sealer {
  return makeSealer(openSealKeys({ keys, dir: "/nowhere", isFileAllowed: false }));
}

const keyText = (name: string, key: Buffer): string => `${name}:${key.toString("base64")}`;
const sealer = sealerWith(keyText("k1", first));
const row = ["default", "checkpoint", "thread", "1"];

describe("a sealer", () => {
  it("gives back every byte for the same row", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 4_000 }),
        fc.array(fc.string(), { maxLength: 4 }),
        async (plain, context) => {
          const opened = await sealer.open(context, await sealer.seal(context, plain));
          expect(Buffer.from(opened).equals(plain)).toBe(true);
        },
      ),
    );
  });

  it("compresses 10 MiB of talk to a fraction, and leaves noise alone", async () => {
    const line = '{"role":"assistant","content":"The refund of the order was proposed."}\n';
    const talk = Buffer.from(line.repeat(Math.ceil(10_485_760 / line.length)));
    const sealed = await sealer.seal(row, talk);
    expect(sealed.length).toBeLessThan(talk.length / 20);
    expect(Buffer.from(await sealer.open(row, sealed)).equals(talk)).toBe(true);
    for (const bytes of [100_000, 300_000]) {
      const noise = randomBytes(bytes);
      const sealedNoise = await sealer.seal(row, noise);
      expect(sealedNoise.length).toBeLessThan(noise.length + 100);
      expect(Buffer.from(await sealer.open(row, sealedNoise)).equals(noise)).toBe(true);
    }
  });

  it("never shows the plain bytes, and seals the same bytes to others each time", async () => {
    const secret = Buffer.from("the customer's card is 4242");
    const [one, two] = [await sealer.seal(row, secret), await sealer.seal(row, secret)];
    expect(one.includes(secret)).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  it("opens nothing for another row, also when the names run together", async () => {
    const sealed = await sealer.seal(["a", "bc"], Buffer.from("state"));
    for (const context of [["ab", "c"], ["a", "b", "c"], ["a"], ["a", "bc", ""], []]) {
      await expect(sealer.open(context, sealed)).rejects.toMatchObject({ code: "seal_broken" });
    }
  });

  it("opens nothing of which one byte was changed, or some were cut off or added", async () => {
    const sealed = await sealer.seal(row, Buffer.from("state ".repeat(60)));
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(sealer.open(row, changed)).rejects.toMatchObject({
        code: expect.stringMatching(/^seal_(broken|key_unknown)$/) as string,
      });
    }
    for (let end = 0; end < sealed.length; end += 1) {
      const cut = sealer.open(row, sealed.subarray(0, end));
      await expect(cut).rejects.toMatchObject({ code: "seal_broken" });
    }
    const longer = sealer.open(row, Buffer.concat([sealed, Buffer.alloc(1)]));
    await expect(longer).rejects.toMatchObject({ code: "seal_broken" });
  });

  it("seals by the first key and opens by all, so that keys can be changed", async () => {
    const old = await sealer.seal(row, Buffer.from("old"));
    const both = sealerWith(`${keyText("k2", second)},${keyText("k1", first)}`);
    const fresh = await both.seal(row, Buffer.from("new"));
    expect(Buffer.from(await both.open(row, old)).toString()).toBe("old");
    expect(Buffer.from(await both.open(row, fresh)).toString()).toBe("new");
    await expect(sealer.open(row, fresh)).rejects.toMatchObject({
      code: "seal_key_unknown",
      detail: { message: expect.stringContaining("`k2`") as string },
    });
    // The same name for another key.
    const wrong = sealerWith(keyText("k1", second));
    await expect(wrong.open(row, old)).rejects.toMatchObject({ code: "seal_broken" });
  });

  it("unfolds no more than the record says, even when somebody who has the key sealed a bomb", async () => {
    for (const said of [0, 100, 40_000, 67_108_864, 67_108_865, 4_294_967_295]) {
      const bomb = sealByHand({ said, packed: deflateRawSync(Buffer.alloc(80_000_000)) });
      await expect(sealer.open(row, bomb)).rejects.toMatchObject({ code: "seal_broken" });
    }
    const honest = sealByHand({ said: 5_000, packed: deflateRawSync(Buffer.alloc(5_000)) });
    expect((await sealer.open(row, honest)).length).toBe(5_000);
    const less = sealByHand({ said: 5_001, packed: deflateRawSync(Buffer.alloc(5_000)) });
    await expect(sealer.open(row, less)).rejects.toMatchObject({ code: "seal_broken" });
  });
});

/** The layout as docs/operate/sealing.md says it, written a second time. */
function sealByHand({ said, packed }: { said: number; packed: Buffer }): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(said);
  const head = Buffer.concat([Buffer.from([1, 1, 2]), Buffer.from("k1"), length]);
  const parts = ["holdpoint/seal/v1", ...row].flatMap((part) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(Buffer.byteLength(part));
    return [bytes, Buffer.from(part)];
  });
  const nonce = randomBytes(24);
  const beside = Buffer.concat([head, ...parts]);
  return Buffer.concat([
    head,
    nonce,
    encrypt(masterKeyOf(first), nonce, { plain: packed, beside }),
  ]);
}
