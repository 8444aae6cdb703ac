// What the server knows of tools: tags, reversibility, parameters, summary, computed effect.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ToolView } from "@holdpoint/core/wire/tools";
import { getTools, policyKeys, removeTool } from "../api/policy-life.ts";
import { ToolDialog } from "../features/policy/tool-dialog.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Untrusted } from "../ui/untrusted.tsx";

export function ToolsRoute(): ReactNode {
  usePageTitle("Tools");
  const [edited, setEdited] = useState<ToolView | "new" | null>(null);
  const tools = useQuery({ queryKey: policyKeys.tools, queryFn: ({ signal }) => getTools(signal) });
  return (
    <section className="hp-stack" aria-label="Tools">
      <div className="hp-head">
        <p className="hp-muted">
          Agents can add risk tags to what is written here, and take none away.
        </p>
        <Button onClick={() => setEdited("new")}>Add a tool</Button>
      </div>
      {tools.isError && <ProblemNotice fault={tools.error} retry={() => void tools.refetch()} />}
      {tools.data?.items.length === 0 && (
        <Empty title="No tools registered">
          <p>
            What an agent says about risk is all that policy knows then. Register what its tools can
            do.
          </p>
        </Empty>
      )}
      <ul className="hp-list">
        {tools.data?.items.map((tool) => (
          <li key={tool.id} className="hp-panel">
            <ToolLine tool={tool} onEdit={() => setEdited(tool)} />
          </li>
        ))}
      </ul>
      {edited !== null && (
        <ToolDialog tool={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      )}
    </section>
  );
}

const reversibleWords = (tool: ToolView): string =>
  tool.reversible === null
    ? "not said whether it can be undone"
    : tool.reversible
      ? "can be undone"
      : "cannot be undone";

function ToolLine({ tool, onEdit }: { tool: ToolView; onEdit: () => void }): ReactNode {
  const client = useQueryClient();
  const drop = useMutation({
    mutationFn: () => removeTool(tool.id),
    onSuccess: () => void client.invalidateQueries({ queryKey: policyKeys.tools }),
  });
  return (
    <div className="hp-stack-tight">
      <div className="hp-head">
        <div>
          <strong>
            <Untrusted text={tool.title ?? tool.id} />
          </strong>{" "}
          <span className="hp-code hp-muted">
            <Untrusted text={tool.topic ?? tool.tool ?? ""} />
          </span>
        </div>
        <div className="hp-buttons">
          <Button size="compact-sm" variant="default" onClick={onEdit}>
            Edit<span className="hp-sr"> {tool.id}</span>
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            color="brick"
            loading={drop.isPending}
            onClick={() => drop.mutate()}
          >
            Remove<span className="hp-sr"> {tool.id}</span>
          </Button>
        </div>
      </div>
      <p className="hp-row-wrap hp-small">
        {tool.risk_tags.map((tag) => (
          <span key={tag} className="hp-tag">
            {tag}
          </span>
        ))}
        <span className="hp-muted">
          {reversibleWords(tool)}
          {tool.params_schema !== null && " · parameters are typed"}
          {tool.effect.rows !== null && " · rows computed"}
          {tool.effect.recipients !== null && " · recipients computed"}
        </span>
      </p>
      {drop.isError && <ProblemNotice fault={drop.error} />}
    </div>
  );
}
