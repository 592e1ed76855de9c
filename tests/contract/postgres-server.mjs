// A PostgreSQL of the tests' own: a private folder, a unix socket, no network. Needs the programs, not a running server.
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A running server with one empty database, or null where PostgreSQL is not installed. */
export function startPostgres() {
  const programs = folders().find((folder) => existsSync(join(folder, "initdb")));
  if (!programs) return null;
  const folder = mkdtempSync(join(tmpdir(), "pa-pg-"));
  const user = otherUser();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const run = (program, ...args) => {
    const { status, stdout, stderr } = spawnSync(join(programs, program), args, {
      ...user, cwd: folder, stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  const data = join(folder, "data");
  const options = `-k ${folder} -c listen_addresses= -c fsync=off -c max_connections=100`;
  // pg_ctl's child keeps what it inherits, so a pipe would never end.
  const control = (action, ...more) => {
    const { status } = spawnSync(join(programs, "pg_ctl"),
      [action, "-w", "-s", "-D", data, "-l", join(folder, "log"), ...(action === "stop" ? [] : ["-o", options]), ...more],
      { ...user, cwd: folder, stdio: "ignore" });
    if (status !== 0) throw new Error(`pg_ctl ${action}: ${readFileSync(join(folder, "log"))}`);
  };
  run("initdb", "-D", data, "-U", "proxyagent", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "-N");
  control("start");
  const server = {
    url: `postgres://proxyagent@${encodeURIComponent(folder)}/postgres`,
    /** Everything stored, as text. */
    dump: () => run("pg_dump", "-h", folder, "-U", "proxyagent", "postgres"),
    restart: () => control("restart", "-m", "fast"),
    stop() {
      control("stop", "-m", "immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return server;
}

/** Where the programs may be, the newest version first. */
function folders() {
  const base = "/usr/lib/postgresql";
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => b - a) : [];
  return [...versions.map((version) => join(base, version, "bin")), ...(process.env.PATH ?? "").split(delimiter)];
}

/** PostgreSQL refuses to run as root: somebody else then. */
function otherUser() {
  if (process.getuid() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const [, , uid, gid] = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  return { uid: Number(uid), gid: Number(gid) };
}
