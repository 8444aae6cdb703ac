// `host`, `emailDomain`, `inCidr`: what conditions would otherwise cut out of texts by hand, and wrongly.

import { type Builtin, type OneOperand, unfit } from "./code.ts";
import { isInside, type Network, parseAddress, parseVersion4 } from "./address.ts";
import { isDigitUnit } from "./text.ts";
import { CelError, type CelPlace, type CelResult } from "./value.ts";
import type { Meter } from "./meter.ts";

/** What browsers and mail programs take at most, roundly. */
const urlLengthMax = 4_096;
const hostLengthMax = 253;

const host: OneOperand = (url, meter, place) => {
  if (typeof url !== "string") return unfit(place, url);
  meter.charge(1 + Math.min(url.length, urlLengthMax) / 2);
  return hostOf(url) ?? invalid(place, "the text is not an absolute URL with a plain host");
};

/**
 * SECURITY: refuses whatever programs read in different ways: backslashes, spaces and controls,
 * letters beyond ASCII, escapes in the host, and numbers that some take for addresses.
 */
function hostOf(url: string): string | undefined {
  if (url.length > urlLengthMax || !isPrintable(url) || url.includes("\\")) return undefined;
  const colon = url.indexOf("://");
  if (colon < 1 || !isScheme(url.slice(0, colon))) return undefined;
  let end = url.length;
  for (const mark of "/?#") {
    const found = url.indexOf(mark, colon + 3);
    if (found !== -1 && found < end) end = found;
  }
  const authority = url.slice(colon + 3, end);
  const address = authority.slice(authority.lastIndexOf("@") + 1);
  return address.startsWith("[") ? bracketed(address) : named(address);
}

function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit <= 0x20 || unit >= 0x7f) return false;
  }
  return true;
}

function isScheme(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const isOther = isDigitUnit(unit) || unit === 0x2b || unit === 0x2d || unit === 0x2e;
    if (!isLetter(unit) && (at === 0 || !isOther)) return false;
  }
  return text.length > 0;
}

function isLetter(unit: number): boolean {
  return (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
}

/** `[::1]:8080`: the address without its brackets. */
function bracketed(text: string): string | undefined {
  const close = text.indexOf("]");
  if (close === -1 || !isPort(text.slice(close + 1))) return undefined;
  const address = text.slice(1, close).toLowerCase();
  return address.includes(":") && parseAddress(address) !== undefined ? address : undefined;
}

function named(text: string): string | undefined {
  const colon = text.indexOf(":");
  const port = colon === -1 ? "" : text.slice(colon);
  const name = colon === -1 ? text : text.slice(0, colon);
  return isPort(port) ? domainOf(name.endsWith(".") ? name.slice(0, -1) : name) : undefined;
}

function isPort(text: string): boolean {
  if (text === "") return true;
  if (!text.startsWith(":") || text.length > 6) return false;
  for (let at = 1; at < text.length; at++) {
    if (!isDigitUnit(text.charCodeAt(at))) return false;
  }
  return true;
}

/** A name of labels in lower case; one that ends in a number has to be an address of four numbers. */
function domainOf(text: string): string | undefined {
  if (text.length < 1 || text.length > hostLengthMax) return undefined;
  const name = text.toLowerCase();
  const labels = name.split(".");
  if (!labels.every(isLabel)) return undefined;
  const last = labels.at(-1) ?? "";
  const looksNumeric = isDigitUnit(last.charCodeAt(0));
  return looksNumeric && parseVersion4(name) === undefined ? undefined : name;
}

function isLabel(label: string): boolean {
  if (label.length < 1 || label.length > 63) return false;
  for (let at = 0; at < label.length; at++) {
    const unit = label.charCodeAt(at);
    if (!isLetter(unit) && !isDigitUnit(unit) && unit !== 0x2d && unit !== 0x5f) return false;
  }
  return !label.startsWith("-") && !label.endsWith("-");
}

const emailDomain: OneOperand = (address, meter, place) => {
  if (typeof address !== "string") return unfit(place, address);
  meter.charge(1 + Math.min(address.length, urlLengthMax));
  return domainOfEmail(address) ?? invalid(place, "the text is not one plain e-mail address");
};

/** SECURITY: one bare address: no display name, no list, no quotes, no second `@`. */
function domainOfEmail(address: string): string | undefined {
  if (address.length > 320 || !isPrintable(address)) return undefined;
  for (const mark of '<>()[],;:\\"') {
    if (address.includes(mark)) return undefined;
  }
  const at = address.indexOf("@");
  if (at < 1 || at !== address.lastIndexOf("@")) return undefined;
  const domain = domainOf(address.slice(at + 1));
  return domain === undefined || parseVersion4(domain) !== undefined ? undefined : domain;
}

/** The network is a literal, read when the policy is loaded. */
export function inNetwork(
  value: CelResult,
  network: Network,
  { meter, place }: { readonly meter: Meter; readonly place: CelPlace },
): CelResult {
  if (typeof value !== "string") return unfit(place, value);
  meter.charge(128);
  const address = parseAddress(value);
  return address === undefined
    ? invalid(place, "the text is not an internet address")
    : isInside(address, network);
}

function invalid(place: CelPlace, message: string): CelError {
  return new CelError("invalid_argument", message, place);
}

export const netFunctions: Readonly<Record<string, Builtin>> = {
  host: { one: host },
  emailDomain: { one: emailDomain },
};
