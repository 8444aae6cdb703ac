// Reads what a command line names: a file, the standard input, or the text itself.

import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { readJson } from "@holdpoint/core/base/json/read";
import type { Json } from "@holdpoint/core/base/json/value";
import { bodyBytesMax, jsonDepthMax, jsonNodesMax } from "@holdpoint/core/base/limits";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";

/** The content of a file; `-` is the standard input. */
export async function readText(file: string): Promise<string> {
  try {
    return file === "-" ? await readAll(process.stdin) : await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(`cannot read \`${file}\`: ${why}`);
  }
}

/** JSON from `@file`, `-` or the argument itself, by the server's own strict reader. */
export async function readJsonArgument(argument: string): Promise<Json> {
  const isText = argument !== "-" && !argument.startsWith("@");
  const text = isText ? argument : await readText(argument === "-" ? "-" : argument.slice(1));
  return parseJson(text, isText ? "the argument" : argument);
}

/** `where` names the source in the message. */
export function parseJson(text: string, where: string): Json {
  const bounds = { bytesMax: bodyBytesMax, depthMax: jsonDepthMax, nodesMax: jsonNodesMax };
  const read = readJson(text, bounds);
  if (read.ok) return read.value;
  const { detail, path, offset } = read.fault;
  const place = path === "" ? `character ${offset + 1}` : path;
  throw new CommandFailed(`${where} is not usable JSON: ${detail} (${place})`, exitCodes.usage);
}
