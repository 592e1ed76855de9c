// Runs real agents and SDKs through the proxy and looks at what they say, do and leave behind. See check.sh.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { AGENTS, CANARIES, PYTHON } from "./agents.mjs";
import { edgeHome, onlyHome, otherHome, ownHome } from "./home.mjs";
import { installNpm, installPython } from "./install.mjs";
import { said, turn, usedTool } from "./turn.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const BINARY = process.env.PROXYAGENT_BIN;

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    token: { type: "string" },
    edge: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    scratch: { type: "string" },
    strict: { type: "boolean", default: false },
  },
});

const failures = [];
const skipped = [];
const homes = [];
const say = (text) => process.stdout.write(`${text}\n`);
const indent = (text) => text.trimEnd().replaceAll(/^/gm, "      ");
const wanted = (name) => !options.only || options.only.includes(name);

function report(what, { wrong, took, ended }) {
  say(`${wrong.length === 0 ? "ok  " : "FAIL"}  ${what}${took ? ` (${took} s)` : ""}`);
  if (wrong.length === 0) return;
  failures.push(what);
  say(indent(wrong.join("\n")));
  if (ended) say(indent(`it printed:\n${ended.stdout}\nand on standard error:\n${ended.stderr}`));
}

function skip(what, why) {
  skipped.push(`${what}: ${why}`);
  say(`skip  ${what}: ${why}`);
}

/** What `proxyagent run` is told for one agent at one home. */
function command(agent, home, goal) {
  const line = ["run", agent.harness, "--goal", goal];
  line.push(...(agent.command ? ["--command", agent.command] : ["--skip-permissions"]));
  if (home.model || agent.model) line.push("--model", home.model ?? agent.model);
  return line;
}

async function checkAgent(agent, home, runs, programs) {
  const name = agent.name ?? agent.harness;
  if (!existsSync(join(programs ?? "", agent.program))) return skip(`${name} ${home.called}`, `${agent.package} could not be installed`);
  const user = mkdtempSync(join(runs, `${name}-`));
  for (const [file, content] of Object.entries(agent.files)) {
    mkdirSync(dirname(join(user, file)), { recursive: true });
    writeFileSync(join(user, file), content);
  }
  const environment = {
    ...CANARIES,
    PATH: [programs, process.env.PATH].join(delimiter),
    HOME: user,
    PROXYAGENT_PROXY: home.url,
    PROXYAGENT_TOKEN: home.token,
  };
  const one = async (kind, goal, calls, expect) => {
    const run = { program: BINARY, line: command(agent, home, goal), cwd: join(user, "work", kind), environment, calls, expect };
    report(`${name} ${home.called}: ${kind}`, await turn(home, run));
  };
  await one("text", "Say a-word-to-come-back.", 1, said(agent.text ?? /mock: .*a-word-to-come-back/s));
  if (agent.tool) await one("tool", `Please leave a mark. ${agent.tool}`, 2, usedTool);
  const files = Object.entries(agent.files);
  const changed = files.filter(([file, content]) => readFileSync(join(user, file), "utf8") !== content);
  if (files.length > 0) report(`${name} ${home.called}: the user's files`, { wrong: changed.map(([file]) => `~/${file} was changed`) });
}

async function checkSdks(home, runs, programs) {
  const what = `Python SDKs ${home.called}`;
  if (!programs) return skip(what, "they could not be installed");
  const line = [join(HERE, "sdk.py"), home.url, home.token, home.model ?? "gpt-4o"];
  const environment = { PATH: process.env.PATH, HOME: runs };
  report(what, await turn(home, { program: join(programs, "python"), line, cwd: runs, environment, calls: 4, expect: () => [] }));
}

/** The homes to check against: another one, or one of our own and what can stand before it. */
async function begin(runs) {
  const token = options.token ?? process.env.PROXYAGENT_TOKEN;
  if (options.url && !token) throw new Error("--url needs --token, or PROXYAGENT_TOKEN");
  if (options.url) {
    const home = otherHome(BINARY, runs, options.url.replace(/\/+$/, ""), token, process.env.PROXYAGENT_ADMIN_TOKEN);
    if (!home.rows) say("note  PROXYAGENT_ADMIN_TOKEN is not set, so the log of that home is not looked at");
    homes.push(home);
    return;
  }
  const own = await ownHome(BINARY, runs);
  homes.push(own);
  for (const provider of ["anthropic", "openai"]) homes.push(await onlyHome(BINARY, runs, provider, own));
  if (options.edge) homes.push(await edgeHome(BINARY, runs));
}

const scratch = options.scratch ? resolve(options.scratch) : mkdtempSync(join(tmpdir(), "proxyagent-harness-"));
const runs = join(scratch, "runs");
rmSync(runs, { recursive: true, force: true });
mkdirSync(runs, { recursive: true });
try {
  const fromNpm = AGENTS.filter((agent) => !agent.python);
  const npm = installNpm(join(scratch, "packages"), fromNpm.filter((a) => a.scripted).map((a) => a.package), say);
  const python = {};
  for (const [name, requirements] of Object.entries(PYTHON)) {
    if (wanted(name)) python[name] = installPython(join(scratch, `python-${name}`), requirements, say);
  }
  await begin(runs);
  for (const home of homes) {
    for (const agent of AGENTS.filter(({ name, harness }) => wanted(name ?? harness))) {
      await checkAgent(agent, home, runs, agent.python ? python[agent.python] : npm);
    }
    if (wanted("sdks")) await checkSdks(home, runs, python.sdks);
  }
} finally {
  for (const home of homes) await home.stop();
  if (!options.scratch) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}

if (skipped.length > 0) say(`\ncould not run:\n${indent(skipped.join("\n"))}`);
if (failures.length > 0) say(`\nfailed:\n${indent(failures.join("\n"))}`);
process.exitCode = failures.length > 0 || (options.strict && skipped.length > 0) ? 1 : 0;
