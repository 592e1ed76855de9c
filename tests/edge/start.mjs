// Starts the built Worker in workerd, with a fresh D1 and KV, on a loopback port. Needs Node 22 and a build:
// `npm run check` writes dist/dry, which is what a deployment would upload.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/**
 * @param {object} options `vars` and `secrets` of the Worker, by name; `dist`, a prebuilt Worker's folder.
 * @returns {Promise<object>} `url` (no trailing slash), `db` (D1, from here), `cache` (KV), `worker` (wrangler's handle),
 *   `scheduled()` (runs the cron), `logs()` (the Worker's log so far, as text), `stop()`.
 */
export async function startEdge({ vars = {}, secrets = {}, dist = new URL("dist/dry/", root) } = {}) {
  if (!existsSync(dist)) throw new Error(`${fileURLToPath(dist)} is missing: npm run check`);
  // No prompts and no usage statistics; set before wrangler is loaded, because it reads them then.
  process.env.CI ??= "1";
  process.env.WRANGLER_SEND_METRICS ??= "false";
  const { createTestHarness } = await import("wrangler");
  const server = createTestHarness({
    workers: [{ configPath: new URL("wrangler.toml", root), prebuiltWorkerDir: dist, vars, secrets }],
  });
  const { url } = await server.listen();
  const worker = server.getWorker();
  await worker.applyD1Migrations("DB");
  const { DB: db, CACHE: cache } = await worker.getEnv();
  return {
    url: url.origin,
    db,
    cache,
    worker,
    scheduled: () => worker.scheduled({ cron: "*/5 * * * *", scheduledTime: new Date() }),
    logs: () => server.getLogs().map((entry) => entry.message).join("\n"),
    stop: () => server.close(),
  };
}
