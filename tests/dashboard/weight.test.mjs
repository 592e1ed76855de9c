// What the dashboard's files weigh and what they must not hold. Needs no browser.
import test from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

const FOLDER = new URL("../../dashboard/", import.meta.url);
const files = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(new URL(name, FOLDER), "utf8") }));
const own = files.filter(({ name }) => name.endsWith(".js") && name !== "vendor.js");
const weigh = (some) => some.reduce((sum, { text }) => sum + brotliCompressSync(text).length, 0);

test("the scripts stay light", () => {
  const scripts = weigh(files.filter(({ name }) => name.endsWith(".js")));
  assert.ok(scripts <= 60_000, `${scripts} bytes of compressed JavaScript`);
  const looks = weigh(files.filter(({ name }) => name.endsWith(".css")));
  assert.ok(looks <= 6_000, `${looks} bytes of compressed CSS`);
  assert.ok(weigh(files.filter(({ name }) => name === "index.html")) <= 1_500);
});

test("what others wrote is what vendor.txt says", () => {
  const said = files.find(({ name }) => name === "vendor.txt").text;
  const found = createHash("sha256").update(files.find(({ name }) => name === "vendor.js").text).digest("hex");
  assert.ok(said.includes(`sha256 ${found}  vendor.js`), "run scripts/vendor-dashboard.mjs");
  for (const name of ["preact", "@preact/signals", "@preact/signals-core", "htm"]) assert.match(said, new RegExp(`^---- ${name} \\d`, "m"));
});

test("our own scripts make no markup of text, and keep nothing but the theme", () => {
  for (const { name, text } of own) {
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function|sessionStorage|indexedDB|document\.cookie/, name);
    for (const [, key] of text.matchAll(/localStorage\.\w+\("?([^",)]*)/g)) assert.equal(key, "theme", name);
    assert.doesNotMatch(text, /https?:\/\/(?!\$)/, `${name} names another host`);
    assert.ok(text.startsWith("//"), `${name} says what it is for`);
    assert.ok(text.split("\n").length <= 400, `${name} has too many lines`);
  }
});
