// The child process of the first start: creates an empty database in the folder it is given.

import { argv } from "node:process";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { PGlite } from "@electric-sql/pglite";
import { assert } from "@holdpoint/core/base/assert";

const draft = argv[2];
assert(draft !== undefined, "The folder of the new database is the one argument.");
const engine = await PGlite.create({ fs: new NodeFS(draft) });
await engine.close();
