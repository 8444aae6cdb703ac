// Incidents: while one is open, rules may let named people override a hold.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { IncidentView } from "@holdpoint/core/wire/governance";
import { closeIncident, getIncidents, oversightKeys, type Shown } from "../api/governance.ts";
import { IncidentForm } from "../features/oversight/incident-form.tsx";
import { CasesLoading, ShownSwitch } from "../features/oversight/parts.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Ago } from "../ui/time.tsx";
import { LongText, Untrusted } from "../ui/untrusted.tsx";

export function IncidentsRoute(): ReactNode {
  usePageTitle("Incidents");
  const [shown, setShown] = useState<Shown>("open");
  const [opening, setOpening] = useState(false);
  const incidents = useQuery({
    queryKey: oversightKeys.incidents(shown),
    queryFn: ({ signal }) => getIncidents(shown, signal),
  });
  return (
    <section className="hp-stack" aria-label="Incidents">
      <div className="hp-head">
        <p className="hp-muted">
          While an incident is open, some rules let named people override a hold.
        </p>
        <ShownSwitch shown={shown} change={setShown} />
      </div>
      {opening ? (
        <IncidentForm onClose={() => setOpening(false)} />
      ) : (
        <div className="hp-buttons">
          <Button onClick={() => setOpening(true)}>Open an incident…</Button>
        </div>
      )}
      {incidents.isError && (
        <ProblemNotice fault={incidents.error} retry={() => void incidents.refetch()} />
      )}
      {incidents.isPending && <CasesLoading label="Loading the incidents" />}
      {incidents.data?.items.length === 0 && (
        <Empty title={shown === "open" ? "No incident is open" : "There was no incident yet"} />
      )}
      <ul className="hp-cases">
        {incidents.data?.items.map((incident) => (
          <Incident key={incident.id} incident={incident} />
        ))}
      </ul>
    </section>
  );
}

function Incident({ incident }: { incident: IncidentView }): ReactNode {
  const client = useQueryClient();
  const close = useMutation({
    mutationFn: () => closeIncident(incident.id),
    onSettled: () => void client.invalidateQueries({ queryKey: oversightKeys.all }),
  });
  const labels = Object.entries(incident.labels);
  return (
    <li className="hp-panel hp-case">
      <div className="hp-head">
        <span className="hp-case-title">
          <LongText text={incident.title} label="the title" />
        </span>
        <span className={`hp-badge hp-tone-${incident.open ? "stop" : "quiet"}`}>
          {incident.open ? "Open" : "Closed"}
        </span>
      </div>
      <p className="hp-small hp-muted">
        <span className="hp-code">
          <Untrusted text={incident.id} />
        </span>{" "}
        · opened by <Untrusted text={incident.opened_by} />, <Ago at={incident.opened_at} />
        {incident.closed_at !== null && (
          <>
            {" "}
            · closed by <Untrusted text={incident.closed_by ?? "somebody"} />,{" "}
            <Ago at={incident.closed_at} />
          </>
        )}
      </p>
      {labels.length > 0 && (
        <p className="hp-row-wrap">
          {labels.map(([name, value]) => (
            <span key={name} className="hp-tag">
              <Untrusted text={`${name}=${value}`} />
            </span>
          ))}
        </p>
      )}
      {close.isError && <ProblemNotice fault={close.error} />}
      {incident.open && (
        <div className="hp-buttons">
          <Button variant="default" loading={close.isPending} onClick={() => close.mutate()}>
            Close it<span className="hp-sr"> {incident.title}</span>
          </Button>
        </div>
      )}
    </li>
  );
}
