// Why somebody may not decide, in words.

const words: Readonly<Record<string, string>> = {
  approval_self_review:
    "You proposed it, own the agent, or it is done for you. Somebody else decides.",
  approval_not_authorized:
    "The rule asks for people with a role or in a group that you are not in.",
  override_refused: "It cannot be overridden.",
  approval_strong_auth_required: "The rule asks for a stronger sign-in than this one.",
  approval_not_actionable: "It does not wait for people any more.",
  approval_already_resolved: "It is already decided.",
  scope_missing: "Your key does not carry the right to review.",
};

const publicationWords: Readonly<Record<string, string>> = {
  approval_self_review: "You wrote it, or asked for its publication. Somebody else decides.",
  scope_missing: "Admins decide about policies: your key does not carry the scope admin.",
};

export function whyNot(code: string | null, isPublication = false): string {
  if (code === null) return "The server does not let you decide here.";
  return (
    (isPublication ? publicationWords[code] : undefined) ??
    words[code] ??
    `The server says: ${code}`
  );
}
