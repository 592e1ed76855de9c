// The contract, against the native binary.
import { after } from "node:test";
import { caching } from "./cases/caching.mjs";
import { contract } from "./cases/index.mjs";
import { processes } from "./cases/process.mjs";
import { startNative } from "./native-home.mjs";

const home = await startNative();
after(() => home.stop());
contract(home, processes);
caching(startNative);
