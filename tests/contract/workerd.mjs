// Runs the built Worker in workerd, from the real wrangler.toml, with an empty D1. Outgoing requests are workerd's own:
// wrangler's test harness would send them through this process's `fetch` and turn every broken connection into an answer.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/**
 * @param {object} bindings name → text: settings and secrets.
 * @returns {Promise<{url, db, scheduled, logs, stop}>} `db` is the Worker's D1; `logs()` what the Worker wrote so far.
 */
export async function startWorkerd(bindings) {
  if (!existsSync(new URL("dist/edge/worker.js", ROOT))) throw new Error("there is no dist/edge/worker.js; run `cargo xtask edge`");
  Object.assign(process.env, { WRANGLER_SEND_METRICS: "false", CI: "1" });
  const { unstable_DevEnv: DevEnv, unstable_splitSqlQuery: splitSql } = await import("wrangler");
  const environment = new DevEnv();
  const lines = [];
  const worker = await environment.startWorker({
    config: fileURLToPath(new URL("wrangler.toml", ROOT)),
    bindings: Object.fromEntries(Object.entries(bindings).map(([name, value]) => [name, { type: "secret_text", value }])),
    // The Worker under test is the one that was built before; `true` is the shell's command that does nothing.
    build: { custom: { command: "true" } },
    dev: {
      server: { hostname: "127.0.0.1", port: 0 },
      logLevel: "none",
      watch: false,
      persist: false,
      inspector: false,
      structuredLogsHandler: (line) => lines.push(JSON.stringify(line)),
    },
  });
  await worker.ready;
  const workerd = environment.runtimes[0].mf;
  const name = environment.config.latestConfig.name;
  const db = await workerd.getD1Database("DB", name);
  await migrate(db, splitSql);
  const url = (await worker.url).origin;
  return {
    url,
    db,
    scheduled: () => cron(url),
    logs: () => lines.join("\n"),
    stop: () => environment.teardown(),
  };
}

/** Fires the cron trigger and waits for its work. */
async function cron(url) {
  const answer = await fetch(`${url}/cdn-cgi/local/scheduled?format=json&cron=${encodeURIComponent("*/5 * * * *")}`);
  const { outcome } = await answer.json();
  if (outcome !== "ok") throw new Error(`the cron trigger ended with ${outcome}`);
}

async function migrate(db, splitSql) {
  const { readdirSync, readFileSync } = await import("node:fs");
  const directory = new URL("migrations/", ROOT);
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".sql")).sort()) {
    await db.batch(splitSql(readFileSync(new URL(file, directory), "utf8")).map((statement) => db.prepare(statement)));
  }
}
