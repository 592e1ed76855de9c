// The dashboard in a real Chromium, against the Worker in workerd. Needs Node 22 and Chromium.
import { after } from "node:test";
import { edgeHome } from "./homes.mjs";
import { dashboard } from "./suite.mjs";

const home = await edgeHome();
after(() => home.stop());
dashboard(home);
