// What every request passes before anything reads it: where it comes from, and what its answer may do.

import { HoldpointError } from "@holdpoint/core/error/error";

/** SECURITY: no script from elsewhere, no frame around us, nothing guessed. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

const loopbackHost = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/**
 * SECURITY: a page of another site must not speak for the person at this machine. Browsers say where
 * a call comes from (Origin, Sec-Fetch-Site); in development mode the name must be a loopback one
 * too, or a name that was made to resolve here (DNS rebinding) would pass.
 */
export function refuseForeignPages(request: Request, isDevelopment: boolean): void {
  const host = request.headers.get("host") ?? "";
  if (isDevelopment && !loopbackHost.test(host)) {
    throw new HoldpointError("origin_refused", {
      message: "development mode answers only to localhost; open it by that name",
    });
  }
  const origin = request.headers.get("origin");
  if (origin !== null && hostOf(origin) !== host.toLowerCase()) throw foreign();
  const site = request.headers.get("sec-fetch-site");
  if (request.method !== "GET" && site !== null && site !== "same-origin" && site !== "none")
    throw foreign();
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return null;
  }
}

function foreign(): HoldpointError {
  return new HoldpointError("origin_refused", {
    message: "calls from pages of other sites are refused",
  });
}
