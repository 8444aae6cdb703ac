// The constraint `network_allowlist`, as a tool that opens connections keeps it.

/** The hosts that a grant allows; null when it says nothing. What is no list of hosts allows none. */
export function hostsOf(allowlist: unknown): readonly string[] | null {
  if (allowlist === undefined) return null;
  return Array.isArray(allowlist) ? allowlist.filter((host) => typeof host === "string") : [];
}

/** Throws when a constraint keeps the tool from that host. */
export function assertReachable(host: string, hosts: readonly string[] | null): void {
  if (hosts === null || hosts.includes(host)) return;
  throw new Error(
    `the grant allows no connection to ${host}, only to ${hosts.join(", ") || "none"}`,
  );
}
