// The two homes of the contract suite, with a way to write into their stores past the proxy.
import { startEdgeHome } from "../contract/edge-home.mjs";
import { startNative } from "../contract/native-home.mjs";

export async function nativeHome() {
  const { DatabaseSync } = await import("node:sqlite");
  const home = await startNative();
  home.write = (statements) => {
    const db = new DatabaseSync(home.files().find(({ path }) => path.endsWith("proxyagent.db")).path);
    db.exec("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE");
    statements.forEach((sql) => db.exec(sql));
    db.exec("COMMIT");
    db.close();
  };
  return home;
}

export async function edgeHome() {
  const home = await startEdgeHome();
  home.write = async (statements) => {
    for (let i = 0; i < statements.length; i += 20) await home.db.batch(statements.slice(i, i + 20).map((sql) => home.db.prepare(sql)));
  };
  return home;
}
