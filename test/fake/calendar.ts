// A calendar server that speaks https under a certificate of its own, for tests of how rosters are fetched.

import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

/** Of `calendar.test`, `localhost` and 127.0.0.1; made for these tests, and trusted by nobody else. */
export const calendarCertificate = `-----BEGIN CERTIFICATE-----
MIIBfjCCASSgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1jYWxlbmRh
ci50ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAYMRYwFAYD
VQQDDA1jYWxlbmRhci50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExUe2
RH0Zf/epctj1qhzOlYcGLBz32knO4LImL3o+mE/sPzSWc16N4pVIEjbEt8LiBeNS
8NZ7BeBiNjAlQFpzX6NdMFswKQYDVR0RBCIwIIINY2FsZW5kYXIudGVzdIIJbG9j
YWxob3N0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFLn3efL6pE2W
YevC18dP6hCcGpllMAoGCCqGSM49BAMCA0gAMEUCIQCmuSDSJlsfym4pOdtWHqN0
mrmvx/agVUPsQC+npb/f/wIgM+cX6Dr7dcPBJh0IGfMMlSjRhCJPgvcmRML7Wikj
plw=
-----END CERTIFICATE-----
`;
const calendarKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5dC8GA9Vl394xp6n
KTOQxYF+DrvY4hQoHhZhbacgucuhRANCAATFR7ZEfRl/96ly2PWqHM6VhwYsHPfa
Sc7gsiYvej6YT+w/NJZzXo3ilUgSNsS3wuIF41Lw1nsF4GI2MCVAWnNf
-----END PRIVATE KEY-----
`;

export interface Calendar extends AsyncDisposable {
  readonly port: number;
  /** Connections that were made, also those that sent nothing. */
  readonly connections: () => number;
}

export async function startCalendar(answer: RequestListener): Promise<Calendar> {
  const server = createServer({ cert: calendarCertificate, key: calendarKey }, answer);
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** One event each, named by the people who are on duty. */
export function calendarText(events: readonly (readonly [string, string, string])[]): string {
  const lines = events.flatMap(([from, to, who], at) => [
    "BEGIN:VEVENT",
    `UID:${at}@test`,
    `DTSTART:${from}`,
    `DTEND:${to}`,
    `SUMMARY:${who}`,
    "END:VEVENT",
  ]);
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", ...lines, "END:VCALENDAR", ""].join(
    "\r\n",
  );
}
