// Tests of the translation of topic patterns.

import { describe, expect, test } from "vitest";
import { pathMatchFault, translateTopics } from "./topics.ts";

describe("translateTopics", () => {
  test("a star at the end crosses dots, as there", () => {
    expect(translateTopics(["job.db.*", "job.search", "*"])).toEqual({
      topics: ["job.db.**", "job.search", "**"],
      when: null,
    });
  });

  test("a star in the middle becomes an expression, because it crosses dots", () => {
    expect(translateTopics(["job.*.read"])).toEqual({
      topics: null,
      when: 'action.topic.matches("^job\\\\.[^/]*\\\\.read$")',
    });
  });

  test("one pattern that needs an expression takes the others along", () => {
    const { topics, when } = translateTopics(["job.db", "job.?x", "a.[a-c]"]);
    expect(topics).toBeNull();
    expect(when).toBe(
      '(action.topic.matches("^job\\\\.db$") || action.topic.matches("^job\\\\.[^/]x$") || action.topic.matches("^a\\\\.[a-c]$"))',
    );
  });

  test("a broken pattern is named", () => {
    expect(pathMatchFault("job.[db")).toBe("a `[` is not closed");
    expect(pathMatchFault("job\\")).toBe("a `\\` stands at the end");
    expect(pathMatchFault("job.[a-c]*")).toBeNull();
  });
});
