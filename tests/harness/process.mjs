// Runs a program to its end, and no longer than that.
import { spawn } from "node:child_process";
import { once } from "node:events";

/** `{code, signal, stdout, stderr, late}`. A program that is late is asked to end, with all it started, and then made to. */
export async function runToEnd(program, line, { environment, cwd, patience }) {
  const child = spawn(program, line, { env: environment, cwd, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const read = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (piece) => (read[name] += piece));
  let late = false;
  const end = (signal) => {
    late = true;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It ended just now.
    }
  };
  const asked = setTimeout(end, patience, "SIGTERM");
  const made = setTimeout(end, patience + 5_000, "SIGKILL");
  const [code, signal] = await once(child, "close");
  clearTimeout(asked);
  clearTimeout(made);
  return { code, signal, late, ...read };
}
