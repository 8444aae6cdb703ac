// Joins the parts of the console: theme, server answers, addresses.

import type { ReactNode } from "react";
import { useState } from "react";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createBrowserRouter, RouterProvider } from "react-router";
import { asProblem } from "./api/problem.ts";
import { Shell } from "./features/shell/shell.tsx";
import { ActivityRoute } from "./routes/activity.tsx";
import { AgentRoute } from "./routes/agent.tsx";
import { AgentsArea } from "./routes/agents-area.tsx";
import { AgentsRoute } from "./routes/agents.tsx";
import { CardRoute } from "./routes/card.tsx";
import { FaultRoute } from "./routes/fault.tsx";
import { GovernanceRoute } from "./routes/governance.tsx";
import { InboxRoute } from "./routes/inbox.tsx";
import { IncidentsRoute } from "./routes/incidents.tsx";
import { JobRoute } from "./routes/job.tsx";
import { MissingRoute } from "./routes/missing.tsx";
import { OversightArea } from "./routes/oversight-area.tsx";
import { PolicyArea } from "./routes/policy-area.tsx";
import { DraftRoute } from "./routes/draft.tsx";
import { DraftsRoute } from "./routes/drafts.tsx";
import { PlaygroundRoute } from "./routes/playground.tsx";
import { PolicyRoute } from "./routes/policy.tsx";
import { TakeoversRoute } from "./routes/takeovers.tsx";
import { ToolsRoute } from "./routes/tools.tsx";
import { ChannelsRoute } from "./routes/channels.tsx";
import { GroupRoute } from "./routes/group.tsx";
import { GroupsRoute } from "./routes/groups.tsx";
import { MeRoute } from "./routes/me.tsx";
import { PeopleArea } from "./routes/people-area.tsx";
import { PeopleRoute } from "./routes/people.tsx";
import { PersonRoute } from "./routes/person.tsx";
import { RunRoute } from "./routes/run.tsx";
import { RunsRoute } from "./routes/runs.tsx";
import { theme } from "./ui/theme.ts";

const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <FaultRoute />,
    children: [
      { path: "/", element: <InboxRoute /> },
      { path: "/approvals/:id", element: <CardRoute /> },
      { path: "/jobs", element: <ActivityRoute /> },
      { path: "/jobs/:id", element: <JobRoute /> },
      {
        path: "/policy",
        element: <PolicyArea />,
        children: [
          { index: true, element: <PolicyRoute /> },
          { path: "drafts", element: <DraftsRoute /> },
          { path: "drafts/:id", element: <DraftRoute /> },
          { path: "try", element: <PlaygroundRoute /> },
          { path: "tools", element: <ToolsRoute /> },
        ],
      },
      {
        element: <OversightArea />,
        children: [
          { path: "/governance", element: <GovernanceRoute /> },
          { path: "/takeovers", element: <TakeoversRoute /> },
          { path: "/incidents", element: <IncidentsRoute /> },
        ],
      },
      {
        element: <PeopleArea />,
        children: [
          { path: "/people", element: <PeopleRoute /> },
          { path: "/people/me", element: <MeRoute /> },
          { path: "/people/:id", element: <PersonRoute /> },
          { path: "/groups", element: <GroupsRoute /> },
          { path: "/groups/:name", element: <GroupRoute /> },
          { path: "/channels", element: <ChannelsRoute /> },
        ],
      },
      {
        element: <AgentsArea />,
        children: [
          { path: "/agents", element: <AgentsRoute /> },
          { path: "/agents/:id", element: <AgentRoute /> },
          { path: "/runs", element: <RunsRoute /> },
          { path: "/runs/:id", element: <RunRoute /> },
        ],
      },
      { path: "*", element: <MissingRoute /> },
    ],
  },
]);

/** Only what may pass by itself is tried again; the live stream says when something changed. */
function newClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        refetchOnWindowFocus: true,
        retry: (failures, fault) => {
          const { status } = asProblem(fault);
          return failures < 2 && (status === 0 || status === 503);
        },
      },
      mutations: { retry: false },
    },
  });
}

export function App(): ReactNode {
  const [client] = useState(newClient);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
