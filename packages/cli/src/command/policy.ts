// `holdpoint policy show`: the active policy of the server.

import type { PolicyView } from "@holdpoint/core/wire/response";
import { safeLine } from "../output/terminal.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export async function show(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const policy = await server.get<PolicyView>("/policies/active");
  if (terminal.json) {
    terminal.printJson(policy);
    return;
  }
  terminal.note(
    `${policy.snapshot}, ${policy.rules} rules, by ${safeLine(policy.author_name ?? policy.author)}`,
  );
  for (const line of (policy.source ?? "").trimEnd().split("\n")) terminal.print(safeLine(line));
}
