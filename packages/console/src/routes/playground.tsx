// A place to try actions against the active policy.

import type { ReactNode } from "react";
import { Playground } from "../features/policy/playground.tsx";
import { usePageTitle } from "../ui/page-title.ts";

export function PlaygroundRoute(): ReactNode {
  usePageTitle("Try an action");
  return <Playground />;
}
