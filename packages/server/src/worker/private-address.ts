// Which addresses are not of the public internet: what a server fetches for others must never be one of them.

import { BlockList, isIP, isIPv6 } from "node:net";

// IANA special-purpose registries (RFC 6890 and later): everything that is not globally reachable.
const blockedV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
const specialV4 = makeList(blockedV4, "ipv4");
// SECURITY: of IPv6 only global unicast is public, without the parts of it that stand for other things:
// Teredo, documentation, 6to4, and 64:ff9b::/96, which a translator turns into any IPv4 address.
const globalV6 = makeList([["2000::", 3]], "ipv6");
const blockedV6 = makeList(
  [
    ["2001::", 23],
    ["2001:db8::", 32],
    ["2002::", 16],
    ["3fff::", 20],
  ],
  "ipv6",
);

function makeList(
  subnets: readonly (readonly [string, number])[],
  kind: "ipv4" | "ipv6",
): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, kind);
  return list;
}

/** True when the address may be fetched from. What is no address is not public. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (!isIPv6(address)) return !specialV4.check(address, "ipv4");
  // A zone belongs to a link, so the address does.
  if (address.includes("%")) return false;
  return globalV6.check(address, "ipv6") && !blockedV6.check(address, "ipv6");
}
