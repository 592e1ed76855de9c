// Starts the Worker in workerd around an empty D1, with a fake provider behind it.
import { startEdge } from "../edge/start.mjs";
import { startFakeProvider } from "../fake-provider/server.mjs";
import { Home } from "./home.mjs";
import { canaryKeys } from "./canaries.mjs";

export async function startEdgeHome() {
  const upstream = await startFakeProvider();
  const keys = canaryKeys();
  const edge = await startEdge({
    vars: { PROXYAGENT_ANTHROPIC_ENDPOINT: upstream.url, PROXYAGENT_OPENAI_ENDPOINT: upstream.url },
    secrets: { PROXYAGENT_ADMIN_TOKEN: keys.admin, ANTHROPIC_API_KEY: keys.anthropic, OPENAI_API_KEY: keys.openai },
  });
  return new Home({
    name: "edge",
    url: String(edge.url).replace(/\/$/, ""),
    upstream,
    keys,
    db: edge.db,
    scheduled: () => edge.scheduled(),
    logs: () => edge.logs(),
    dump: () => everyRowOf(edge.db),
    async stop() {
      await edge.stop();
      await upstream.close();
    },
  });
}

async function everyRowOf(db) {
  const { results: tables } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").all();
  const rows = [];
  for (const { name } of tables) rows.push({ name, rows: (await db.prepare(`SELECT * FROM "${name}"`).all()).results });
  return Buffer.from(JSON.stringify(rows));
}
