// The search for leaks finds them: otherwise an empty result would mean nothing.
import test from "node:test";
import assert from "node:assert/strict";
import { canaryKeys, leaks } from "./canaries.mjs";

test("every spelling is found, wherever it stands", () => {
  for (const secret of Object.values(canaryKeys())) {
    for (const before of ["", "x", "xy", "xyz"]) {
      const text = `${before}${secret}tail`;
      const bytes = Buffer.from(text);
      for (const [name, form] of [
        ["raw", text],
        ["percent", encodeURIComponent(text)],
        ["JSON", JSON.stringify(text).replaceAll("/", "\\/")],
        ["hex", bytes.toString("hex")],
        ["base64", bytes.toString("base64")],
        ["base64url", bytes.toString("base64url")],
      ]) {
        assert.notEqual(leaks(secret, Buffer.from(`... ${form} ...`)).length, 0, `${name} after ${before.length}: ${form}`);
      }
    }
    assert.deepEqual(leaks(secret, Buffer.from("nothing to see")), []);
  }
});
