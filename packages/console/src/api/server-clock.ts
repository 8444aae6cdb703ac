// Time left is counted on the server's clock: the browser's may be wrong.

let offsetMs = 0;

/** The Date header has whole seconds, so small differences are noise. */
export function noteServerDate(header: string | null): void {
  if (header === null) return;
  const at = Date.parse(header);
  if (Number.isNaN(at)) return;
  const difference = at - Date.now();
  offsetMs = Math.abs(difference) < 2_000 ? 0 : difference;
}

export function serverNow(): number {
  return Date.now() + offsetMs;
}
