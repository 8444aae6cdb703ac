// All routes of the API, in the order in which OpenAPI lists them.

import { agentRoutes } from "./agent-routes.ts";
import { approvalRoutes } from "./approval-routes.ts";
import { checkpointRoutes } from "./checkpoint-routes.ts";
import { deliveryRoutes } from "./delivery-routes.ts";
import { governanceRoutes } from "./governance-routes.ts";
import { holdRoutes } from "./hold-routes.ts";
import { identityRoutes } from "./identity-routes.ts";
import { interruptRoutes } from "./interrupt-routes.ts";
import { jobRoutes } from "./job-routes.ts";
import { localRoutes } from "./local-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { policyRoutes } from "./policy-routes.ts";
import type { Route } from "./route.ts";
import { resumptionRoutes } from "./resumption-routes.ts";
import { settingsRoutes } from "./settings-routes.ts";
import { toolRoutes } from "./tool-routes.ts";

// A fixed path stands before one with a parameter in its place.
export const routes: readonly Route[] = [
  ...jobRoutes,
  ...interruptRoutes,
  ...resumptionRoutes,
  ...holdRoutes,
  ...approvalRoutes,
  ...governanceRoutes,
  ...agentRoutes,
  ...checkpointRoutes,
  ...toolRoutes,
  ...peopleRoutes,
  ...localRoutes,
  ...policyRoutes,
  ...deliveryRoutes,
  ...identityRoutes,
  ...settingsRoutes,
];
