// An address that leads nowhere.

import type { ReactNode } from "react";
import { Link } from "react-router";
import { paths } from "../paths.ts";
import { Empty } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";

export function MissingRoute(): ReactNode {
  usePageTitle("Not found");
  return (
    <Empty title="There is no such page">
      <p>
        <Link to={paths.inbox}>Go to the inbox</Link>
      </p>
    </Empty>
  );
}
