// Which addresses an agent may be told at: https and public ones, unless the operator or development allows more.

import { isHoldpointError } from "@holdpoint/core/error/error";
import { expect, test } from "vitest";
import { requireWebhookUrl, type WebhookRule } from "./agent-webhook.ts";

const strict: WebhookRule = {
  isDevelopment: false,
  isPrivateAllowed: false,
  isPublicAddress: (address) => !address.startsWith("10.") && !address.startsWith("fd"),
};

function allows(url: string, more: Partial<WebhookRule> = {}): boolean {
  try {
    requireWebhookUrl({ ...strict, ...more }, url);
    return true;
  } catch (error) {
    if (isHoldpointError(error)) return false;
    throw error;
  }
}

test("takes https to names and public addresses", () => {
  for (const url of [
    "https://hooks.example.com/a?b=c",
    "https://93.184.216.34/",
    "https://h:8443/x",
  ])
    expect([url, allows(url)]).toEqual([url, true]);
});

test.each([
  "http://hooks.example.com/",
  "http://127.0.0.1:9/",
  "https://localhost/",
  "https://a.localhost/",
  "https://127.1/",
  "https://10.1.2.3/",
  "https://0x0a010203/",
  "https://[fd00::1]/",
  "https://name:word@hooks.example.com/",
  "https://hooks.example.com/#part",
  "file:///etc/passwd",
  "hooks.example.com",
])("refuses %s", (url) => {
  expect(allows(url)).toBe(false);
});

test("takes private addresses when the operator says so, and still no plain http", () => {
  const more = { isPrivateAllowed: true };
  expect(allows("https://10.1.2.3/", more)).toBe(true);
  expect(allows("https://localhost/", more)).toBe(true);
  expect(allows("http://10.1.2.3/", more)).toBe(false);
});

test("takes plain http to this machine in development, and to no other", () => {
  const more = { isDevelopment: true };
  expect(allows("http://127.0.0.1:9999/hook", more)).toBe(true);
  expect(allows("http://localhost:9999/hook", more)).toBe(true);
  expect(allows("http://10.1.2.3/", more)).toBe(false);
  expect(allows("https://10.1.2.3/", more)).toBe(false);
});
