// The people's door in Slack: buttons and dialogs become the same verbs as everywhere, by the linked person.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { isHoldpointError } from "@holdpoint/core/error/error";
import type { SlackApi } from "../channel/slack-api.ts";
import { words } from "../channel/slack-block.ts";
import { actionIds, readTarget, type Target } from "../channel/slack-card.ts";
import type { Context, Engine } from "../flow/context.ts";
import { startLink } from "../flow/identities.ts";
import { readCard } from "../flow/read-card.ts";
import { review } from "../flow/review.ts";
import { chatCaller } from "../identity/chat-caller.ts";
import { SlackDialogs } from "./slack-dialogs.ts";
import {
  detailsDialog,
  modifyDialog,
  paramsText,
  fitsDialog,
  rejectDialog,
} from "./slack-modal.ts";
import {
  accountOf,
  type ButtonPress,
  externalIdOf,
  readCommand,
  readInteraction,
} from "./slack-payload.ts";
import { requestKey, reviewOf } from "./slack-request.ts";
import { leftWords, outcomeWords, refusalWords } from "./slack-words.ts";

export interface SlackDoorParts {
  readonly engine: Engine;
  readonly api: SlackApi;
  readonly tenant: string;
  readonly isDevelopment: boolean;
}

/** Somebody in Slack, and where they are answered. */
interface Speaker {
  readonly account: string;
  readonly name: string | null;
  readonly user: string;
  readonly channel: string | null;
}

export class SlackDoor {
  readonly #parts: SlackDoorParts;
  readonly #dialogs: SlackDialogs;
  readonly #pending = new Set<Promise<void>>();

  constructor(parts: SlackDoorParts) {
    this.#parts = parts;
    this.#dialogs = new SlackDialogs({
      engine: parts.engine,
      contextOf: (account) => this.#contextOf(account),
      whisper: (channel, user, text) => this.#whisper({ channel, user }, text),
      later: (work) => this.#later(work),
    });
  }

  /** Takes a payload that was proved to come from Slack; what is answered acknowledges it. */
  async interaction(payload: unknown): Promise<JsonObject | null> {
    const read = readInteraction(payload);
    const account = read === null ? null : accountOf(read);
    if (read === null || account === null) return null;
    if (read.type === "view_submission") return this.#dialogs.submit(read, account);
    // SPEC: Slack waits three seconds: the press is acknowledged first and carried out afterwards.
    this.#later(() => this.#press(read, account));
    return null;
  }

  /** `/holdpoint link`: the code that links the account, to whoever typed it. */
  async command(fields: unknown): Promise<JsonObject> {
    const read = readCommand(fields);
    if (read === null) return whispered("Holdpoint did not understand that.");
    if (read.text?.trim().toLowerCase() !== "link") {
      return whispered("Type `/holdpoint link` to link this account to you in Holdpoint.");
    }
    const externalId = externalIdOf(read.team_id, read.user_id);
    return whispered(await this.#linkWords(externalId, read.user_name ?? null));
  }

  /** Resolves once everything that was acknowledged is carried out. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #press(press: ButtonPress, account: string): Promise<void> {
    const { user } = press;
    const speaker = {
      account,
      name: user.username ?? user.name ?? null,
      user: user.id,
      channel: press.channel?.id ?? null,
    };
    for (const { action_id: id, value } of press.actions) {
      if (id === actionIds.open) continue;
      const target = readTarget(value ?? "");
      if (target === null) continue;
      await this.#act(speaker, { id, target, trigger: press.trigger_id });
    }
  }

  async #act(
    speaker: Speaker,
    press: { readonly id: string; readonly target: Target; readonly trigger: string },
  ): Promise<void> {
    const ctx = await this.#contextOf(speaker.account);
    if (ctx === "unlinked") {
      await this.#whisper(speaker, await this.#linkWords(speaker.account, speaker.name));
      return;
    }
    if (ctx === "left") {
      await this.#whisper(speaker, leftWords);
      return;
    }
    try {
      if (press.id === actionIds.approve) {
        const idempotencyKey = requestKey(speaker.account, press.trigger);
        const answer = await review(ctx, { ...reviewOf(press.target, "approve"), idempotencyKey });
        await this.#whisper(speaker, outcomeWords(answer));
        return;
      }
      await this.#open(ctx, speaker, press);
    } catch (error) {
      if (!isHoldpointError(error)) throw error;
      await this.#whisper(speaker, await refusalWords(ctx, error, press.target.jobId));
    }
  }

  async #open(
    ctx: Context,
    speaker: Speaker,
    { id, target, trigger }: { id: string; target: Target; trigger: string },
  ): Promise<void> {
    const card = await readCard(ctx, target.jobId);
    const purpose = { target, channel: speaker.channel, previewed: null };
    const { api } = this.#parts;
    if (id === actionIds.details) {
      await api.openView(trigger, detailsDialog(card, purpose));
      return;
    }
    const text = paramsText(card);
    if (id === actionIds.reject) await api.openView(trigger, rejectDialog(card, purpose));
    else if (id !== actionIds.modify) return;
    else if (fitsDialog(text)) {
      await api.openView(trigger, modifyDialog(card, purpose, { text, preview: null }));
    } else {
      await this.#whisper(
        speaker,
        "The parameters are too long for a dialog; edit them on the card.",
      );
    }
  }

  async #contextOf(account: string): Promise<Context | "unlinked" | "left"> {
    const { engine, tenant, isDevelopment } = this.#parts;
    const caller = await chatCaller(engine, {
      tenant,
      channel: "slack",
      externalId: account,
      isDevelopment,
    });
    return typeof caller === "string" ? caller : { ...engine, caller };
  }

  async #linkWords(externalId: string, name: string | null): Promise<string> {
    const { engine, tenant } = this.#parts;
    const { code } = await startLink(engine, tenant, { channel: "slack", externalId, name });
    return `Holdpoint does not know who you are here. Sign in to Holdpoint, open "My account" and type this code: ${code}. It works once, for ten minutes, and links this Slack account to whoever types it: give it to nobody.`;
  }

  async #whisper(to: Pick<Speaker, "channel" | "user">, text: string): Promise<void> {
    const { api } = this.#parts;
    if (to.channel === null) await api.post(to.user, words(text), null);
    else await api.whisper(to.channel, to.user, words(text));
  }

  #later(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => this.#parts.engine.telemetry.workFailed("slack", error))
      .finally(() => this.#pending.delete(running));
    this.#pending.add(running);
  }
}

function whispered(text: string): JsonObject {
  const message = words(text);
  return {
    response_type: "ephemeral",
    text: message.text,
    blocks: message.blocks as unknown as JsonObject[],
  };
}
