// Makes dashboard/vendor.js, the dashboard's only third-party code, from the npm packages named
// below. Run it to change a version: `node scripts/vendor-dashboard.mjs`. What it writes is committed; nothing else
// needs it. dashboard/vendor.txt says what is inside, with licences and checksums, and a test compares them.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGES = { preact: "11.2.0", "@preact/signals": "2.11.4", "@preact/signals-core": null, htm: "3.1.1" };
const ENTRY = `
export { h, render, Fragment } from "preact";
export { useEffect, useLayoutEffect, useRef, useState, useMemo, useCallback, useId } from "preact/hooks";
export { signal, computed, effect, batch, useSignal, useComputed } from "@preact/signals";
import htm from "htm";
import { h } from "preact";
export const html = htm.bind(h);
`;
const OUT = new URL("../dashboard/", import.meta.url);

const folder = mkdtempSync(join(tmpdir(), "vendor-"));
const inside = (path) => readFileSync(join(folder, "node_modules", path), "utf8");
writeFileSync(join(folder, "package.json"), '{"private":true}');
const wanted = Object.entries(PACKAGES).filter(([, version]) => version).map(([name, version]) => `${name}@${version}`);
execFileSync("npm", ["install", "--silent", "--ignore-scripts", ...wanted, "esbuild@0.28.2"], { cwd: folder, stdio: "inherit" });
writeFileSync(join(folder, "entry.js"), ENTRY);
execFileSync(join(folder, "node_modules/.bin/esbuild"), [
  "entry.js", "--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none", "--outfile=vendor.js",
  "--banner:js=/* Third-party code; see vendor.txt. */",
], { cwd: folder, stdio: "inherit" });

const files = { "vendor.js": readFileSync(join(folder, "vendor.js"), "utf8") };
let about = "The dashboard's third-party code, bundled by scripts/vendor-dashboard.mjs.\n\n";
for (const [name, text] of Object.entries(files)) {
  writeFileSync(new URL(name, OUT), text);
  about += `sha256 ${createHash("sha256").update(text).digest("hex")}  ${name}\n`;
}
for (const name of Object.keys(PACKAGES)) {
  const { version, license } = JSON.parse(inside(`${name}/package.json`));
  about += `\n---- ${name} ${version} (${license})\n\n${inside(`${name}/LICENSE`).trim()}\n`;
}
writeFileSync(new URL("vendor.txt", OUT), about);
rmSync(folder, { recursive: true });
