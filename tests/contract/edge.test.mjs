// The contract, against the Worker in workerd. Needs node 22 (wrangler does).
import { after } from "node:test";
import { caching } from "./cases/caching.mjs";
import { contract } from "./cases/index.mjs";
import { edgeOnly } from "./cases/edge-only.mjs";
import { startEdgeHome } from "./edge-home.mjs";

const home = await startEdgeHome();
after(() => home.stop());
contract(home, edgeOnly);
caching(startEdgeHome);
