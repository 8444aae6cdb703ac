// Settings of the channels that reach persons: a mail server, a Slack app.

import { HoldpointError } from "@holdpoint/core/error/error";

export interface EmailConfig {
  /** `smtp://` or `smtps://`, with user and password where the server wants them. */
  readonly smtpUrl: string;
  /** `Holdpoint <holdpoint@example.com>` */
  readonly from: string;
}

/** A place that several people look at; rules name it `slack:<name>`. */
export interface SlackPlace {
  readonly name: string;
  /** Id of the Slack channel. */
  readonly id: string;
}

export interface SlackConfig {
  readonly botToken: string;
  /** Null when nothing comes in by HTTP. */
  readonly signingSecret: string | null;
  /** Null without Socket Mode. */
  readonly appToken: string | null;
  readonly apiUrl: string;
  readonly places: readonly SlackPlace[];
}

/** Reads one variable; undefined when it is not set or empty. */
export type ReadVariable = (name: string) => string | undefined;

const slackApiUrl = "https://slack.com/api/";

export function emailFromEnvironment(read: ReadVariable): EmailConfig | null {
  const smtpUrl = read("HOLDPOINT_SMTP_URL");
  const from = read("HOLDPOINT_EMAIL_FROM");
  if (smtpUrl === undefined && from === undefined) return null;
  if (smtpUrl === undefined || from === undefined) {
    throw invalid("email needs HOLDPOINT_SMTP_URL and HOLDPOINT_EMAIL_FROM, both of them");
  }
  return { smtpUrl, from };
}

export function slackFromEnvironment(read: ReadVariable): SlackConfig | null {
  const botToken = read("HOLDPOINT_SLACK_BOT_TOKEN");
  const signingSecret = read("HOLDPOINT_SLACK_SIGNING_SECRET") ?? null;
  const appToken = read("HOLDPOINT_SLACK_APP_TOKEN") ?? null;
  const places = read("HOLDPOINT_SLACK_CHANNELS");
  if (botToken === undefined) {
    if (signingSecret === null && appToken === null && places === undefined) return null;
    throw invalid("Slack needs HOLDPOINT_SLACK_BOT_TOKEN");
  }
  return {
    botToken,
    signingSecret,
    appToken,
    apiUrl: read("HOLDPOINT_SLACK_API_URL") ?? slackApiUrl,
    places: places === undefined ? [] : readPlaces(places),
  };
}

function readPlaces(text: string): readonly SlackPlace[] {
  const places = text.split(",").map((part) => {
    const found = /^\s*([a-z0-9][a-z0-9-]{0,31})=([CGD][A-Z0-9]{2,30})\s*$/.exec(part);
    if (found !== null) return { name: found[1] ?? "", id: found[2] ?? "" };
    throw invalid("HOLDPOINT_SLACK_CHANNELS is a list such as `approvals=C0123ABCD,ops=C0456EFGH`");
  });
  if (new Set(places.map(({ name }) => name)).size === places.length) return places;
  throw invalid("HOLDPOINT_SLACK_CHANNELS names a channel twice");
}

export function checkEmail({ smtpUrl, from }: EmailConfig): void {
  if (!/^smtps?:\/\/[^/\s]+(\/[^\s]*)?$/.test(smtpUrl)) {
    throw invalid("HOLDPOINT_SMTP_URL starts with smtp:// or smtps:// and names a host");
  }
  if (/[\r\n\0]/.test(from) || !/^[^<>]*<[^<>@\s]+@[^<>@\s]+>$|^[^<>@\s]+@[^<>@\s]+$/.test(from)) {
    throw invalid("HOLDPOINT_EMAIL_FROM is an address, or `Name <address>`");
  }
}

export function checkSlack({ botToken, signingSecret, appToken, apiUrl }: SlackConfig): void {
  if (!/^xox[bp]-[A-Za-z0-9-]{1,250}$/.test(botToken)) {
    throw invalid("HOLDPOINT_SLACK_BOT_TOKEN starts with `xoxb-`");
  }
  if (appToken !== null && !/^xapp-[A-Za-z0-9-]{1,250}$/.test(appToken)) {
    throw invalid("HOLDPOINT_SLACK_APP_TOKEN starts with `xapp-`");
  }
  if (signingSecret !== null && !/^[\x21-\x7e]{16,256}$/.test(signingSecret)) {
    throw invalid("HOLDPOINT_SLACK_SIGNING_SECRET is the secret that the app's page shows");
  }
  // SECURITY: the token travels to this address.
  if (
    !apiUrl.startsWith("https://") &&
    !/^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(apiUrl)
  ) {
    throw invalid("HOLDPOINT_SLACK_API_URL starts with https://");
  }
}

function invalid(message: string): HoldpointError {
  return new HoldpointError("config_invalid", { message });
}
