// A home of the proxy to check against: one of our own, or one that is running elsewhere.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { runToEnd } from "./process.mjs";

/** A native server on an empty store, with every model led to the mock and no provider key. */
export async function ownHome(binary, scratch) {
  const directory = join(scratch, "home-of-the-proxy");
  const environment = { PATH: process.env.PATH, HOME: scratch, PROXYAGENT_HOME: directory };
  const command = async (...line) => {
    const ended = await runToEnd(binary, line, { environment, patience: 20_000 });
    if (ended.code !== 0) throw new Error(`proxyagent ${line.join(" ")}: ${ended.stderr}`);
    return ended.stdout.trim();
  };
  await command("alias", "set", "*", "mock");
  const token = await command("token", "new", "harness-check", "--scope", "*");
  const server = spawn(binary, ["serve", "--port", "0", "--quiet"], {
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const url = await new Promise((resolve, reject) => {
    server.stdout.once("data", (line) => resolve(String(line).trim()));
    server.once("exit", (code) => reject(new Error(`proxyagent serve ended with ${code}`)));
  });
  return {
    url,
    token,
    model: null,
    rows: async () => JSON.parse(await command("logs", "--json", "--limit", "500")).logs,
    stop: () => server.kill("SIGTERM"),
  };
}

/** A home elsewhere. Its aliases are its own, so its mock is asked for by name. */
export function otherHome(binary, scratch, url, token, admin) {
  const environment = { PATH: process.env.PATH, HOME: scratch, PROXYAGENT_ADMIN_TOKEN: admin };
  const rows = async () => {
    const line = ["logs", "--json", "--limit", "500", "--proxy", url];
    const ended = await runToEnd(binary, line, { environment, patience: 40_000 });
    if (ended.code !== 0) throw new Error(`proxyagent ${line.join(" ")}: ${ended.stderr}`);
    return JSON.parse(ended.stdout).logs;
  };
  return { url, token, model: "mock", rows: admin ? rows : null, stop: () => {} };
}
