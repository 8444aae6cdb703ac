// The signature of Slack against Slack's own example, the clock, repeats and altered bytes.

import { describe, expect, it } from "vitest";
import { signatureOf, SlackSignatures } from "./slack-signature.ts";

// The example of Slack's own page "Verifying requests from Slack".
const secret = "8f742231b10e8888abcd99yyyzzz85a5";
const timestamp = "1531420618";
const text =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
const body = new TextEncoder().encode(text);
const now = Number(timestamp) * 1_000;
const call = { timestamp, signature, body };

describe("a signature of Slack", () => {
  it("is that of Slack's own example", () => {
    expect(signatureOf(secret, timestamp, body)).toBe(signature);
    expect(() => new SlackSignatures(secret).verify(call, now)).not.toThrow();
  });

  it("holds for five minutes before and after, and no longer", () => {
    for (const offBy of [-300_000, 300_000]) {
      expect(() => new SlackSignatures(secret).verify(call, now + offBy)).not.toThrow();
    }
    for (const offBy of [-301_000, 301_000, 86_400_000]) {
      const verify = (): void => new SlackSignatures(secret).verify(call, now + offBy);
      expect(verify).toThrow(/five minutes/);
    }
  });

  it("comes once", () => {
    const signatures = new SlackSignatures(secret);
    signatures.verify(call, now);
    expect(() => signatures.verify(call, now + 1_000)).toThrow(/made before/);
    expect(() => signatures.verify(call, now + 299_000)).toThrow(/made before/);
  });

  it("holds for these very bytes, this time and this secret", () => {
    const verify =
      (changed: Partial<typeof call>, by = secret) =>
      (): void =>
        new SlackSignatures(by).verify({ ...call, ...changed }, now);
    const spaced = new TextEncoder().encode(`${text} `);
    expect(verify({ body: spaced })).toThrow(/signature/);
    expect(verify({ body: new Uint8Array() })).toThrow(/signature/);
    expect(verify({ timestamp: "1531420619" })).toThrow(/signature/);
    expect(verify({ signature: signature.toUpperCase() })).toThrow(/signature/);
    expect(verify({ signature: signature.slice(0, -1) })).toThrow(/signature/);
    expect(verify({ signature: "v0=" })).toThrow(/signature/);
    expect(verify({}, `${secret}x`)).toThrow(/signature/);
  });

  it("with a time that is no number of seconds is refused", () => {
    for (const wrong of ["", "1e9", "-1", "1531420618.5", " 1531420618", "NaN"]) {
      const verify = (): void =>
        new SlackSignatures(secret).verify({ ...call, timestamp: wrong }, now);
      expect(verify).toThrow(/carries no signature/);
    }
  });

  it("keeps no signature that was not good, and forgets the old ones", () => {
    const signatures = new SlackSignatures(secret);
    const forged = { ...call, signature: `v0=${"0".repeat(64)}` };
    expect(() => signatures.verify(forged, now)).toThrow(/not that of this body/);
    expect(() => signatures.verify(forged, now)).toThrow(/not that of this body/);
  });
});
