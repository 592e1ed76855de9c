// The dashboard in a real Chromium, against the native binary. Needs Node 22 and Chromium.
import { after } from "node:test";
import { nativeHome } from "./homes.mjs";
import { dashboard } from "./suite.mjs";

const home = await nativeHome();
after(() => home.stop());
dashboard(home);
