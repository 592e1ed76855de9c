// A home of the proxy to check against: one of our own, or one that is running elsewhere.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { runToEnd } from "./process.mjs";

/** A native server on an empty store, with every model led to the mock and no provider key. */
export const ownHome = (binary, scratch) => nativeHome(binary, join(scratch, "home-of-the-proxy"), "mock", {}, "with the mock");

/** A native server whose only provider is `provider`: the proxy `behind`, which answers as its mock does. */
export async function onlyHome(binary, scratch, provider, behind) {
  const { variable, endpoint, model } = PROVIDERS[provider];
  const keys = { [variable]: behind.token, [`PROXYAGENT_${provider.toUpperCase()}_ENDPOINT`]: behind.url + endpoint };
  return nativeHome(binary, join(scratch, `home-with-only-${provider}`), `${provider}:${model}`, keys, `with ${provider} only`);
}

/** A provider's key, where a proxy speaks its dialects, and a model of it. */
const PROVIDERS = {
  anthropic: { variable: "ANTHROPIC_API_KEY", endpoint: "/anthropic", model: "claude-opus-5-5" },
  openai: { variable: "OPENAI_API_KEY", endpoint: "/openai/v1", model: "gpt-6.1-terra" },
};

async function nativeHome(binary, directory, target, keys, called) {
  const environment = { PATH: process.env.PATH, HOME: directory, PROXYAGENT_HOME: directory, ...keys };
  const command = async (...line) => {
    const ended = await runToEnd(binary, line, { environment, patience: 20_000 });
    if (ended.code !== 0) throw new Error(`proxyagent ${line.join(" ")}: ${ended.stderr}`);
    return ended.stdout.trim();
  };
  await command("alias", "set", "*", target);
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
    called,
    url,
    token,
    model: null,
    provider: target.split(":")[0],
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
  return { called: `at ${url}`, url, token, model: "mock", provider: "mock", rows: admin ? rows : null, stop: () => {} };
}

/** The built Worker in workerd; what it needs is what the contract suite's home needs. */
export async function edgeHome(binary, scratch) {
  const { startWorkerd } = await import("../contract/workerd.mjs");
  const admin = randomBytes(24).toString("hex");
  const workerd = await startWorkerd({ PROXYAGENT_ADMIN_TOKEN: admin });
  const made = await fetch(`${workerd.url}/admin/tokens`, {
    method: "POST",
    headers: { "x-admin-token": admin, "content-type": "application/json" },
    body: JSON.stringify({ label: "harness-check", scope: ["*"] }),
  });
  const { token } = await made.json();
  return { ...otherHome(binary, scratch, workerd.url, token, admin), called: "in workerd", stop: () => workerd.stop() };
}
