// `holdpoint policy show|publish`: the policy of the server.

import type { PolicyView } from "@holdpoint/core/wire/response";
import { safeLine } from "../output/terminal.ts";
import { readText } from "./input.ts";
import { policyOf } from "./policy-file.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export async function show(options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const policy = await server.get<PolicyView>("/policies/active");
  if (terminal.json) {
    terminal.printJson(policy);
    return;
  }
  terminal.note(`${policy.snapshot}, ${policy.rules} rules, by ${safeLine(policy.author)}`);
  for (const line of (policy.source ?? "").trimEnd().split("\n")) terminal.print(safeLine(line));
}

export async function publish(
  file: string,
  options: GlobalOptions & { readonly message?: string; readonly replaces?: string },
): Promise<void> {
  const source = await readText(file);
  const { server, terminal } = openSession(options);
  policyOf({ file, text: source }, terminal);
  const published = await server.post<PolicyView>("/policies", {
    source,
    ...(options.message !== undefined && { message: options.message }),
    ...(options.replaces !== undefined && { replaces: options.replaces }),
  });
  if (terminal.json) terminal.printJson(published);
  else terminal.print(`${published.snapshot} is active, ${published.rules} rules.`);
}
