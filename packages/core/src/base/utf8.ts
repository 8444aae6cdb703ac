// UTF-8 on every platform that core runs on, with refusal of malformed bytes.

interface Platform {
  TextDecoder: new (
    label: string,
    options: { fatal: boolean; ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
  TextEncoder: new () => { encode(text: string): Uint8Array };
}

// Core compiles without DOM or Node typings so that nothing impure slips in; these two are pure.
const platform = globalThis as unknown as Platform;
const strict = new platform.TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new platform.TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
const encoder = new platform.TextEncoder();

// A byte order mark is kept as U+FEFF: whoever reads the text decides about it.
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

// Counts the bytes of the text before `end`; a lone surrogate counts as the three of U+FFFD.
export function utf8Length(text: string, end: number = text.length): number {
  let length = 0;
  for (let at = 0; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at + 1))) {
      length += 4;
      at++;
    } else length += 3;
  }
  return length;
}

// The byte offset of the first malformed sequence; the length when there is none.
export function utf8FaultOffset(bytes: Uint8Array): number {
  const text = lenient.decode(bytes);
  let offset = 0;
  for (const character of text) {
    const real = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (character === "\ufffd" && !real) return offset;
    offset += utf8Length(character);
  }
  return offset;
}

export function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

export function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}
