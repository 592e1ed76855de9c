// The Worker in workerd around an empty D1, with a fake provider behind it.
import { randomBytes } from "node:crypto";
import { startFakeProvider } from "../fake-provider/server.mjs";
import { Home } from "./home.mjs";
import { canaryKeys } from "./canaries.mjs";
import { toolsAt } from "./tools-at.mjs";
import { startWorkerd } from "./workerd.mjs";

/** `settings` are further ones. */
export async function startEdgeHome(settings = {}) {
  const upstream = await startFakeProvider();
  const keys = canaryKeys();
  const workerd = await startWorkerd({
    PROXYAGENT_ADMIN_TOKEN: keys.admin,
    PROXYAGENT_SECRET_KEY: randomBytes(32).toString("base64"),
    ANTHROPIC_API_KEY: keys.anthropic,
    OPENAI_API_KEY: keys.openai,
    PROXYAGENT_ANTHROPIC_ENDPOINT: upstream.url,
    PROXYAGENT_OPENAI_ENDPOINT: upstream.url,
    PROXYAGENT_TOOLS: toolsAt(upstream.url, keys.tool),
    ...settings,
  });
  return new Home({
    name: "edge",
    store: "d1",
    url: workerd.url,
    upstream,
    keys,
    // The platform takes the Connection header off before the Worker sees a request.
    seesConnectionHeader: false,
    // The runtime has the same words for a refused connection and for one that broke after the request was sent.
    tellsRefusedConnections: false,
    db: workerd.db,
    scheduled: workerd.scheduled,
    logs: workerd.logs,
    dump: () => everyRowOf(workerd.db),
    async stop() {
      await workerd.stop();
      await upstream.close();
    },
  });
}

async function everyRowOf(db) {
  const { results: tables } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'proxy_agent_%'").all();
  const rows = [];
  for (const { name } of tables) rows.push({ name, rows: (await db.prepare(`SELECT * FROM "${name}"`).all()).results });
  return Buffer.from(JSON.stringify(rows));
}
