// Bodies that two parsers could read differently, or that cannot be read at all: refused before anything is sent.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { assertFailure, DIALECTS, NAMES } from "../dialects.mjs";

/** Each with the marker `[[case:M]]` inside, where it can have one. */
const BAD = {
  "not JSON": `model=claude-opus-5-5 [[case:M]]`,
  "cut off": `{"model":"MODEL","messages":[{"role":"user","content":"[[case:M]]"`,
  "trailing garbage": `{"model":"MODEL","messages":[],"x":"[[case:M]]"} trailing`,
  "two documents": `{"model":"MODEL","x":"[[case:M]]"}{"model":"MODEL"}`,
  "a trailing comma": `{"model":"MODEL","x":"[[case:M]]",}`,
  "a top-level array": `[{"model":"MODEL","x":"[[case:M]]"}]`,
  "a top-level string": `"MODEL [[case:M]]"`,
  "null": `null`,
  "empty": ``,
  "only white space": `  \n`,
  "model twice": `{"model":"MODEL","x":"[[case:M]]","model":"other"}`,
  "model twice, once escaped": `{"model":"MODEL","x":"[[case:M]]","mod\\u0065l":"other"}`,
  "another member twice": `{"model":"MODEL","stream":false,"x":"[[case:M]]","stream":true}`,
  "model missing": `{"messages":[],"x":"[[case:M]]"}`,
  "model a number": `{"model":5,"x":"[[case:M]]"}`,
  "model null": `{"model":null,"x":"[[case:M]]"}`,
  "model an array": `{"model":["MODEL"],"x":"[[case:M]]"}`,
  "model empty": `{"model":"","x":"[[case:M]]"}`,
  "a control character in a string": `{"model":"MODEL","x":"[[case:M]]\u0001"}`,
  "a lone surrogate in the model": `{"model":"MODEL\\ud800","x":"[[case:M]]"}`,
  "a single-quoted key": `{'model':"MODEL","x":"[[case:M]]"}`,
};

export function bodies(home) {
  describe("bad bodies are refused in the caller's dialect, and nothing is sent", () => {
    for (const [name, template] of Object.entries(BAD)) {
      test(name, async () => {
        for (const dialect of NAMES) await refuse(home, dialect, (text) => text, template);
      });
    }

    test("invalid UTF-8", async () => {
      for (const dialect of NAMES) {
        await refuse(home, dialect, (text) => Buffer.concat([Buffer.from(text), Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x7d])]),
          `{"model":"MODEL","x":"[[case:M]]","y":`);
      }
    });

    test("deeply nested, without harm", async () => {
      await refuse(home, "messages", (text) => text, `{"model":"MODEL","x":${"[".repeat(200_000)}`);
      assert.equal((await home.send("/healthz")).status, 200);
    });
  });

  test("a body that is too large: 413 in the caller's dialect, nothing sent", async () => {
    for (const dialect of NAMES) {
      const { token, marker } = await home.begin();
      const { path, model, auth } = DIALECTS[dialect];
      const body = `{"model":"${model}","x":"[[case:${marker}]]","y":"${"y".repeat((32 << 20) + 1)}"}`;
      const got = await home.send(path, { method: "POST", headers: { ...auth(token), "content-type": "application/json" }, body })
        .catch((error) => ({ refusedEarly: error.code }));
      // A server may also stop reading: the client then sees a broken connection instead of the answer.
      if (!got.refusedEarly) assertFailure(dialect, got, 413);
      else assert.ok(["EPIPE", "ECONNRESET"].includes(got.refusedEarly), got.refusedEarly);
      assert.equal(home.upstream.seen(marker).length, 0);
    }
  });
}

async function refuse(home, dialect, finish, template) {
  const { token, marker } = await home.begin();
  const { path, model, auth } = DIALECTS[dialect];
  const body = finish(template.replaceAll("MODEL", model).replace("[[case:M]]", `[[case:${marker}]]`));
  const before = home.upstream.requests.length;
  const got = await home.send(path, { method: "POST", headers: { ...auth(token), "content-type": "application/json" }, body });
  assertFailure(dialect, got, 400);
  assert.equal(home.upstream.requests.length, before, "nothing was sent");
}
