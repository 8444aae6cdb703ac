// Finds private keys and signed tokens in a text, in time that grows with its length and no faster.

const keyBegin = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g;
const keyEnd = /-----END [A-Z ]{0,40}PRIVATE KEY-----/g;
/** Characters between the two lines of a key. */
const keyLengthMax = 8_192;

/**
 * The text with each private key replaced by `mask`. SECURITY: a text may begin thousands of keys and
 * end none; so the next end is looked for once, and not anew from each beginning.
 */
export function hideKeys(text: string, mask: string): string {
  let hidden = "";
  let kept = 0;
  let end = matchFrom(keyEnd, text, 0);
  for (let begin = matchFrom(keyBegin, text, 0); begin !== null && end !== null;) {
    const inner = begin.index + begin[0].length;
    if (end.index < inner) {
      end = matchFrom(keyEnd, text, inner);
      continue;
    }
    let next = inner;
    if (end.index - inner <= keyLengthMax) {
      hidden += text.slice(kept, begin.index) + mask;
      kept = end.index + end[0].length;
      next = kept;
    }
    begin = matchFrom(keyBegin, text, next);
  }
  return hidden + text.slice(kept);
}

function matchFrom(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

/** What a token is written in; the shortest token has two dots and three parts. */
const tokenRun = /[A-Za-z0-9_.-]{29,}/g;
const tokenStart = /(?<=^|-)eyJ/;
const tokenStartLength = 3;
const partLengthMin = 8;

/**
 * The text with each signed token (`eyJ….….…`) replaced by `mask`. SECURITY: every run of letters is
 * looked at once; a pattern of the whole token would start anew at every hyphen.
 */
export function hideTokens(text: string, mask: string): string {
  return text.replaceAll(tokenRun, (run) => (run.includes("eyJ") ? hideInRun(run, mask) : run));
}

function hideInRun(run: string, mask: string): string {
  const parts = run.split(".");
  const shown: string[] = [];
  for (let place = 0; place < parts.length; place += 1) {
    const part = parts[place] ?? "";
    const start = part.search(tokenStart);
    const isToken =
      start >= 0 &&
      part.length - start >= tokenStartLength + partLengthMin &&
      isPart(parts[place + 1]) &&
      isPart(parts[place + 2]);
    shown.push(isToken ? part.slice(0, start) + mask : part);
    if (isToken) place += 2;
  }
  return shown.join(".");
}

function isPart(part: string | undefined): boolean {
  return part !== undefined && part.length >= partLengthMin;
}
