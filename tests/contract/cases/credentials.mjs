// Stored credentials: sealed, pooled, failing over before the first byte, changed while calls go on.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { answer, cutAfter, reset } from "../../fake-provider/behaviours.mjs";
import { answerOf, plain } from "../../fake-provider/answers.mjs";

export function credentials(home) {
  describe("stored credentials", () => {
    test("what is stored pays, and is never shown again", async () => {
      await withKeys(home, ["only"], async ([key]) => {
        const { token, id, marker } = await home.begin();
        const got = await call(home, { token, marker });
        assert.equal(got.status, 200, got.body.toString());
        assert.deepEqual(keysSeen(home, marker), [key.secret]);
        assert.equal((await home.row(id)).credential_id, key.id);
        const { json } = await home.admin("GET", "/admin/providers");
        assert.equal(json.encryption, true);
        const listed = json.credentials.find((credential) => credential.id === key.id);
        assert.deepEqual([listed.provider, listed.kind, listed.label, listed.active], ["groq", "api_key", "only", true]);
      });
    });

    test("what can never work is refused", async () => {
      for (const wrong of [
        { provider: "nosuch", secret: "x" },
        { provider: "groq" },
        { provider: "groq", secret: "two words" },
        { provider: "groq", secret: "x", kind: "iou" },
        { provider: "groq", secret: "x", colour: "red" },
        { provider: "groq", secret: "x", meta: { endpoint: "http://example.com" } },
        { provider: "groq", secret: "x", meta: { endpoint: "https://u:p@example.com" } },
      ]) {
        const got = await home.admin("POST", "/admin/providers", wrong);
        assert.equal(got.status, 400, JSON.stringify(wrong));
      }
    });

    for (const [way, behaviour] of Object.entries(FAILURES)) {
      for (const stream of [false, true]) {
        test(`the next one answers when the first fails by ${way}${stream ? ", streamed" : ""}`, async () => {
          await withKeys(home, ["first", "second"], async ([first, second]) => {
            const { token, id, marker } = await home.begin();
            home.upstream.script(marker, (exchange) => (keyOf(exchange.request) === first.secret ? behaviour(exchange) : plain(exchange)));
            const got = await call(home, { token, marker, stream });
            assert.equal(got.status, 200, got.body.toString());
            assert.ok(got.body.includes("Hello"), got.body.toString());
            assert.deepEqual(keysSeen(home, marker), [first.secret, second.secret]);
            const row = await home.row(id);
            assert.deepEqual([row.attempts, row.status, row.credential_id], [2, 200, second.id]);
            // The first is left alone for a while.
            const again = await home.begin();
            assert.equal((await call(home, { token, marker: again.marker })).status, 200);
            assert.deepEqual(keysSeen(home, again.marker), [second.secret]);
          });
        });
      }
    }

    test("after the first byte there is no second try", async () => {
      await withKeys(home, ["first", "second"], async ([first]) => {
        const { token, id, marker } = await home.begin();
        const { type, body } = answerOf("chat", { stream: true });
        home.upstream.script(marker, cutAfter({ headers: { "content-type": type }, body, at: 120 }));
        const got = await call(home, { token, marker, stream: true });
        assert.equal(got.status, 200);
        assert.ok(got.body.includes("error"), got.body.toString());
        assert.deepEqual(keysSeen(home, marker), [first.secret]);
        assert.equal((await home.row(id)).ended, "truncated");
      });
    });

    test("when all fail, the caller gets the last answer", async () => {
      await withKeys(home, ["a", "b", "c", "d"], async () => {
        const { token, id, marker } = await home.begin();
        home.upstream.script(marker, answer({ status: 503, headers: { "content-type": "application/json" }, body: '{"error":{"message":"overloaded"}}' }));
        const got = await call(home, { token, marker });
        assert.equal(got.status, 503);
        assert.equal(got.body.toString(), '{"error":{"message":"overloaded"}}');
        assert.equal(home.upstream.seen(marker).length, 3);
        assert.equal((await home.row(id)).attempts, 3);
      });
    });

    test("a refused one is parked, said to be, and taken back", async () => {
      await withKeys(home, ["first", "second"], async ([first]) => {
        const { token, marker } = await home.begin();
        home.upstream.script(marker, (exchange) => (keyOf(exchange.request) === first.secret ? answer({ status: 401, body: "{}" })(exchange) : plain(exchange)));
        assert.equal((await call(home, { token, marker })).status, 200);
        const state = async () => (await home.admin("GET", "/admin/providers")).json.credentials.find(({ id }) => id === first.id);
        assert.deepEqual([(await state()).state, (await state()).why], ["parked", "refused"]);
        assert.equal((await home.admin("POST", `/admin/providers/${first.id}/enable`)).status, 200);
        assert.equal((await state()).state, "ok");
      });
    });

    test("a replaced secret is used from the next call on, a disabled or removed credential is not", async () => {
      await withKeys(home, ["only"], async ([key]) => {
        const { token } = await home.begin();
        const used = async () => {
          const marker = home.marker();
          const got = await call(home, { token, marker });
          return got.status === 200 ? keysSeen(home, marker)[0] : got.status;
        };
        assert.equal(await used(), key.secret);
        const secret = fresh(home);
        assert.equal((await home.admin("POST", `/admin/providers/${key.id}/replace`, { secret })).status, 200);
        assert.equal(await used(), secret);
        assert.equal((await home.admin("POST", `/admin/providers/${key.id}/disable`)).status, 200);
        assert.equal(await used(), 400);
        assert.equal((await home.admin("POST", `/admin/providers/${key.id}/enable`)).status, 200);
        assert.equal(await used(), secret);
        assert.equal((await home.admin("DELETE", `/admin/providers/${key.id}`)).status, 200);
        assert.equal(await used(), 400);
      });
    });

    test("a trial says what a credential is worth", async () => {
      await withKeys(home, ["only"], async ([key]) => {
        const got = await home.admin("POST", `/admin/providers/${key.id}/test`, { model: "[[case:trial]]" });
        assert.deepEqual([got.status, got.json.verdict], [200, "ok"], got.body.toString());
        home.upstream.script("trial", answer({ status: 401, body: "{}" }));
        const refused = await home.admin("POST", `/admin/providers/${key.id}/test`, { model: "[[case:trial]]" });
        assert.equal(refused.json.verdict, "auth_failed");
        home.upstream.script("trial", plain);
      });
    });

    test("the master key can be asked to seal everything anew", async () => {
      await withKeys(home, ["only"], async () => {
        const got = await home.admin("POST", "/admin/keys/rotate");
        assert.deepEqual([got.status, got.json.left], [200, 0], got.body.toString());
      });
    });
  });
}

const JSON_TYPE = { "content-type": "application/json" };

const FAILURES = {
  "a reset": reset(),
  401: answer({ status: 401, headers: JSON_TYPE, body: "{}" }),
  403: answer({ status: 403, headers: JSON_TYPE, body: "{}" }),
  408: answer({ status: 408, headers: JSON_TYPE, body: "{}" }),
  429: answer({ status: 429, headers: { ...JSON_TYPE, "retry-after": "30" }, body: "{}" }),
  "a used-up quota": answer({ status: 429, headers: JSON_TYPE, body: '{"error":{"code":"insufficient_quota"}}' }),
  500: answer({ status: 500, headers: JSON_TYPE, body: "{}" }),
  529: answer({ status: 529, headers: JSON_TYPE, body: "{}" }),
};

/** One call of a provider that only stored credentials pay. */
function call(home, { token, marker, stream = false }) {
  return home.ask("chat", { token, marker, stream, model: "llama-3.3-70b-versatile", path: "/groq/v1/chat/completions" });
}

/** Runs `work` with these credentials stored, the first used first, and removes them. */
async function withKeys(home, labels, work) {
  const keys = [];
  try {
    for (const [priority, label] of labels.entries()) {
      const secret = fresh(home);
      const body = { provider: "groq", secret, kind: "api_key", label, priority, meta: { endpoint: home.upstream.url } };
      const made = await home.admin("POST", "/admin/providers", body);
      assert.equal(made.status, 200, made.body.toString());
      keys.push({ id: made.json.id, secret });
    }
    return await work(keys);
  } finally {
    for (const { id } of keys) await home.admin("DELETE", `/admin/providers/${id}`);
  }
}

/** A secret that the search for canaries knows. */
function fresh(home) {
  const secret = `gsk_CANARY_${randomBytes(16).toString("hex")}`;
  home.secrets[`stored ${Object.keys(home.secrets).length}`] = secret;
  return secret;
}

const keyOf = (request) => request.headers.authorization?.replace("Bearer ", "");
const keysSeen = (home, marker) => home.upstream.seen(marker).map(keyOf);
