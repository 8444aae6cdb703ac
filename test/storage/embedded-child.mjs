// A process that opens the embedded database and writes until it is killed: `<dir> <round>`.

import { openEmbedded } from "@holdpoint/server/storage/pglite/open";

const [, , dir, round] = process.argv;
const database = await openEmbedded({ dir });
process.stdout.write("open\n");

if (round === undefined) {
  await new Promise(() => setInterval(() => undefined, 60_000));
}

await database.pool.query(
  "create table if not exists acked (round int, n int, body text, primary key (round, n))",
);
for (let n = 1; ; n += 1) {
  await database.pool.query("insert into acked values ($1, $2, repeat('x', 500))", [round, n]);
  process.stdout.write(`${n}\n`);
  if (n % 40 === 0) await database.pool.query("checkpoint");
}
