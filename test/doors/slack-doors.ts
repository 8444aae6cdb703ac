// The doors in Slack: presses and dialogs as Slack signs them, by whoever linked the account, or by nobody known.

import type { Door, Knock } from "./doors.ts";
import { type Fields, type OpenedView } from "../fake/slack.ts";
import { type DoorWorld, type Found, makeFound, slackUserOf } from "./world.ts";

interface Dialogs {
  readonly reject: OpenedView;
  readonly modify: OpenedView;
  /** After its preview. */
  readonly previewed: OpenedView;
  /** About which job they were opened. */
  readonly found: Found;
}

/** The same text each time, so that one preview stands for all. */
const editText = '{"number": 1}';
const dialogsOf = new WeakMap<DoorWorld, Dialogs>();

/** Opens the dialogs once, as somebody who may: whoever sends a dialog is asked anew who they are. */
export async function openDialogs(world: DoorWorld): Promise<void> {
  const found = await makeFound(world, "held");
  const opened = async (action: string): Promise<OpenedView> => {
    const count = world.slack.views.length;
    await press({ world, name: "asked", found }, action);
    return world.slack.until((fake) => fake.views[count]);
  };
  const reject = await opened("holdpoint_reject");
  const modify = await opened("holdpoint_modify");
  const answer = await send(
    { world, name: "asked", found },
    world.slack.submit(slackUserOf("asked"), modify, { params: editText, reason: "fewer" }),
  );
  const previewed = world.slack.replaceView(modify, answer?.["view"] as Fields);
  dialogsOf.set(world, { reject, modify, previewed, found });
}

function targetOf({ id, shownHash, shownRevision }: Found): string {
  return `v1 ${id} ${shownRevision} ${shownHash}`;
}

async function press({ world, name, found }: Knock, action: string): Promise<void> {
  const button = { type: "button", action_id: action, value: targetOf(found) };
  const message = {
    channel: "C0APPROVALS",
    ts: "1.1",
    thread: null,
    states: [
      { text: "", blocks: [{ type: "actions", elements: [button] }], dedupKey: null, sent: {} },
    ],
  };
  await send({ world, name, found }, world.slack.press(slackUserOf(name), message, action));
}

async function send({ world }: Knock, payload: Fields): Promise<Fields | null> {
  const response = await world.slack.call(world.url, payload, world.line.clock.now() / 1_000);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`Slack was answered ${response.status}: ${body}`);
  return body === "" ? null : (JSON.parse(body) as Fields);
}

/** What the person was told after a press. */
async function approve(knock: Knock): Promise<boolean> {
  const { world, name } = knock;
  const { id } = slackUserOf(name);
  const toldBefore = world.slack.whispers.filter(({ user }) => user === id).length;
  await press(knock, "holdpoint_approve");
  const words = await world.slack.until(
    (fake) => fake.whispers.filter(({ user }) => user === id)[toldBefore]?.text,
  );
  return /^(Approved|Your vote counts)/.test(words);
}

/** A dialog that Slack gave to somebody, sent by this person about this job. */
async function dialog(
  knock: Knock,
  kind: "reject" | "modify" | "previewed",
  values: Readonly<Record<string, string>>,
): Promise<Fields | null> {
  const { world, name, found } = knock;
  const dialogs = dialogsOf.get(world);
  if (dialogs === undefined) throw new Error("the dialogs are not open");
  const text = JSON.stringify(dialogs[kind].view);
  const view = JSON.parse(text.replaceAll(targetOf(dialogs.found), targetOf(found))) as Fields;
  const number = world.number();
  const opened = { id: `V${number}`, hash: `${number}.hash`, view };
  return send(knock, world.slack.submit(slackUserOf(name), opened, values));
}

const chat = { isChat: true, saysWhatWasShown: true } as const;

export const slackDoors: readonly Door[] = [
  {
    name: "slack approve",
    wish: "approve",
    operation: "approve",
    verb: "approve",
    ...chat,
    knock: approve,
  },
  {
    name: "slack reject",
    wish: "reject",
    operation: "reject",
    verb: "reject",
    ...chat,
    // A dialog that closes was carried out.
    knock: async (knock) => (await dialog(knock, "reject", { reason: "no" })) === null,
  },
  {
    name: "slack modify",
    wish: "modify",
    operation: "modify",
    verb: "modify",
    ...chat,
    knock: async (knock) =>
      (await dialog(knock, "previewed", { params: editText, reason: "fewer" })) === null,
  },
  {
    name: "slack preview",
    wish: "preview",
    operation: "modify",
    verb: "modify",
    ...chat,
    isIdle: true,
    knock: async (knock) => {
      const answer = await dialog(knock, "modify", { params: editText, reason: "fewer" });
      return answer?.["response_action"] === "update";
    },
  },
];
