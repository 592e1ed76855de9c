// Runs real agents through `proxyagent run` and looks at what they say, do and leave behind. See check.sh.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { AGENTS, CANARIES } from "./agents.mjs";
import { otherHome, ownHome } from "./home.mjs";
import { runToEnd } from "./process.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const BINARY = process.env.PROXYAGENT_BIN;
const PATIENCE = 60_000;

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    token: { type: "string" },
    only: { type: "string", multiple: true },
    scratch: { type: "string" },
    strict: { type: "boolean", default: false },
  },
});

const failures = [];
const skipped = [];
const say = (text) => process.stdout.write(`${text}\n`);

/** Installs the pinned agents; one that cannot be had does not keep the others from being checked. */
function install(packages) {
  mkdirSync(packages, { recursive: true });
  for (const name of ["package.json", "package-lock.json", ".npmrc"]) cpSync(join(HERE, name), join(packages, name));
  const npm = (...line) => spawnSync("npm", line, { cwd: packages, encoding: "utf8" });
  const scripts = () => {
    const scripted = AGENTS.filter((agent) => agent.scripted).map((agent) => agent.package);
    const ended = npm("rebuild", "--ignore-scripts=false", "--loglevel=error", ...scripted);
    if (ended.status !== 0) say(`npm rebuild: ${ended.stderr.trim()}`);
  };
  const whole = npm("install", "--no-save", "--loglevel=error");
  if (whole.status === 0) return scripts();
  say(`npm install: ${whole.stderr.trim()}\none by one, then`);
  const { dependencies } = JSON.parse(readFileSync(join(packages, "package.json")));
  rmSync(join(packages, "package-lock.json"));
  writeFileSync(join(packages, "package.json"), '{"private":true}');
  for (const [name, version] of Object.entries(dependencies)) npm("install", "--loglevel=error", `${name}@${version}`);
  scripts();
}

/** Whether the proxy has a route: one that exists answers a GET with something else than 404. */
async function hasRoute(home, route) {
  const answer = await fetch(home.url + route, { headers: { authorization: `Bearer ${home.token}` } });
  await answer.arrayBuffer();
  return answer.status !== 404;
}

/** One turn of one agent: `expect` gets what it printed and returns what is wrong. */
async function turn(agent, home, name, goal, user, path, calls, expect) {
  const cwd = join(user, "work", name);
  mkdirSync(cwd, { recursive: true });
  const before = new Set(home.rows ? (await home.rows()).map((row) => row.id) : []);
  const line = ["run", agent.harness, "--goal", goal, "--skip-permissions"];
  if (home.model) line.push("--model", home.model);
  const environment = {
    ...CANARIES,
    PATH: path,
    HOME: user,
    TMPDIR: process.env.TMPDIR ?? tmpdir(),
    PROXYAGENT_PROXY: home.url,
    PROXYAGENT_TOKEN: home.token,
  };
  const started = performance.now();
  const ended = await runToEnd(BINARY, line, { environment, cwd, patience: PATIENCE });
  const took = ((performance.now() - started) / 1000).toFixed(1);
  const wrong = [];
  if (ended.late) wrong.push(`did not end within ${PATIENCE / 1000} s`);
  else if (ended.code !== 0) wrong.push(`ended with ${ended.code ?? ended.signal}`);
  wrong.push(...expect(ended, cwd));
  if (home.rows) {
    const rows = (await home.rows()).filter((row) => !before.has(row.id));
    if (rows.length < calls) wrong.push(`left ${rows.length} rows in the log, not ${calls} or more`);
    for (const row of rows) {
      if (row.status !== 200 || row.provider !== "mock") wrong.push(`left the row ${JSON.stringify(row)}`);
    }
  }
  report(`${agent.harness}: ${name}`, wrong, took);
  if (wrong.length > 0) say(indent(`it printed:\n${ended.stdout}\nand on standard error:\n${ended.stderr}`));
}

function report(what, wrong, took) {
  say(`${wrong.length === 0 ? "ok  " : "FAIL"}  ${what}${took ? ` (${took} s)` : ""}`);
  for (const line of wrong) say(indent(line));
  if (wrong.length > 0) failures.push(what);
}

const indent = (text) => text.trimEnd().replaceAll(/^/gm, "      ");

function text({ stdout }) {
  return stdout.includes("mock:") && stdout.includes("a-word-to-come-back") ? [] : ["did not print the model's answer"];
}

function tool({ stdout }, cwd) {
  const wrong = [];
  const read = (name) => (existsSync(join(cwd, name)) ? readFileSync(join(cwd, name), "utf8") : null);
  if (read("was-here.txt")?.trim() !== "proxyagent-was-here") wrong.push("its tool did not write the file");
  if (!stdout.includes("mock: tool returned")) wrong.push("did not print what the model said about the tool's result");
  const seen = read("environment.txt") ?? "";
  for (const [name, value] of Object.entries(CANARIES)) {
    if (seen.includes(value)) wrong.push(`its tool could see ${name}`);
  }
  return wrong;
}

async function check(agent, home, scratch, packages) {
  const skip = (why) => {
    skipped.push(`${agent.harness}: ${why}`);
    say(`skip  ${agent.harness}: ${why}`);
  };
  const bin = join(packages, "node_modules", ".bin");
  if (!existsSync(join(bin, agent.program))) return skip(`${agent.package} could not be installed from npm`);
  if (agent.route && !(await hasRoute(home, agent.route))) {
    return skip(`this proxy has no route ${agent.route} yet (GET answers 404)`);
  }
  const user = mkdtempSync(join(scratch, `${agent.harness}-`));
  for (const [name, content] of Object.entries(agent.files)) {
    mkdirSync(dirname(join(user, name)), { recursive: true });
    writeFileSync(join(user, name), content);
  }
  const path = [bin, process.env.PATH].join(delimiter);
  await turn(agent, home, "text", "Say a-word-to-come-back.", user, path, 1, text);
  await turn(agent, home, "tool", `Please leave a mark. ${agent.tool}`, user, path, 2, tool);
  const changed = Object.entries(agent.files).filter(([name, content]) => readFileSync(join(user, name), "utf8") !== content);
  report(`${agent.harness}: the user's files`, changed.map(([name]) => `~/${name} was changed`));
}

const scratch = options.scratch ? resolve(options.scratch) : mkdtempSync(join(tmpdir(), "proxyagent-harness-"));
const runs = join(scratch, "runs");
rmSync(runs, { recursive: true, force: true });
mkdirSync(runs, { recursive: true });
let home;
try {
  const packages = join(scratch, "packages");
  install(packages);
  const token = options.token ?? process.env.PROXYAGENT_TOKEN;
  if (options.url && !token) throw new Error("--url needs --token, or PROXYAGENT_TOKEN");
  home = options.url
    ? otherHome(BINARY, runs, options.url.replace(/\/+$/, ""), token, process.env.PROXYAGENT_ADMIN_TOKEN)
    : await ownHome(BINARY, runs);
  if (!home.rows) say("note  PROXYAGENT_ADMIN_TOKEN is not set, so the log of that home is not looked at");
  for (const agent of AGENTS.filter(({ harness }) => !options.only || options.only.includes(harness))) {
    await check(agent, home, runs, packages);
  }
} finally {
  home?.stop();
  if (!options.scratch) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}

if (skipped.length > 0) say(`\ncould not run:\n${indent(skipped.join("\n"))}`);
if (failures.length > 0) say(`\nfailed:\n${indent(failures.join("\n"))}`);
process.exitCode = failures.length > 0 || (options.strict && skipped.length > 0) ? 1 : 0;
