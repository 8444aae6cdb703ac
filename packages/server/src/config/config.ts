// The environment in, one frozen object out: everything that can be set about a server.

import { HoldpointError } from "@holdpoint/core/error/error";
import {
  checkEmail,
  checkSlack,
  type EmailConfig,
  emailFromEnvironment,
  type SlackConfig,
  slackFromEnvironment,
} from "./channels.ts";
import { checkKeeping, defaultKeeping, type Keeping, keepingFromEnvironment } from "./keeping.ts";

export interface WebhookConfig {
  /** Name after `webhook:` in a rule's `notify`. */
  readonly name: string;
  readonly url: string;
  /** Standard Webhooks secret: `whsec_` and base64. */
  readonly secret: string;
}

export interface Config {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly dataDir: string;
  /** PostgreSQL; null uses the embedded database in `dataDir`. */
  readonly databaseUrl: string | null;
  /** Policy file that is activated at the start and when it changes; null leaves what is active. */
  readonly policyFile: string | null;
  /** Tools file that the registry is made from, at the start and when it changes; null leaves the registry. */
  readonly toolsFile: string | null;
  /** People file that the people are taken from, at the start and when it changes; null leaves them. */
  readonly peopleFile: string | null;
  /** True lets rosters be fetched from addresses that are not of the public internet. */
  readonly rosterPrivate: boolean;
  /** True lets webhooks of agents lie at addresses that are not of the public internet. */
  readonly webhookPrivate: boolean;
  /** Policy file of the very first start, while nothing is active yet; null holds everything. */
  readonly firstPolicyFile: string | null;
  /** Without credentials: one agent, one person, loopback only. */
  readonly dev: boolean;
  /** Folder of the built console; null serves none. */
  readonly consoleDir: string | null;
  readonly webhooks: readonly WebhookConfig[];
  /** Null sends no mail. */
  readonly email: EmailConfig | null;
  /** Null without Slack. */
  readonly slack: SlackConfig | null;
  readonly logLevel: "info" | "silent";
  /** How the outside reaches this server; null takes the address it listens on. */
  readonly publicUrl: string | null;
  /** Program of the demo, run by `POST /demo/start` in development mode; null offers none. */
  readonly demoProgram: string | null;
  /** Keys that seal what agents leave here, the first seals; null takes those of a file in `dataDir`. */
  readonly sealKeys: string | null;
  /** How much of it is kept, and how long. */
  readonly keeping: Keeping;
}

export const defaultConfig: Config = {
  host: "127.0.0.1",
  port: 8081,
  dataDir: ".holdpoint",
  databaseUrl: null,
  policyFile: null,
  toolsFile: null,
  peopleFile: null,
  rosterPrivate: false,
  webhookPrivate: false,
  firstPolicyFile: null,
  dev: false,
  consoleDir: null,
  webhooks: [],
  email: null,
  slack: null,
  logLevel: "info",
  publicUrl: null,
  demoProgram: null,
  sealKeys: null,
  keeping: defaultKeeping,
};

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment sets; names are in docs/reference/configuration.md. */
export function configFromEnvironment(environment: Environment): Partial<Config> {
  const text = (name: string): string | undefined => {
    const value = environment[name];
    return value === undefined || value === "" ? undefined : value;
  };
  const flag = (name: string): boolean | undefined => {
    const value = text(name);
    return value === undefined ? undefined : readFlag(name, value);
  };
  const port = text("HOLDPOINT_PORT");
  const webhookUrl = text("HOLDPOINT_WEBHOOK_URL");
  const email = emailFromEnvironment(text);
  const slack = slackFromEnvironment(text);
  return {
    ...(port === undefined ? {} : { port: readPort(port) }),
    ...setIf("host", text("HOLDPOINT_HOST")),
    ...setIf("dataDir", text("HOLDPOINT_DATA")),
    ...setIf("policyFile", text("HOLDPOINT_POLICY")),
    ...setIf("toolsFile", text("HOLDPOINT_TOOLS")),
    ...setIf("peopleFile", text("HOLDPOINT_PEOPLE")),
    ...setIf("rosterPrivate", flag("HOLDPOINT_ROSTER_PRIVATE")),
    ...setIf("webhookPrivate", flag("HOLDPOINT_WEBHOOK_PRIVATE")),
    ...setIf("databaseUrl", text("DATABASE_URL")),
    ...setIf("publicUrl", text("HOLDPOINT_PUBLIC_URL")),
    ...setIf("dev", flag("HOLDPOINT_DEV")),
    ...(webhookUrl === undefined
      ? {}
      : { webhooks: [{ name: "default", url: webhookUrl, secret: webhookSecret(environment) }] }),
    ...(email === null ? {} : { email }),
    ...(slack === null ? {} : { slack }),
    ...setIf("sealKeys", text("HOLDPOINT_SEAL_KEYS")),
    ...setIf("keeping", keepingFromEnvironment(text)),
  };
}

function setIf<K extends keyof Config>(name: K, value: Config[K] | undefined): Partial<Config> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Config>);
}

export function readPort(text: string): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port <= 65_535) return port;
  throw invalid(`\`${text}\` is not a port; use a number from 0 to 65535`);
}

function readFlag(name: string, text: string): boolean {
  if (/^(1|true|yes)$/i.test(text)) return true;
  if (/^(0|false|no)$/i.test(text)) return false;
  throw invalid(`${name} is \`true\` or \`false\``);
}

function webhookSecret(environment: Environment): string {
  const secret = environment["HOLDPOINT_WEBHOOK_SECRET"] ?? "";
  if (/^whsec_[A-Za-z0-9+/=]{24,}$/.test(secret)) return secret;
  throw invalid("HOLDPOINT_WEBHOOK_SECRET is `whsec_` and at least 18 bytes of base64");
}

const loopback = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;

/** Fills in what is not set and refuses what cannot be. */
export function completeConfig(partial: Partial<Config>): Config {
  const config = Object.freeze({ ...defaultConfig, ...partial });
  if (config.dev && !loopback.test(config.host)) {
    // SECURITY: whoever reaches a development server may approve anything.
    throw invalid(
      `development mode listens on loopback only, not on \`${config.host}\`; leave out --dev and make API keys`,
    );
  }
  if (config.publicUrl !== null && !/^https?:\/\/[^/]+(\/.*[^/])?$/.test(config.publicUrl)) {
    throw invalid("the public URL starts with http:// or https:// and ends without a slash");
  }
  for (const { url } of config.webhooks) {
    if (!/^https?:\/\//.test(url)) throw invalid(`\`${url}\` is not the address of a webhook`);
  }
  if (config.email !== null) checkEmail(config.email);
  if (config.slack !== null) checkSlack(config.slack);
  checkKeeping(config.keeping);
  return config;
}

function invalid(message: string): HoldpointError {
  return new HoldpointError("config_invalid", { message });
}
