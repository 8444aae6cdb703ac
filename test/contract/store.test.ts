// One contract for the Store, kept on the embedded database and on PostgreSQL alike.

import { describe } from "vitest";
import { agentSuite } from "./agent-suite.ts";
import { checkpointRemovalSuite } from "./checkpoint-removal-suite.ts";
import { checkpointSuite } from "./checkpoint-suite.ts";
import { commitSuite } from "./commit-suite.ts";
import { holdSuite } from "./hold-suite.ts";
import { identitySuite } from "./identity-suite.ts";
import { deliverySuite } from "./delivery-suite.ts";
import { knowledgeSuite } from "./knowledge-suite.ts";
import { pageSuite } from "./page-suite.ts";
import { peopleSuite } from "./people-suite.ts";
import { placeKinds } from "./place.ts";
import { resumptionSuite } from "./resumption-suite.ts";
import { recordSuite } from "./record-suite.ts";
import { settingsSuite } from "./settings-suite.ts";
import { lifeSuite } from "./life-suite.ts";
import { localSuite } from "./local-suite.ts";
import { newsSuite } from "./news-suite.ts";
import { outputSuite } from "./output-suite.ts";
import { outboxSuite } from "./outbox-suite.ts";
import { taskSuite } from "./task-suite.ts";
import { useWorld } from "./world.ts";

for (const kind of placeKinds) {
  describe(`on ${kind.name}`, () => {
    const world = useWorld(kind);
    commitSuite(world);
    holdSuite(world);
    knowledgeSuite(world);
    pageSuite(world);
    recordSuite(world);
    outboxSuite(world);
    deliverySuite(world);
    settingsSuite(world);
    lifeSuite(world);
    peopleSuite(world);
    identitySuite(world);
    agentSuite(world);
    newsSuite(world);
    taskSuite(world);
    resumptionSuite(world);
    checkpointSuite(world);
    checkpointRemovalSuite(world);
    outputSuite(world);
    localSuite(world);
  });
}
