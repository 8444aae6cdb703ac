// Slack's limits on Block Kit, as its reference states them; the fake refuses what Slack would refuse.

type Json = Readonly<Record<string, unknown>>;

const blockTypes = new Set(["header", "section", "context", "divider", "actions", "input"]);

/** What is wrong with the blocks of a message or of a view; empty when Slack would take them. */
export function faultsOfBlocks(blocks: unknown, place: "message" | "modal"): readonly string[] {
  if (!Array.isArray(blocks)) return ["blocks: not a list"];
  const most = place === "message" ? 50 : 100;
  const faults = blocks.length > most ? [`blocks: more than ${most}`] : [];
  if (blocks.length === 0) faults.push("blocks: empty");
  blocks.forEach((block: unknown, at) => {
    for (const fault of faultsOfBlock(objectOf(block), place)) faults.push(`/blocks/${at}${fault}`);
  });
  return faults;
}

export function faultsOfView(view: unknown): readonly string[] {
  const { type, title, submit, close, callback_id, private_metadata, blocks } = objectOf(view);
  const hasInput = Array.isArray(blocks) && blocks.some((one) => objectOf(one)["type"] === "input");
  return [
    ...(type === "modal" ? [] : ["/type: not a modal"]),
    ...textFaults("/title", title, 24),
    ...(submit === undefined ? [] : textFaults("/submit", submit, 24)),
    ...(close === undefined ? [] : textFaults("/close", close, 24)),
    ...(hasInput && submit === undefined ? ["/submit: missing beside an input"] : []),
    ...lengthFaults("/callback_id", callback_id, 255),
    ...lengthFaults("/private_metadata", private_metadata, 3_000),
    ...faultsOfBlocks(blocks, "modal"),
  ];
}

function faultsOfBlock(block: Json, place: "message" | "modal"): readonly string[] {
  const { type } = block;
  if (typeof type !== "string" || !blockTypes.has(type)) return [`/type: ${String(type)}`];
  switch (type) {
    case "header":
      return textFaults("/text", block["text"], 150);
    case "section":
      return sectionFaults(block);
    case "context":
      return listFaults("/elements", block["elements"], 10, (one) => textFaults("", one, 3_000));
    case "actions":
      return listFaults("/elements", block["elements"], 25, buttonFaults);
    case "input":
      return place === "modal" ? inputFaults(block) : ["/type: no input in a message of ours"];
    default:
      return [];
  }
}

function sectionFaults(block: Json): readonly string[] {
  const { text, fields } = block;
  if (text === undefined && fields === undefined) return [": neither text nor fields"];
  return [
    ...(text === undefined ? [] : textFaults("/text", text, 3_000)),
    ...(fields === undefined
      ? []
      : listFaults("/fields", fields, 10, (one) => textFaults("", one, 2_000))),
  ];
}

function buttonFaults(button: Json): readonly string[] {
  const { type, action_id, text, value, url, style, confirm } = button;
  return [
    ...(type === "button" ? [] : ["/type: not a button"]),
    ...lengthFaults("/action_id", action_id, 255),
    ...textFaults("/text", text, 75),
    ...(value === undefined ? [] : lengthFaults("/value", value, 2_000)),
    ...(url === undefined ? [] : lengthFaults("/url", url, 3_000)),
    ...(style === undefined || style === "primary" || style === "danger" ? [] : ["/style"]),
    ...(confirm === undefined ? [] : confirmFaults(objectOf(confirm))),
  ];
}

function confirmFaults({ title, text, confirm, deny }: Json): readonly string[] {
  return [
    ...textFaults("/confirm/title", title, 100),
    ...textFaults("/confirm/text", text, 300),
    ...textFaults("/confirm/confirm", confirm, 30),
    ...textFaults("/confirm/deny", deny, 30),
  ];
}

function inputFaults(block: Json): readonly string[] {
  const element = objectOf(block["element"]);
  const max = element["max_length"];
  const initial = element["initial_value"];
  return [
    ...lengthFaults("/block_id", block["block_id"], 255),
    ...textFaults("/label", block["label"], 2_000),
    ...lengthFaults("/element/action_id", element["action_id"], 255),
    ...(max === undefined || (typeof max === "number" && max <= 3_000)
      ? []
      : ["/element/max_length"]),
    ...(typeof initial === "string" && initial.length > 3_000 ? ["/element/initial_value"] : []),
    ...(element["type"] === "static_select"
      ? listFaults("/element/options", element["options"], 100, optionFaults)
      : []),
  ];
}

function optionFaults({ text, value }: Json): readonly string[] {
  return [...textFaults("/text", text, 75), ...lengthFaults("/value", value, 150)];
}

function textFaults(path: string, value: unknown, most: number): readonly string[] {
  const { type, text } = objectOf(value);
  const isKind = type === "plain_text" || type === "mrkdwn";
  return [...(isKind ? [] : [`${path}/type`]), ...lengthFaults(`${path}/text`, text, most)];
}

function lengthFaults(path: string, value: unknown, most: number): readonly string[] {
  if (typeof value !== "string" || value.length === 0) return [`${path}: missing`];
  return value.length > most ? [`${path}: more than ${most} characters`] : [];
}

function listFaults(
  path: string,
  value: unknown,
  most: number,
  faultsOf: (item: Json) => readonly string[],
): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return [`${path}: missing`];
  const found = value.flatMap((item: unknown, at) =>
    faultsOf(objectOf(item)).map((fault) => `${path}/${at}${fault}`),
  );
  return value.length > most ? [`${path}: more than ${most}`, ...found] : found;
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}
