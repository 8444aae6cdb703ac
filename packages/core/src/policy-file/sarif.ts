// Writes findings as SARIF 2.1.0, which code hosts and editors show beside the file.

import type { JsonObject } from "../base/json/value.ts";
import type { Finding } from "../policy/finding.ts";
import { findingCodes } from "../policy/finding-codes.ts";

/** One run over one file. `file` is its path relative to the root of the repository, or a URI. */
export function findingsToSarif(findings: readonly Finding[], file: string): JsonObject {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "holdpoint", rules: codes.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => resultOf(finding, codes, uriOf(file))),
      },
    ],
  };
}

function ruleOf(code: string): JsonObject {
  return { id: code, shortDescription: { text: findingCodes[code] ?? code } };
}

function resultOf(finding: Finding, codes: readonly string[], uri: string): JsonObject {
  const { severity, code, message, line, column, endColumn, path, help } = finding;
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: help === null ? message : `${message}. ${capital(help)}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri },
          region: {
            startLine: line,
            startColumn: column,
            ...(endColumn === undefined ? {} : { endColumn }),
          },
        },
        ...(path === "" ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A path as a URI reference: what is no letter of one is escaped, the slashes stay. */
function uriOf(file: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(file)) return file;
  const path = file.replaceAll("\\", "/").replace(/^\.\//, "");
  return path.split("/").map(encodeURIComponent).join("/");
}
