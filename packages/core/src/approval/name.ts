// Whether a name means a person: by id, email or account, wide where people are kept out, narrow where they are let in.

const userMark = "user:";

/**
 * True when the name can mean somebody with these names, with or without `user:` before it.
 * SECURITY: for exclusions; letters are folded as widely as possible, so that a doubt keeps out.
 */
export function isSamePerson(name: string, names: readonly string[]): boolean {
  const bare = name.startsWith(userMark) ? name.slice(userMark.length) : name;
  return names.some(
    (own) => own === name || own === bare || (isEmail(own) && folded(own) === folded(bare)),
  );
}

/** True when the name means somebody with these names. SECURITY: for rights; only A to Z are folded. */
export function isMeant(name: string, names: readonly string[]): boolean {
  if (name === "") return false;
  return names.some(
    (own) => own === name || (isEmail(own) && lowerAscii(own) === lowerAscii(name)),
  );
}

function isEmail(name: string): boolean {
  return name.includes("@");
}

function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function lowerAscii(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
