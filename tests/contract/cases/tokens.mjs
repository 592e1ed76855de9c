// Who may call at all: the five places of a token, and every way a token is no good.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { assertFailure, DIALECTS, NAMES } from "../dialects.mjs";
import { eventually } from "../eventually.mjs";

const PLACES = {
  "x-api-key": (token) => ({ headers: { "x-api-key": token } }),
  "Authorization: Bearer": (token) => ({ headers: { authorization: `Bearer ${token}` } }),
  "authorization: bearer, lower case": (token) => ({ headers: { authorization: `bearer ${token}` } }),
  "api-key": (token) => ({ headers: { "api-key": token } }),
  "x-goog-api-key": (token) => ({ headers: { "x-goog-api-key": token } }),
  "?key=": (token) => ({ query: `?beta=true&key=${token}`, left: "?beta=true" }),
};

export function tokens(home) {
  describe("a token is taken from each place on every dialect, and goes no further", () => {
    for (const dialect of NAMES) for (const [place, put] of Object.entries(PLACES)) {
      test(`${dialect}: ${place}`, async () => {
        const { token, marker } = await home.begin();
        const { headers, query = "", left = "" } = put(token);
        const got = await home.ask(dialect, { marker, headers, path: DIALECTS[dialect].path + query });
        assert.equal(got.status, 200, got.body.toString());
        const [sent] = home.upstream.seen(marker);
        assert.ok(!(sent.url + JSON.stringify(sent.rawHeaders) + sent.body).includes(token));
        assert.ok(sent.url.endsWith(left || DIALECTS[dialect].path.replace(/^\/\w+/, "")), sent.url);
      });
    }
  });

  describe("several credentials", () => {
    test("two different machine tokens are refused", async () => {
      const [a, b] = [await home.begin(), await home.mint()];
      for (const place of Object.keys(PLACES).filter((place) => place !== "x-api-key")) {
        const { headers, query = "" } = PLACES[place](b.token);
        const path = DIALECTS.messages.path + query;
        const got = await home.ask("messages", { marker: a.marker, path, headers: { "x-api-key": a.token, ...headers } });
        assert.ok([400, 401].includes(got.status), `${place}: ${got.status}`);
        assertFailure("messages", got, got.status);
      }
      assert.equal(home.upstream.seen(a.marker).length, 0);
    });

    test("the same token twice, or beside a stale key, is accepted", async () => {
      const { token, marker } = await home.begin();
      for (const headers of [
        { "x-api-key": token, authorization: `Bearer ${token}` },
        { "x-api-key": "sk-ant-api03-stale", authorization: `Bearer ${token}` },
        { "x-api-key": token, authorization: "Bearer sk-stale" },
        { "x-api-key": token, authorization: "Basic dXNlcjpwYXNz" },
      ]) {
        const got = await home.ask("messages", { marker, headers });
        assert.equal(got.status, 200, `${JSON.stringify(Object.keys(headers))}: ${got.body}`);
      }
      for (const sent of home.upstream.seen(marker)) {
        assert.equal(sent.headers["x-api-key"], home.keys.anthropic);
        assert.equal(sent.headers.authorization, undefined);
      }
    });
  });

  describe("no good token, no call", () => {
    const refusals = {
      missing: async () => ({}),
      "not ours": async () => ({ "x-api-key": "sk-ant-api03-somebody-elses" }),
      "too short": async () => ({ "x-api-key": "pa_" }),
      "bad checksum": async () => ({ "x-api-key": await spoiled(home) }),
      "well made but unknown": async () => ({ "x-api-key": wellMade() }),
      revoked: async () => ({ "x-api-key": await revoked(home) }),
      expired: async () => ({ "x-api-key": await expired(home) }),
      "the admin token": async () => ({ authorization: `Bearer ${home.keys.admin}` }),
    };
    const codes = { "bad checksum": "token_malformed", "well made but unknown": "token_unknown", revoked: "token_revoked", expired: "token_expired" };
    for (const [name, make] of Object.entries(refusals)) {
      test(name, async () => {
        const headers = await make();
        for (const dialect of NAMES) {
          for (const stream of [false, true]) {
            const marker = home.marker();
            const got = await home.ask(dialect, { marker, headers, stream });
            assertFailure(dialect, got, 401);
            if (codes[name]) assert.equal(got.headers["x-proxyagent-error"], codes[name]);
            assert.equal(home.upstream.seen(marker).length, 0, "nothing was sent");
          }
        }
      });
    }
  });
}

/** A real token with one character changed, so that its checksum no longer fits. */
async function spoiled(home) {
  const { token } = await home.mint();
  const last = token.at(-10);
  return token.slice(0, -10) + (last === "x" ? "y" : "x") + token.slice(-9);
}

/** A token nobody minted: `pa_`, 40 base62 characters, and 6 of the CRC-32 over all before it. */
function wellMade() {
  const unchecked = "pa_0123456789abcdefghijklmnopqrstuvwxyzABCD";
  let crc = 0xffffffff;
  for (const byte of Buffer.from(unchecked)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let sum = "";
  for (let i = 0; i < 6; i += 1, rest = Math.floor(rest / 62)) sum = BASE62[rest % 62] + sum;
  return unchecked + sum;
}

async function revoked(home) {
  const { token, id } = await home.mint();
  assert.ok((await home.admin("DELETE", `/admin/tokens/${id}`)).status < 300);
  return token;
}

async function expired(home) {
  const { token } = await home.mint({ ttl_seconds: 1 });
  await eventually(async () => (await home.ask("messages", { token, model: "mock" })).status === 401, "the token expires");
  return token;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
