// Hides secrets before anything of an action is shown, sent or recorded; the hash covers the real values.

import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import type { Action } from "./action.ts";
import { hideKeys, hideTokens } from "./secret-form.ts";

/** What stands in the place of a hidden value. */
export const maskText = "••••••••";

const secretKey =
  /(^|[_.-])(pass(word|phrase|wd)?|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|credentials?|authorization|auth|cookie|session[_-]?id|otp|pin|cvv|cvc|card[_-]?number)$/i;
const camelSecretKey =
  /(Password|Passphrase|Secret|Token|ApiKey|AccessKey|PrivateKey|Credentials?|Authorization)$/;

/**
 * Forms that give a secret away wherever it stands, beside keys and signed tokens. SECURITY: what a
 * form may repeat is short, because a text can be made to begin it at every character.
 */
const secretForms: readonly RegExp[] = [
  /\bhp_[a-z0-9-]{1,63}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}\b/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,255}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{22,255}\b/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,255}\b/g,
  /\bsk-[A-Za-z0-9_-]{20,255}\b/g,
  /\b[rs]k_live_[A-Za-z0-9]{16,255}\b/g,
  /\bwhsec_[A-Za-z0-9+/=]{24,255}/g,
  /\b(?<scheme>[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,128}):[^\s:/@]{1,256}@/g,
];

/** One look that tells most texts apart: each form above holds one of these. */
const secretHint =
  /-----BEGIN|eyJ|hp_|AKIA|ASIA|gh[opusr]_|github_pat_|xox|sk-|k_live_|whsec_|:\/\//;

/** True when a value of this name is a secret by its name alone. */
export function isSecretKey(name: string): boolean {
  return secretKey.test(name) || camelSecretKey.test(name);
}

/** The text with everything hidden that has the form of a secret. */
export function maskString(text: string): string {
  if (!secretHint.test(text)) return text;
  let masked = hideTokens(hideKeys(text, maskText), maskText);
  for (const form of secretForms) {
    masked = masked.replaceAll(form, (found: string, ...rest: unknown[]) => {
      const groups = rest.at(-1);
      const scheme = isGroups(groups) ? groups["scheme"] : undefined;
      return scheme === undefined ? maskText : `${scheme}:${maskText}@`;
    });
  }
  return masked;
}

export function maskOrNull(text: string | null): string | null {
  return text === null ? null : maskString(text);
}

/** A copy with secrets hidden by the name of their key and by their form. */
export function maskJson(value: Json): Json {
  if (typeof value === "string") return maskString(value);
  if (Array.isArray(value)) return value.map(maskJson);
  return isJsonObject(value) ? maskObject(value) : value;
}

export function maskObject(object: Readonly<JsonObject>): JsonObject {
  const masked: JsonObject = {};
  for (const name of Object.keys(object)) {
    const value = object[name] ?? null;
    const isHidden = canHide(value) && isSecretKey(name);
    setOwn(masked, name, isHidden ? hideAll(value) : maskJson(value));
  }
  return masked;
}

function canHide(value: Json): boolean {
  return typeof value === "string" || typeof value === "number" || Array.isArray(value);
}

/** Headers, for one, are often lists of texts under one name. */
function hideAll(value: Json): Json {
  if (Array.isArray(value)) return value.map(hideAll);
  return canHide(value) ? maskText : maskJson(value);
}

/** Where an action goes; a resource may be an address with a password in it. */
export function maskedTarget({ target }: Pick<Action, "target">): JsonObject {
  return { environment: target.environment, resource: maskOrNull(target.resource) };
}

/** `__proto__` is a key like any other here. */
function setOwn(object: JsonObject, name: string, value: Json): void {
  if (name !== "__proto__") object[name] = value;
  else {
    const own = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, name, own);
  }
}

/**
 * What a reviewer edited, with the hidden values of the original put back: they saw the mask, and
 * leaving it means leaving the value.
 */
export function unmaskEdit(original: Json | undefined, edited: Json): Json {
  if (typeof edited === "string") return isMaskOf(original, edited) ? (original ?? edited) : edited;
  if (Array.isArray(edited)) {
    const before = Array.isArray(original) ? original : [];
    return edited.map((item, index) => unmaskEdit(before[index], item));
  }
  if (!isJsonObject(edited)) return edited;
  const before = isJsonObject(original) ? original : {};
  const restored: JsonObject = {};
  for (const [name, value] of Object.entries(edited)) {
    setOwn(
      restored,
      name,
      unmaskEdit(Object.hasOwn(before, name) ? before[name] : undefined, value),
    );
  }
  return restored;
}

/** True when this text is what the original was shown as. */
function isMaskOf(original: Json | undefined, edited: string): boolean {
  if (original === undefined || !edited.includes(maskText)) return false;
  if (edited === maskText) return typeof original === "string" || typeof original === "number";
  return typeof original === "string" && maskString(original) === edited;
}

function isGroups(value: unknown): value is Record<string, string | undefined> {
  return typeof value === "object" && value !== null;
}
