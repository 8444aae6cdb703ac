// Holds the document of the API against the doors: no route that changes something is left out, and none opens to a wrong kind.

import { describe, expect, test } from "vitest";
import openapi from "../../spec/openapi.json" with { type: "json" };
import { type Answer, at } from "../http.ts";
import { doors } from "./doors.ts";
import type { Name } from "./people.ts";
import { type Audience, elsewhere } from "./routes.ts";
import type { DoorWorld } from "./world.ts";

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
}

const routes: readonly Route[] = Object.entries(
  openapi.paths as Record<string, Record<string, { operationId: string }>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { operationId }]) =>
    method === "get"
      ? []
      : [
          {
            operation: operationId,
            method: method.toUpperCase(),
            path: path.replace("/api/v1", ""),
          },
        ],
  ),
);
const isDoor = new Set(doors.map(({ operation }) => operation));
const others = new Map(elsewhere.map((one) => [one.operation, one]));

const outsiders: Readonly<Record<Audience, readonly Name[]>> = {
  agents: ["asked", "chief"],
  people: ["agent", "other", "point"],
  admins: ["agent", "other", "point", "asked", "higher"],
  anybody: [],
};

export function testRoutes(worldOf: () => DoorWorld): void {
  const send = ({ method, path, operation }: Route, name: Name): Promise<Answer> => {
    const place = path.replaceAll(/\{(\w+)\}/g, "asked");
    return worldOf().send(method, place, name, others.get(operation)?.body ?? {});
  };

  describe("a route that changes something", () => {
    test("is a door of the matrix, or it stands among the others with a reason", () => {
      const known = [...isDoor, ...others.keys()].sort();
      expect(known).toEqual([...new Set(routes.map(({ operation }) => operation))].sort());
      expect(elsewhere.filter(({ operation }) => isDoor.has(operation))).toEqual([]);
    });

    test("is shut to whoever shows nothing, a revoked key, or the key of somebody who left", async () => {
      const opened: string[] = [];
      for (const route of routes) {
        for (const name of ["nobody", "revoked", "retired"] as const) {
          const { status } = await send(route, name);
          if (status !== 401) opened.push(`${route.operation} as ${name}: ${status}`);
        }
      }
      expect(opened).toEqual([]);
    });

    test("is shut to credentials of another kind than it is for", async () => {
      const opened: string[] = [];
      for (const route of routes) {
        const audience = others.get(route.operation)?.audience ?? "people";
        if (isDoor.has(route.operation)) continue;
        for (const name of outsiders[audience]) {
          const { status, body } = await send(route, name);
          const isShut = status === 403 && at(body, "code") === "scope_missing";
          const code = String(at(body, "code"));
          if (!isShut) opened.push(`${route.operation} as ${name}: ${status} ${code}`);
        }
      }
      expect(opened).toEqual([]);
    });
  });
}
