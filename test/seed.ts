// Gives every random test the seed that the run printed, so that a failure can be had again.
import fc from "fast-check";

const seed = process.env["HOLDPOINT_TEST_SEED"];
if (seed !== undefined && /^-?\d+$/.test(seed)) fc.configureGlobal({ seed: Number(seed) });
