// Whom a hold asks, in words: `role:lead` as "role lead".

export function targetWords(target: string): string {
  if (target === "any") return "anybody who may review";
  const at = target.indexOf(":");
  if (at < 0) return target;
  const [kind, name] = [target.slice(0, at), target.slice(at + 1)];
  return kind === "person" ? name : `${kind} ${name}`;
}
