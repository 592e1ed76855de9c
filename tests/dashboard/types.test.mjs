// The dashboard's types, as its comments state them.
import test from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

test("the types hold", () => {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-types-"));
  for (const from of [at("../../dashboard"), at("types")]) {
    // What others wrote is described by a file of ours, not read.
    for (const name of readdirSync(from).filter((one) => one !== "vendor.js")) copyFileSync(join(from, name), join(folder, name));
  }
  const { status, stdout } = spawnSync(at("../node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  assert.equal(status, 0, stdout);
});
