// The contract: one list, run against every home.
import { admin } from "./admin.mjs";
import { audit } from "./audit.mjs";
import { bodies } from "./bodies.mjs";
import { credentials } from "./credentials.mjs";
import { capture } from "./capture.mjs";
import { clouds } from "./clouds.mjs";
import { dashboard } from "./dashboard.mjs";
import { canaries, leaks, strays } from "./leaks.mjs";
import { limits } from "./limits.mjs";
import { metering } from "./metering.mjs";
import { metrics } from "./metrics.mjs";
import { mock } from "./mock.mjs";
import { passThrough } from "./pass-through.mjs";
import { plumbing } from "./plumbing.mjs";
import { races } from "./races.mjs";
import { records } from "./records.mjs";
import { routing } from "./routing.mjs";
import { sharedLimits } from "./shared-limits.mjs";
import { tokens } from "./tokens.mjs";
import { toolTurnCases } from "./tool-turns.mjs";
import { tools } from "./tools.mjs";

const CASES = [
  plumbing, passThrough, tokens, routing, bodies, metering, limits, sharedLimits, races, admin, dashboard, audit, records,
  metrics, capture, mock, credentials, clouds, tools, toolTurnCases, leaks, strays,
];

/** Registers all cases. `own` are the home's own; the search for canaries comes after everything else. */
export function contract(home, ...own) {
  for (const cases of [...CASES, ...own, canaries]) cases(home);
}
