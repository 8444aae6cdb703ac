// The settings of email and Slack: what is read, and what ends the start.

import { describe, expect, it } from "vitest";
import { completeConfig, configFromEnvironment } from "./config.ts";

const slack = { HOLDPOINT_SLACK_BOT_TOKEN: "xoxb-1-a" };
const email = {
  HOLDPOINT_SMTP_URL: "smtps://user:password@mail.example.com",
  HOLDPOINT_EMAIL_FROM: "Holdpoint <holdpoint@example.com>",
};

function configOf(environment: Record<string, string>): ReturnType<typeof completeConfig> {
  return completeConfig(configFromEnvironment(environment));
}

describe("the settings of channels", () => {
  it("leave email and Slack out when nothing is said", () => {
    expect(configOf({})).toMatchObject({ email: null, slack: null });
  });

  it("are read as they are written", () => {
    const all = {
      ...email,
      ...slack,
      HOLDPOINT_SLACK_SIGNING_SECRET: "8f742231b10e8888abcd99yyyzzz85a5",
      HOLDPOINT_SLACK_APP_TOKEN: "xapp-1-a",
      HOLDPOINT_SLACK_CHANNELS: "approvals=C0123ABCD, ops=G0456EFGH",
    };
    expect(configOf(all)).toMatchObject({
      email: { smtpUrl: email.HOLDPOINT_SMTP_URL, from: email.HOLDPOINT_EMAIL_FROM },
      slack: {
        apiUrl: "https://slack.com/api/",
        places: [
          { name: "approvals", id: "C0123ABCD" },
          { name: "ops", id: "G0456EFGH" },
        ],
      },
    });
  });

  it("that are halves of something, or nothing that works, end the start", () => {
    const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ HOLDPOINT_SMTP_URL: email.HOLDPOINT_SMTP_URL }, /both/],
      [{ HOLDPOINT_EMAIL_FROM: email.HOLDPOINT_EMAIL_FROM }, /both/],
      [{ ...email, HOLDPOINT_SMTP_URL: "https://mail.example.com" }, /smtp/],
      [{ ...email, HOLDPOINT_EMAIL_FROM: "x <a@b.c>\r\nBcc: d@e.f" }, /address/],
      [{ ...email, HOLDPOINT_EMAIL_FROM: "nobody" }, /address/],
      [{ HOLDPOINT_SLACK_SIGNING_SECRET: "s".repeat(32) }, /BOT_TOKEN/],
      [{ HOLDPOINT_SLACK_CHANNELS: "approvals=C0123" }, /BOT_TOKEN/],
      [{ HOLDPOINT_SLACK_BOT_TOKEN: "abc" }, /xoxb-/],
      [{ ...slack, HOLDPOINT_SLACK_APP_TOKEN: "xoxb-1-a" }, /xapp-/],
      [{ ...slack, HOLDPOINT_SLACK_SIGNING_SECRET: "short" }, /SIGNING_SECRET/],
      [{ ...slack, HOLDPOINT_SLACK_CHANNELS: "approvals" }, /list/],
      [{ ...slack, HOLDPOINT_SLACK_CHANNELS: "approvals=#general" }, /list/],
      [{ ...slack, HOLDPOINT_SLACK_CHANNELS: "a=C0123,a=C0456" }, /twice/],
      // The token would travel in clear.
      [{ ...slack, HOLDPOINT_SLACK_API_URL: "http://slack.example.com/api/" }, /https/],
      [{ ...slack, HOLDPOINT_SLACK_API_URL: "http://localhost.example.com/api/" }, /https/],
    ];
    for (const [environment, words] of wrong) {
      expect(() => configOf(environment), JSON.stringify(environment)).toThrow(words);
    }
  });
});
