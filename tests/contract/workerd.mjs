// Runs the built Worker in workerd by miniflare, with an empty D1 and KV: the very files that `wrangler deploy` would
// upload (dist/dry, left there by `npm run check`). Outgoing requests are workerd's own; wrangler's test harness would
// send them through this process's `fetch` and turn every broken connection into an answer. Needs Node 22.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const BUILT = new URL("dist/dry/", ROOT);

/**
 * @param {object} bindings name → text: settings and secrets.
 * @returns {Promise<{url, db, scheduled, logs, stop}>} `db` is the Worker's D1; `logs()` what the Worker wrote so far.
 */
export async function startWorkerd(bindings) {
  if (!existsSync(new URL("worker.js", BUILT))) throw new Error("there is no dist/dry/worker.js; run `npm run check`");
  const { Miniflare, convertV4MiniflareOptions } = await import("miniflare");
  const lines = [];
  const workerd = new Miniflare(convertV4MiniflareOptions({
    name: "proxyagent",
    modules: modules(),
    compatibilityDate: deployed(/^compatibility_date = "(.*)"$/m),
    compatibilityFlags: JSON.parse(deployed(/^compatibility_flags = (\[.*\])$/m)),
    d1Databases: { DB: "proxyagent" },
    kvNamespaces: ["CACHE"],
    // As [assets] in wrangler.toml says.
    assets: {
      directory: fileURLToPath(new URL("dashboard", ROOT)),
      binding: "ASSETS",
      routerConfig: { invoke_user_worker_ahead_of_assets: true, has_user_worker: true },
      assetConfig: { html_handling: "none", not_found_handling: "none" },
    },
    bindings,
    host: "127.0.0.1",
    port: 0,
    cf: false,
    handleStructuredLogs: (line) => lines.push(JSON.stringify(line)),
  }));
  const { origin } = await workerd.ready;
  const db = await workerd.getD1Database("DB");
  await migrate(db);
  return {
    url: origin,
    db,
    scheduled: async () => {
      const { outcome } = await (await workerd.getWorker()).scheduled({ cron: "*/5 * * * *", scheduledTime: new Date() });
      if (outcome !== "ok") throw new Error(`the cron trigger ended with ${outcome}`);
    },
    logs: () => lines.join("\n"),
    stop: () => workerd.dispose(),
  };
}

function modules() {
  const script = readFileSync(new URL("worker.js", BUILT), "utf8");
  // Earlier builds may lie beside it.
  const [, wasm] = /from "\.\/([^"]+\.wasm)"/.exec(script);
  return [
    { type: "ESModule", path: "worker.js", contents: script },
    { type: "CompiledWasm", path: wasm, contents: readFileSync(new URL(wasm, BUILT)) },
  ];
}

/** A value of wrangler.toml, so that what is tested is what is deployed. */
function deployed(pattern) {
  return pattern.exec(readFileSync(new URL("wrangler.toml", ROOT), "utf8"))[1];
}

async function migrate(db) {
  const directory = new URL("migrations/", ROOT);
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".sql")).sort()) {
    const text = readFileSync(new URL(file, directory), "utf8").replace(/--.*$/gm, "");
    await db.batch(text.split(";").map((sql) => sql.trim()).filter(Boolean).map((sql) => db.prepare(sql)));
  }
}
