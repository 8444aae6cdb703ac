// The house rules find what they are there for: each test plants one fault in a folder of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkAuthority } from "../../tools/tidy/authority.ts";
import { checkDocuments } from "../../tools/tidy/documents.ts";
import { importsOf } from "../../tools/tidy/imports.ts";
import { checkLayers, layersTable, readLayers } from "../../tools/tidy/layers.ts";
import { type Fault, openProject } from "../../tools/tidy/project.ts";
import { checkSources } from "../../tools/tidy/source.ts";
import { checkTracked } from "../../tools/tidy/tracked.ts";

const layers = {
  packages: {
    core: {},
    sdk: { core: "*" },
    server: { core: "*" },
    cli: { server: ["command/start.ts"] },
  },
  typesOnly: { sdk: ["core/wire"] },
  folders: {
    "core/base": [],
    "core/error": ["core/base"],
    "core/wire": ["core/*"],
    "server/flow": ["core/*", "server/storage"],
    "server/storage": ["core/*"],
    "sdk/client": ["core/*"],
    "cli/command": [],
  },
  upwardTypes: { "core/base": ["core/error"] },
  enclosed: { "server/storage/pglite": ["server/storage"] },
};
const header = "// What it is for.\n";
const known = { errorLines: { job_not_found: "No such job." }, eventTypes: ["job.proposed"] };

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdpoint-tidy-"));
  put("layers.json", JSON.stringify(layers));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function sourceFaults(path: string, text: string): string[] {
  put(path, text);
  return messages(checkSources(openProject(root)));
}

function layerFaults(path: string, text: string): string[] {
  put(path, header + text);
  const project = openProject(root);
  return messages(checkLayers(project, readLayers(project)));
}

function documentFaults(): string[] {
  const project = openProject(root);
  return messages(checkDocuments(project, readLayers(project), known));
}

function trackedFaults(path: string, text: string): string[] {
  put(path, text);
  return messages(checkTracked(openProject(root)));
}

function messages(faults: readonly Fault[]): string[] {
  return faults.map(({ message }) => message);
}

describe("a source file", () => {
  it("is clean when it opens with a sentence and keeps the rules", () => {
    expect(
      sourceFaults("packages/core/src/base/clean.ts", `${header}export const a = 1;\n`),
    ).toEqual([]);
  });

  it("may open with a shebang before its sentence", () => {
    expect(sourceFaults("packages/cli/src/main.ts", `#!/usr/bin/env node\n${header}`)).toEqual([]);
  });

  it.each([
    ["no comment at all", "export const a = 1;\n"],
    ["a comment that is not a sentence", "// constants\nexport const a = 1;\n"],
    ["a sentence without its end", "// What it is for\nexport const a = 1;\n"],
  ])("is refused with %s at its head", (_what, text) => {
    expect(sourceFaults("packages/core/src/base/a.ts", text)).toHaveLength(1);
  });

  it("is refused above 400 lines, while a test file is not", () => {
    const text = header + "export {};\n".repeat(400);

    expect(sourceFaults("packages/core/src/base/long.ts", text)).toEqual([
      "401 lines, more than 400",
    ]);
    rmSync(join(root, "packages"), { recursive: true });
    expect(sourceFaults("packages/core/src/base/long.test.ts", text)).toEqual([]);
  });

  it.each(["TO" + "DO", "FIX" + "ME", "HA" + "CK"])("is refused with the stray mark %s", (mark) => {
    const found = sourceFaults("packages/server/src/flow/a.ts", `${header}// ${mark}: later.\n`);

    expect(found).toEqual([`stray mark ${mark}: an open point is an issue, or it is done`]);
  });

  it.each([
    ["Date.now", "Date.now()"],
    ["new Date()", "new Date()"],
    ["Math.random", "Math.random()"],
    ["setTimeout", "setTimeout(f, 1)"],
    ["process.e", "process.env"],
    ["console.l", "console.log(1)"],
    ["fetch(", "fetch(url)"],
  ])("of core is refused when it uses %s", (name, code) => {
    const found = sourceFaults(
      "packages/core/src/base/a.ts",
      `${header}export const a = ${code};\n`,
    );

    expect(found).toHaveLength(1);
    expect(found[0]).toContain(name);
  });

  it("of core is refused when it imports Node, but for the one file that holds the hash", () => {
    const text = `${header}import { hash } from "node:crypto";\n`;

    expect(sourceFaults("packages/core/src/base/sha256-node.ts", text)).toEqual([]);
    expect(sourceFaults("packages/core/src/base/a.ts", text)).toEqual([
      "core is pure, so it cannot use node:crypto",
    ]);
  });

  it("of core may read a given instant as a date", () => {
    const text = `${header}export const iso = (at: number): string => new Date(at).toISOString();\n`;

    expect(sourceFaults("packages/core/src/base/a.ts", text)).toEqual([]);
  });

  it.each(["utils/text.ts", "base/job-helper.ts", "base/data.ts", "base/jobThing.ts"])(
    "is refused under the name %s",
    (name) => {
      expect(sourceFaults(`packages/core/src/${name}`, header)).toHaveLength(1);
    },
  );
});

describe("an import", () => {
  it("is allowed downwards", () => {
    expect(
      layerFaults("packages/core/src/error/a.ts", 'import { b } from "../base/b.ts";\n'),
    ).toEqual([]);
  });

  it("is refused upwards, unless only types cross where layers.json allows it", () => {
    const path = "packages/core/src/base/a.ts";

    expect(layerFaults(path, 'import type { E } from "../error/e.ts";\n')).toEqual([]);
    expect(layerFaults(path, 'import { type E } from "../error/e.ts";\n')).toEqual([]);
    expect(layerFaults(path, 'import { e } from "../error/e.ts";\n')).toEqual([
      "core/base may not import core/error",
    ]);
    expect(layerFaults(path, 'import type { W } from "../wire/w.ts";\n')).toEqual([
      "core/base may not import core/wire",
    ]);
  });

  it("is refused without its extension", () => {
    expect(layerFaults("packages/core/src/base/a.ts", 'import { b } from "./b";\n')).toEqual([
      "write the extension: ./b",
    ]);
  });

  it("of a package that may not be imported is refused, however it is written", () => {
    const path = "packages/sdk/src/client/a.ts";

    expect(layerFaults(path, 'import { s } from "@holdpoint/server";\n')).toEqual([
      "sdk may not import server",
    ]);
    expect(layerFaults(path, 'export const s = import("@holdpoint/server");\n')).toEqual([
      "sdk may not import server",
    ]);
    expect(layerFaults(path, 'import { s } from "../../../server/src/flow/s.ts";\n')).toEqual([
      "import another package by its name: ../../../server/src/flow/s.ts",
    ]);
  });

  it("of the server is for the one command that starts it", () => {
    const text = 'import { startServer } from "@holdpoint/server";\n';

    expect(layerFaults("packages/cli/src/command/start.ts", text)).toEqual([]);
    expect(layerFaults("packages/cli/src/command/keys.ts", text)).toEqual([
      "cli may not import server (only command/start.ts may)",
    ]);
  });

  it("of the wire schemas is for types only in the SDK", () => {
    const path = "packages/sdk/src/client/a.ts";

    expect(layerFaults(path, 'import type { J } from "@holdpoint/core/wire/response";\n')).toEqual(
      [],
    );
    expect(layerFaults(path, 'import { j } from "@holdpoint/core/wire/response";\n')).toEqual([
      "sdk may import nothing but types from core/wire",
    ]);
  });

  it("of an implementation of the store is refused outside of storage", () => {
    const path = "packages/server/src/flow/a.ts";

    expect(layerFaults(path, 'import { p } from "../storage/pglite/p.ts";\n')).toEqual([
      "only server/storage may import server/storage/pglite",
    ]);
    expect(layerFaults(path, 'import type { Store } from "../storage/store.ts";\n')).toEqual([]);
  });

  it("from a folder that layers.json does not know is refused", () => {
    expect(layerFaults("packages/core/src/other/a.ts", "export {};\n")).toEqual([
      "the folder core/other is not in layers.json",
    ]);
  });

  it("is found when it spans lines", () => {
    const text = 'import {\n  a,\n  type B,\n} from "./c.ts";\nimport "./d.ts";\n';

    expect(importsOf(text)).toEqual([
      { specifier: "./c.ts", typesOnly: false },
      { specifier: "./d.ts", typesOnly: false },
    ]);
  });
});

describe("a verb", () => {
  function authorityFaults(body: string, more = ""): string[] {
    const text = `${header}export async function cancel(ctx: Context, id: string) {\n${body}\n}\n${more}`;
    put("packages/server/src/flow/cancel.ts", text);
    return messages(checkAuthority(openProject(root)));
  }
  const write = "  await ctx.store.commit(ctx.tenant, {});";

  it("that asks first, itself or by a function beside it, has no fault", () => {
    const beside = 'function who(ctx: Context) {\n  return requirePerson(ctx, "review");\n}\n';

    expect(authorityFaults(`  requireScope(ctx, "review");\n${write}`)).toEqual([]);
    expect(authorityFaults(`  const by = who(ctx);\n${write}`, beside)).toEqual([]);
  });

  it.each([
    ["never asks", write],
    ["asks too late", `${write}\n  requireScope(ctx, "review");`],
    ["hands on without asking", "  return changeJob(ctx, {});"],
  ])("that %s is refused", (_how, body) => {
    expect(authorityFaults(body)).toEqual([
      "cancel reads or writes before it asks for authority (requireScope)",
    ]);
  });
});

describe("a document", () => {
  beforeEach(() => {
    const project = openProject(root);
    const table = layersTable(readLayers(project));
    put("ARCHITECTURE.md", `# A\n\n<!-- layers -->\n${table}\n<!-- /layers -->\n`);
    put("docs/reference/errors.md", "# Errors\n\n### job_not_found\n\nNo such job.\n");
    put("docs/reference/dependencies.md", "# Dependencies\n\n- `zod`: parses.\n");
    put("spec/events.md", "# Events\n\n### job.proposed\n");
  });

  it("set that agrees with the code has no fault", () => {
    put("packages/core/package.json", '{"dependencies":{"zod":"1.0.0"}}');

    expect(documentFaults()).toEqual([]);
  });

  it("of errors is refused with a code too few or too many", () => {
    put("docs/reference/errors.md", "# Errors\n\n### job_lost\n");

    expect(documentFaults()).toEqual([
      'the section "### job_not_found" is missing',
      'the section "### job_lost" tells of nothing in the code',
    ]);
  });

  it("of errors is refused when it tells another status or title than the catalogue", () => {
    put("docs/reference/errors.md", "# Errors\n\n### job_not_found\n\nGone.\n");

    expect(documentFaults()).toEqual(['below "### job_not_found" stands: No such job.']);
  });

  it("of events is refused with a type too few", () => {
    put("spec/events.md", "# Events\n");

    expect(documentFaults()).toEqual(['the section "### job.proposed" is missing']);
  });

  it("of layers is refused when it differs from layers.json", () => {
    put("ARCHITECTURE.md", "<!-- layers -->\n| folder | may import |\n<!-- /layers -->\n");

    expect(documentFaults()[0]).toContain("must stand what layers.json says");
  });

  it("of dependencies is refused when a package needs one that it does not name", () => {
    put("packages/core/package.json", '{"dependencies":{"left-pad":"1.0.0"}}');

    expect(documentFaults()).toEqual([
      "docs/reference/dependencies.md does not say why left-pad is needed",
    ]);
  });

  it("is refused when it cites a path that does not exist", () => {
    put(
      "README.md",
      "See `docs/missing.md`, [this](docs/gone.md) and `docs/reference/errors.md`.\n",
    );

    expect(documentFaults()).toEqual([
      "docs/missing.md is cited and does not exist",
      "docs/gone.md is cited and does not exist",
    ]);
  });
});

describe("a kept file", () => {
  it.each([
    ["docs/a.md", `Look into /${"work"}/main.\n`],
    ["docs/b.md", `Look into ../${"shared"}/spec.\n`],
    ["docs/c.md", `Fetched from https://registry.${"npmjs"}.org/zod.\n`],
    ["package-lock.json", '{"resolved": "https://example.com/zod.tgz"}'],
  ])("is refused when it names the place that it was written in: %s", (path, text) => {
    expect(trackedFaults(path, text)).toHaveLength(1);
  });

  it("that is a migration opens with what it does to a running system", () => {
    const path = "packages/server/migrations/0001-first.sql";
    const comment = "-- Creates the tables of jobs; takes no lock on others, is not reversible.\n";

    expect(trackedFaults(path, `${comment}create table job ();\n`)).toEqual([]);
    expect(trackedFaults(path, "create table job ();\n")).toHaveLength(1);
    expect(trackedFaults("packages/server/migrations/0003-third.sql", comment)).toContain(
      "the numbers have a gap: this should be 2",
    );
  });
});
