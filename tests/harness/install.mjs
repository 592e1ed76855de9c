// Gets the pinned agents and SDKs from npm and PyPI into a scratch directory. What cannot be had is left out: whoever
// wants to run it says so.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));

/** The npm packages; `scripted` ones must run their install script. The directory of their programs. */
export function installNpm(packages, scripted, say) {
  mkdirSync(packages, { recursive: true });
  for (const name of ["package.json", "package-lock.json", ".npmrc"]) cpSync(join(HERE, name), join(packages, name));
  const npm = (...line) => spawnSync("npm", line, { cwd: packages, encoding: "utf8" });
  const whole = npm("install", "--no-save", "--loglevel=error");
  if (whole.status !== 0) {
    say(`npm install: ${whole.stderr.trim()}\none by one, then`);
    const { dependencies } = JSON.parse(readFileSync(join(packages, "package.json")));
    rmSync(join(packages, "package-lock.json"));
    writeFileSync(join(packages, "package.json"), '{"private":true}');
    for (const [name, version] of Object.entries(dependencies)) npm("install", "--loglevel=error", `${name}@${version}`);
  }
  const ended = npm("rebuild", "--ignore-scripts=false", "--loglevel=error", ...scripted);
  if (ended.status !== 0) say(`npm rebuild: ${ended.stderr.trim()}`);
  return join(packages, "node_modules", ".bin");
}

/** A Python environment of its own with `requirements`; the directory of its programs, or null. */
export function installPython(directory, requirements, say) {
  const programs = join(directory, "bin");
  if (!existsSync(join(programs, "pip"))) {
    const made = spawnSync("python3", ["-m", "venv", directory], { encoding: "utf8" });
    if (made.status !== 0) {
      say(`python3 -m venv: ${(made.error?.message ?? made.stdout + made.stderr).trim()}`);
      return null;
    }
  }
  const line = ["install", "--quiet", "--disable-pip-version-check", ...requirements];
  const ended = spawnSync(join(programs, "pip"), line, { encoding: "utf8" });
  if (ended.status === 0) return programs;
  say(`pip install ${requirements.join(" ")}: ${ended.stderr.trim()}`);
  return null;
}
