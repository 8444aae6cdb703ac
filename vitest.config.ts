// The kinds of tests: pure ones, ones with a server or a database, ones with an agent framework, ones with a
// browser.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The pure tests run the sources, where the package's own import of its hash names the built file.
const alias = { "#sha256": here("packages/core/src/base/sha256-node.ts") };
const setupFiles = [here("test/seed.ts")];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.{ts,tsx}",
            "examples/*/src/**/*.test.ts",
            "test/house/**/*.test.ts",
          ],
          pool: "threads",
          isolate: false,
          maxWorkers: 2,
          testTimeout: 10_000,
          setupFiles,
        },
      },
      {
        test: {
          name: "server",
          include: [
            "test/{contract,doors,flow,storage,fault,property,sim,conformance}/**/*.test.ts",
          ],
          pool: "forks",
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          setupFiles,
        },
      },
      {
        test: {
          name: "adapters",
          include: ["test/adapters/**/*.test.ts"],
          pool: "forks",
          maxWorkers: 2,
          // The validation suite of LangGraph takes its functions from the global scope.
          globals: true,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          setupFiles,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          pool: "forks",
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          setupFiles,
        },
      },
    ],
  },
});
