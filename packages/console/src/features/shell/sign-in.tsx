// Asks for an API key when the server does not know who is calling.

import type { FormEvent, ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { Button, TextInput } from "@mantine/core";
import type { ApiProblem } from "../../api/problem.ts";
import { apiKey, signIn } from "../../api/session.ts";
import { Mark, Notice } from "../../ui/notice.tsx";
import { usePageTitle } from "../../ui/page-title.ts";

export function SignIn({ refused, onKey }: { refused: ApiProblem; onKey: () => void }): ReactNode {
  usePageTitle("Sign in");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const [key, setKey] = useState("");
  const [missing, setMissing] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const typed = key.trim();
    setMissing(typed === "");
    if (typed === "") return;
    signIn(typed);
    onKey();
  };
  return (
    <main className="hp-main">
      <form className="hp-panel hp-stack hp-sign-in" onSubmit={submit}>
        <div className="hp-row-wrap">
          <Mark size={28} />
          <h1>Sign in to Holdpoint</h1>
        </div>
        {apiKey() !== null && (
          <Notice tone="stop" title="The server does not accept this key">
            {refused.detail}
          </Notice>
        )}
        <TextInput
          label="API key"
          description="A key of a person, made with: holdpoint keys create"
          placeholder="hp_…"
          type="password"
          value={key}
          error={missing ? "Enter a key" : undefined}
          onChange={(event) => setKey(event.currentTarget.value)}
          ref={input}
        />
        <p className="hp-muted hp-small">
          It stays in this browser tab and is forgotten when the tab closes.
        </p>
        <Button type="submit">Sign in</Button>
      </form>
    </main>
  );
}
