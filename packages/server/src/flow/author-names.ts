// Puts the names of people beside their ids, for views that tell who changed the policy.

import type { Context } from "./context.ts";

interface Authored {
  readonly author: string;
  readonly author_name?: string | undefined;
}

export type NamedAuthor = <View extends Authored>(view: View) => View;

/** Whoever is no person of the tenant (a file, a first start) keeps the plain word. */
export async function nameAuthors(
  ctx: Context,
  views: readonly (Authored | null)[],
): Promise<NamedAuthor> {
  const ids = new Set(views.flatMap((view) => (view === null ? [] : [view.author])));
  const names = new Map<string, string>();
  await Promise.all(
    [...ids].map(async (id) => {
      const person = await ctx.store.findPerson(ctx.caller.tenant, id);
      const name = person === null || person.id !== id ? null : (person.name ?? person.email);
      if (name !== null) names.set(id, name);
    }),
  );
  return (view) => {
    const name = names.get(view.author);
    return name === undefined ? view : { ...view, author_name: name };
  };
}
