// One run of a program through the proxy, and what must be true afterwards.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CANARIES } from "./agents.mjs";
import { runToEnd } from "./process.mjs";

const PATIENCE = 120_000;

/**
 * Runs `program` with `line` and says what is wrong: its exit code, what `expect(ended, cwd)` finds, and the rows it left
 * in the log of `home`, of which there must be `calls` or more, all answered.
 */
export async function turn(home, { program, line, cwd, environment, calls, expect }) {
  mkdirSync(cwd, { recursive: true });
  const before = new Set(home.rows ? (await home.rows()).map((row) => row.id) : []);
  const started = performance.now();
  const ended = await runToEnd(program, line, { environment: { TMPDIR: tmpdir(), ...environment }, cwd, patience: PATIENCE });
  const took = ((performance.now() - started) / 1000).toFixed(1);
  const wrong = [];
  if (ended.late) wrong.push(`did not end within ${PATIENCE / 1000} s`);
  else if (ended.code !== 0) wrong.push(`ended with ${ended.code ?? ended.signal}`);
  wrong.push(...expect(ended, cwd));
  if (home.rows) {
    const rows = (await home.rows()).filter((row) => !before.has(row.id));
    if (rows.length < calls) wrong.push(`left ${rows.length} rows in the log, not ${calls} or more`);
    for (const row of rows) {
      if (row.status !== 200 || row.provider !== home.provider) wrong.push(`left the row ${JSON.stringify(row)}`);
    }
  }
  return { wrong, took, ended };
}

/** What a program must have printed after it was told to say something. */
export const said = (text) => ({ stdout }) => (text.test(stdout) ? [] : ["did not print the model's answer"]);

/** What an agent must have done and printed after its model called its shell. */
export function usedTool({ stdout }, cwd) {
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
