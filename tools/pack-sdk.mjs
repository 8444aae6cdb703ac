// Packs the SDK so that it stands alone: what it uses of core is inside, so a user installs one package.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { writeDeclarations } from "./pack/declarations.mjs";
import { root, run } from "./run.mjs";

const sdkFolder = join(root, "packages", "sdk");
const sdkDist = join(sdkFolder, "dist");
const coreDist = join(root, "packages", "core", "dist");
const noticesFile = "THIRD-PARTY.md";
const nodeModules = `${sep}node_modules${sep}`;

/**
 * Packs the built SDK (`npx tsc -b`) into a tarball.
 *
 * @param {string} outFolder
 * @returns {Promise<string>} The tarball's path.
 */
export async function packSdk(outFolder) {
  const target = resolve(outFolder);
  mkdirSync(target, { recursive: true });
  return inStage(async (stage) => {
    const args = ["pack", "--json", "--pack-destination", target];
    const { code, output } = await run("npm", args, { cwd: stage, capture: true });
    if (code !== 0) throw new Error(`npm pack failed: ${output}`);
    return join(target, JSON.parse(output.slice(output.indexOf("[\n")))[0].filename);
  });
}

/**
 * Puts the packed SDK into `node_modules/@holdpoint/sdk` of a folder, as an installation of the tarball would.
 *
 * @param {string} folder
 */
export async function unpackSdk(folder) {
  const target = join(resolve(folder), "node_modules", "@holdpoint", "sdk");
  mkdirSync(dirname(target), { recursive: true });
  await inStage(async (stage) => {
    const beside = mkdtempSync(join(dirname(target), ".sdk-"));
    cpSync(stage, beside, { recursive: true });
    rmSync(target, { recursive: true, force: true });
    renameSync(beside, target);
  });
}

/**
 * @template T
 * @param {(stage: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function inStage(use) {
  const parent = join(root, ".cache");
  mkdirSync(parent, { recursive: true });
  const stage = mkdtempSync(join(parent, "pack-sdk-"));
  try {
    await fill(stage);
    return await use(stage);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** @param {string} stage */
async function fill(stage) {
  const manifest = JSON.parse(readFileSync(join(sdkFolder, "package.json"), "utf8"));
  const entries = Object.values(manifest.exports).map((path) =>
    String(path).replace(/^\.\/dist\/(.*)\.js$/, "$1"),
  );
  const peers = Object.keys(manifest.peerDependencies ?? {});
  const inside = await bundle(entries, peers, join(stage, "dist"));
  await writeDeclarations({ sdkDist, coreDist, entries, outFolder: join(stage, "dist") });
  // What it depends on is inside; its optional peers stay as they are.
  const files = [...manifest.files, ...(inside.size > 0 ? [noticesFile] : [])];
  const packed = { ...manifest, files, dependencies: undefined };
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(packed, null, 2)}\n`);
  cpSync(join(sdkFolder, "README.md"), join(stage, "README.md"));
  cpSync(join(root, "LICENSE"), join(stage, "LICENSE"));
  if (inside.size > 0) writeFileSync(join(stage, noticesFile), notices(inside));
}

/**
 * Bundles the entries with whatever they share and whatever of core they use.
 *
 * @param {readonly string[]} entries
 * @param {readonly string[]} peers
 * @param {string} outDir
 * @returns {Promise<Set<string>>} Folders of packages by others that are inside.
 */
async function bundle(entries, peers, outDir) {
  const isPeer = (/** @type {string} */ id) =>
    peers.some((peer) => id === peer || id.startsWith(`${peer}/`));
  const result = await build({
    root: sdkFolder,
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir,
      minify: false,
      target: "es2023",
      rolldownOptions: {
        input: Object.fromEntries(entries.map((entry) => [entry, join(sdkDist, `${entry}.js`)])),
        external: (id) => isBuiltin(id) || isPeer(id),
        output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name].js" },
      },
    },
  });
  const outputs = [result].flat().flatMap((one) => ("output" in one ? one.output : []));
  const modules = outputs.flatMap((one) => (one.type === "chunk" ? one.moduleIds : []));
  return new Set(modules.filter((id) => id.includes(nodeModules)).map(packageFolder));
}

/** @param {string} id */
function packageFolder(id) {
  const start = id.lastIndexOf(nodeModules) + nodeModules.length;
  const parts = id.slice(start).split(sep);
  const name = parts.slice(0, parts[0]?.startsWith("@") === true ? 2 : 1).join(sep);
  return id.slice(0, start) + name;
}

/**
 * The licences of what is inside, as they ask for.
 *
 * @param {ReadonlySet<string>} folders
 * @returns {string}
 */
function notices(folders) {
  const parts = [...folders].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    const text = readFileSync(join(folder, "LICENSE"), "utf8").trim();
    return `## ${name} ${version} (${license})\n\n${text}\n`;
  });
  return `# Code by others in this package\n\n${parts.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [outFolder] = process.argv.slice(2);
  if (outFolder === undefined) {
    process.stderr.write("Usage: node tools/pack-sdk.mjs OUTDIR\n");
    process.exitCode = 2;
  } else {
    process.stdout.write(`${await packSdk(outFolder)}\n`);
  }
}
