// Internet addresses and networks in text form, read strictly: one text, one meaning.

/** Sixteen octets; version 4 stands in the range that version 6 maps it to. */
export type Address = readonly number[];

export interface Network {
  readonly address: Address;
  /** Of 128. */
  readonly bits: number;
}

const mappedPrefix: Address = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

export function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  if (text.includes(":")) return parseVersion6(text);
  const octets = parseVersion4(text);
  return octets === undefined ? undefined : [...mappedPrefix, ...octets];
}

/** Four decimal numbers; a leading zero is refused, because some readers take it for octal. */
export function parseVersion4(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const octets = parts.map((part) => parseDigits(part, "0123456789", 3));
  const areFit = octets.every((octet, index) => {
    const part = parts[index] ?? "";
    return octet <= 255 && (part === "0" || !part.startsWith("0"));
  });
  return areFit ? octets : undefined;
}

/** Infinity for what is no number of this many digits. */
function parseDigits(text: string, digits: string, lengthMax: number): number {
  if (text.length < 1 || text.length > lengthMax) return Number.POSITIVE_INFINITY;
  let value = 0;
  for (const character of text.toLowerCase()) {
    const digit = digits.indexOf(character);
    if (digit === -1) return Number.POSITIVE_INFINITY;
    value = value * digits.length + digit;
  }
  return value;
}

function parseVersion6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const first = groupsOf(head ?? [], tail === undefined);
  const last = groupsOf(tail ?? [], true);
  if (first === undefined || last === undefined) return undefined;
  const missing = 16 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...first, ...new Array<number>(missing).fill(0), ...last];
}

/** Octets of groups; the last group may be an address of version 4. */
function groupsOf(groups: readonly string[], isEnd: boolean): number[] | undefined {
  const octets: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (isEnd && index === groups.length - 1 && group.includes(".")) {
      const four = parseVersion4(group);
      if (four === undefined) return undefined;
      octets.push(...four);
      continue;
    }
    const value = parseDigits(group, "0123456789abcdef", 4);
    if (value > 0xffff) return undefined;
    octets.push(value >> 8, value & 0xff);
  }
  return octets;
}

export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  if (slash === -1) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const width = text.slice(slash + 1);
  const isVersion4 = !text.includes(":");
  const bits = parseDigits(width, "0123456789", 3);
  if (address === undefined || bits > (isVersion4 ? 32 : 128)) return undefined;
  if (width.length > 1 && width.startsWith("0")) return undefined;
  return { address, bits: isVersion4 ? bits + 96 : bits };
}

export function isInside(address: Address, { address: base, bits }: Network): boolean {
  for (let index = 0; index < 16; index++) {
    const width = Math.min(8, Math.max(0, bits - index * 8));
    const mask = (0xff << (8 - width)) & 0xff;
    if (((address[index] ?? 0) & mask) !== ((base[index] ?? 0) & mask)) return false;
  }
  return true;
}
