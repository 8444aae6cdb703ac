// Email and Slack keep the contract of channels, with a real SMTP server and the Slack fake behind them.

import { emailChannel } from "@holdpoint/server/channel/email";
import { slackChannels } from "@holdpoint/server/channel/slack";
import { slackApi } from "@holdpoint/server/channel/slack-api";
import { MailFake } from "../fake/mail.ts";
import { type Behaviour, SlackFake } from "../fake/slack.ts";
import { type ChannelStand, channelSuite, type Mood } from "./channel-suite.ts";

channelSuite("email", async () => {
  const fake = await MailFake.start();
  const from = "Holdpoint <holdpoint@example.test>";
  const channel = emailChannel({ smtpUrl: fake.url, from, host: "holdpoint.test" });
  const moods = { well: "take", failing: "defer", limiting: "defer", silent: "hang" } as const;
  return {
    channel,
    address: "ana@example.test",
    limitMs: null,
    received: async () =>
      fake.mails.map(({ raw, parsed }) => ({
        key: parsed.messageId ?? "",
        text: raw + parsed.text,
      })),
    become: (mood) => {
      fake.behave = () => moods[mood];
    },
    close: async () => {
      channel.close();
      await fake.close();
    },
  };
});

const behaviours: Readonly<Record<Mood, Behaviour>> = {
  well: "ok",
  failing: "error",
  limiting: { retryAfter: 7 },
  silent: "hang",
};

async function slackStand(at: number, address: string | null): Promise<ChannelStand> {
  const fake = await SlackFake.start();
  const api = slackApi({ botToken: fake.botToken, apiUrl: fake.apiUrl, isInteractive: true });
  const channel = slackChannels(api, [{ name: "approvals", id: "C0APPROVALS" }])[at];
  if (channel === undefined) throw new Error("no such channel");
  return {
    channel,
    address,
    limitMs: 7_000,
    received: async () =>
      fake.messages.map(({ states }) => ({
        key: states[0]?.dedupKey ?? "",
        text: JSON.stringify(states),
      })),
    become: (mood) => {
      fake.behave = () => behaviours[mood];
    },
    close: () => fake.close(),
  };
}

channelSuite("slack", () => slackStand(0, "T1:UANA"));
channelSuite("slack:approvals", () => slackStand(1, null));
