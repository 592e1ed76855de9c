// The Worker's entry point, around the generated glue in index.js. It exists for one reason: a wasm trap leaves the
// instance unusable, so the next event starts from a fresh one. It never decides anything about a request.
import { WorkerEntrypoint } from "cloudflare:workers";
import * as wasm from "./index.js";

let trapped = false;

/** Marks the instance as lost if this is a trap, not an ordinary error. */
function notice(error) {
  if (error instanceof WebAssembly.RuntimeError) trapped = true;
}

/** Runs one event, on a fresh instance if the last one was lost. */
async function guarded(event) {
  if (trapped) {
    wasm.__wbg_reset_state();
    trapped = false;
  }
  try {
    return await event();
  } catch (error) {
    notice(error);
    throw error;
  }
}

// Traps in work that outlives its response only surface here.
addEventListener("error", (event) => notice(event.error));
addEventListener("unhandledrejection", (event) => notice(event.reason));

export default class extends WorkerEntrypoint {
  async fetch(request) {
    try {
      return await guarded(() => wasm.fetch(request, this.env, this.ctx));
    } catch (error) {
      console.error(error);
      const message = "internal error";
      return Response.json({ type: "error", error: { type: "api_error", message } }, { status: 500 });
    }
  }

  async scheduled(event) {
    await guarded(() => wasm.scheduled(event, this.env, this.ctx));
  }
}
