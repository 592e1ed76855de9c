// Starts the native binary on a free port with its own empty home, and knows how to end it well and badly.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startFakeProvider } from "../fake-provider/server.mjs";
import { Home } from "./home.mjs";
import { canaryKeys } from "./canaries.mjs";
import { toolsAt } from "./tools-at.mjs";

const BINARY = process.env.PROXYAGENT_BIN ?? fileURLToPath(new URL("../../target/debug/proxyagent", import.meta.url));

/**
 * A native home around a fresh store, with a fake provider behind it. `settings` are further ones. With a `database` (see
 * postgres-server.mjs), the store is there; `keys` are those of another instance.
 */
export async function startNative(settings = {}, { database, keys = canaryKeys() } = {}) {
  const upstream = await startFakeProvider();
  const directory = mkdtempSync(join(tmpdir(), "proxyagent-contract-"));
  const environment = {
    PATH: process.env.PATH,
    HOME: directory,
    PROXYAGENT_HOME: directory,
    PROXYAGENT_ADMIN_TOKEN: keys.admin,
    ANTHROPIC_API_KEY: keys.anthropic,
    OPENAI_API_KEY: keys.openai,
    PROXYAGENT_ANTHROPIC_ENDPOINT: upstream.url,
    PROXYAGENT_OPENAI_ENDPOINT: upstream.url,
    PROXYAGENT_TOOLS: toolsAt(upstream.url, keys.tool),
    ...(database ? { PROXYAGENT_DATABASE_URL: database.url } : {}),
    ...settings,
  };
  const server = new Server(environment);
  const home = new Home({
    name: database ? "native on PostgreSQL" : "native",
    store: database ? "postgres" : "sqlite",
    database,
    upstream,
    keys,
    seesConnectionHeader: true,
    tellsRefusedConnections: true,
    logs: () => server.log,
    dump: async () =>
      Buffer.concat([...filesIn(directory).map((path) => readFileSync(path)), ...(database ? [database.dump()] : [])]),
    async stop() {
      await server.end("SIGKILL");
      await upstream.close();
      rmSync(directory, { recursive: true, force: true });
    },
    /** The files of the home: `{path, mode}`. */
    files: () => filesIn(directory).map((path) => ({ path, mode: statSync(path).mode })),
    /** Ends the process at once, as a power cut would. */
    kill: () => server.end("SIGKILL"),
    /** Asks the process to end; resolves with its exit code when it has. */
    term: () => server.end("SIGTERM"),
    /** Starts a process on the same store. */
    async restart() {
      home.url = await server.start();
    },
  });
  home.url = await server.start();
  return home;
}

/** Runs the binary to its end with the given arguments: `{code, stdout, stderr}`. */
export async function runToEnd(args, environment = {}) {
  const directory = mkdtempSync(join(tmpdir(), "proxyagent-contract-"));
  const child = spawn(BINARY, args, {
    env: { PATH: process.env.PATH, HOME: directory, PROXYAGENT_HOME: directory, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 10_000,
    killSignal: "SIGKILL",
  });
  const read = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (piece) => (read[name] += piece));
  const [code, signal] = await once(child, "close");
  rmSync(directory, { recursive: true, force: true });
  return { code, signal, ...read };
}

class Server {
  log = "";
  #child = null;

  constructor(environment) {
    this.environment = environment;
  }

  /** Resolves with the base URL once the process says that it listens. */
  start() {
    const child = spawn(BINARY, ["serve", "--host", "127.0.0.1", "--port", "0"], {
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    let said = "";
    return new Promise((resolve, reject) => {
      const listen = (piece) => {
        this.log += piece;
        said += piece;
        const address = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said);
        if (address) resolve(address[1]);
      };
      child.stdout.on("data", listen);
      child.stderr.on("data", listen);
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`${BINARY} ended with ${code ?? signal}:\n${said}`)));
    });
  }

  async end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = once(child, "exit");
    child.kill(signal);
    return (await gone)[0];
  }
}

function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
