// No secret leaves: not in answers of hostile upstreams, not in logs, not in the store, not in anything clients saw.
// `canaries` must run last: it searches what all other cases left behind.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { leaks as found } from "../canaries.mjs";
import { NAMES } from "../dialects.mjs";
import { echo, inPieces } from "../../fake-provider/behaviours.mjs";
import { eventually } from "../eventually.mjs";

export function leaks(home) {
  describe("an upstream that repeats our key does not get it through", () => {
    for (const [name, options] of Object.entries({
      "in the headers and body of an error": { status: 400 },
      "in the body of a refusal": { status: 401 },
      "in a whole answer": { status: 200 },
      "in a stream": { status: 200, type: "text/event-stream", wrap: (text) => `data: ${JSON.stringify({ choices: [], echo: text })}\n\n` },
    })) {
      test(name, async () => {
        for (const dialect of NAMES) {
          const { token, marker } = await home.begin();
          home.upstream.script(marker, echo(options));
          // Not remembered: a leak here is this case's failure, not also the canary's.
          const got = await home.ask(dialect, { token, marker, stream: options.type !== undefined, remember: false });
          assert.equal(home.upstream.seen(marker).length, 1, "the upstream had the key to repeat");
          for (const key of [home.keys.anthropic, home.keys.openai]) {
            assert.deepEqual(found(key, Buffer.from(got.rawHead)), [], `${dialect}: headers`);
            assert.deepEqual(found(key, got.body), [], `${dialect}: body`);
          }
        }
      });
    }

    test("in pieces, and in other spellings", async () => {
      const headers = { "content-type": "text/event-stream" };
      for (const dialect of NAMES) for (const spell of Object.values(SPELLINGS)) for (const size of [1, 7, 1 << 20]) {
        const { token, marker } = await home.begin();
        const body = Object.values(home.keys).map((key) => `data: {"choices":[],"echo":"..${spell(key)}.."}\n\n`).join("");
        home.upstream.script(marker, inPieces({ headers, body, sizes: [size] }));
        const got = await home.ask(dialect, { token, marker, stream: true, remember: false });
        for (const key of [home.keys.anthropic, home.keys.openai]) {
          assert.deepEqual(found(key, got.body), [], `${dialect}: ${spell.name} in pieces of ${size}`);
        }
      }
    });
  });
}

/** Credentials of nobody here, where no credential belongs. */
export function strays(home) {
  describe("a credential in the wrong field is not kept", () => {
    const shape = () => randomBytes(18).toString("hex");

    test("as a model, as a request's id, as a label", async () => {
      const strays = [`sk-proj-${shape()}`, `ghp_${shape()}`, `xoxb-1234567890-${shape()}`];
      const [model, id, label] = strays;
      for (const dialect of NAMES) {
        const { token, id: tokenId, marker } = await home.begin({ label: `lap ${label}` });
        const got = await home.ask(dialect, { token, marker, model, headers: { "x-proxyagent-request-id": id } });
        assert.equal(got.headers["x-proxyagent-request-id"], id, "the caller gets its own id back");
        const row = await home.row(tokenId);
        assert.deepEqual(
          [row.model, row.request_id, row.token_label],
          ["[redacted:openai-project-key]", "[redacted:github-token]", "lap [redacted:slack-bot-token]"],
        );
      }
      const [log, store] = [await home.logs(), await home.dump()];
      for (const stray of strays) {
        assert.ok(!log.includes(stray), "the log");
        assert.ok(!store.includes(stray), "the store");
      }
    });
  });
}

const SPELLINGS = {
  raw: (key) => key,
  percent: encodeURIComponent,
  base64: (key) => Buffer.from(key).toString("base64"),
  base64url: (key) => Buffer.from(key).toString("base64url"),
  hex: (key) => Buffer.from(key).toString("hex"),
};

export function canaries(home) {
  describe("after all that", () => {
    const secrets = () => [...Object.entries(home.secrets), ...home.minted.map((token, n) => [`machine token ${n}`, token])];
    const assertClean = (where, bytes) => {
      for (const [name, secret] of secrets()) assert.deepEqual(found(secret, bytes), [], `${name} in ${where}`);
    };

    test("nothing a client was told holds a secret", async () => {
      assert.ok(home.told.length > 100 && home.minted.length > 50, "there is something to search");
      const all = Buffer.concat(home.told.map(({ bytes }) => Buffer.concat([bytes, Buffer.from("\n")])));
      for (const [name, secret] of secrets()) {
        if (found(secret, all).length === 0) continue;
        const where = home.told.filter(({ bytes }) => found(secret, bytes).length > 0).map(({ what }) => what);
        assert.fail(`${name} in ${where.slice(0, 5).join("; ")}`);
      }
    });

    test("the log holds no secret", async () => {
      const { token } = await home.mint();
      const id = `canary-${home.marker()}`;
      await home.ask("messages", { token, model: "mock", headers: { "x-proxyagent-request-id": id } });
      await eventually(async () => (await home.logs()).includes(id), "the log has the call's line");
      assertClean("the log", Buffer.from(await home.logs()));
    });

    test("the store holds no secret", async () => {
      const stored = await home.dump();
      assert.ok(stored.includes("claude-opus-5-5"), "the dump holds the calls");
      assertClean("the store", stored);
    });

    test("metrics hold no secret", async () => {
      const got = await home.admin("GET", "/metrics");
      assert.equal(got.status, 200, (await home.logs()).split("\n").filter((line) => line.includes("D1: ")).slice(-3).join("\n"));
      assertClean("metrics", Buffer.concat([Buffer.from(got.rawHead), got.body]));
    });
  });
}
