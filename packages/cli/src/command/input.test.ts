// JSON as arguments, by the strict reader.

import { expect, test } from "vitest";
import { parseJson, readJsonArgument } from "./input.ts";

test("an argument that is JSON is read", async () => {
  await expect(readJsonArgument('{"ids":[1,2]}')).resolves.toEqual({ ids: [1, 2] });
});

test.for([
  ['{"a":1,"a":2}', "/a"],
  ['{"a":9007199254740993}', "/a"],
  ["{", "character"],
] as const)("%s is refused with its place", ([text, place]) => {
  expect(() => parseJson(text, "the file")).toThrow(place);
});

test("a file that is not there is named", async () => {
  await expect(readJsonArgument("@/no/such/file")).rejects.toThrow("cannot read `/no/such/file`");
});
