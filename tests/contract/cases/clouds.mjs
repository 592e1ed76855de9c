// Calls paid in a cloud or with a login: through fakes that check every signature, token and body on their own.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { azure, bedrock, login, vertex } from "../../fake-provider/clouds.mjs";
import { TEXT } from "../../fake-provider/answers.mjs";

export function clouds(home) {
  const secret = () => {
    const text = `canary${randomBytes(18).toString("hex")}`;
    home.secrets[`credential ${Object.keys(home.secrets).length}`] = text;
    return text;
  };

  /** Runs `work` while anthropic is paid first with this credential. Its endpoints are the fake's, behind the case's name. */
  async function paidWith(kind, marker, behaviour, fields, work) {
    home.upstream.script(marker, behaviour);
    const base = `${home.upstream.url}/case-${marker}`;
    const added = await home.admin("POST", "/admin/providers", {
      provider: "anthropic", kind, label: kind, priority: -10, fields: { endpoint: base, ...fields(base) },
    });
    assert.equal(added.status, 200, added.body.toString());
    try {
      await work(added.json.id);
    } finally {
      const gone = await home.admin("DELETE", `/admin/providers/${added.json.id}`);
      assert.equal(gone.status, 200, gone.body.toString());
    }
  }

  /** A whole and a streamed call must both be answered by that credential, in Anthropic's own words. */
  async function answers(id, { model = "claude-opus-5-5", headers = {}, count = true } = {}) {
    for (const stream of [false, true]) {
      const { token, id: tokenId, marker } = await home.begin();
      const got = await home.ask("messages", { token, marker, model, stream, headers });
      assert.equal(got.status, 200, `${stream}: ${got.body}`);
      assert.ok(got.body.toString().includes(TEXT), got.body.toString());
      if (stream) assert.match(got.body.toString(), /event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
      const row = await home.row(tokenId);
      assert.deepEqual([row.credential_id, row.prompt_tokens, row.completion_tokens], [id, 12, 5], JSON.stringify(row));
    }
    if (!count) return;
    const { token } = await home.mint();
    const got = await home.send("/anthropic/v1/messages/count_tokens", {
      method: "POST",
      headers: { "x-api-key": token, "content-type": "application/json", ...headers },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }),
    });
    assert.deepEqual([got.status, got.body.toString()], [200, '{"input_tokens":11}']);
  }

  describe("clouds", () => {
    test("Bedrock: an access key signs, with and without a session token", async () => {
      for (const session of [undefined, secret()]) {
        const key = { keyId: "AKIAIOSFODNN7EXAMPLE", secret: secret(), session, region: "eu-central-1" };
        const marker = home.marker();
        const fields = () => ({
          region: key.region, access_key_id: key.keyId, secret: key.secret, ...(session ? { session_token: session } : {}),
        });
        await paidWith("bedrock", marker, bedrock(key), fields, async (id) => {
          await answers(id);
          await answers(id, { model: "claude-sonnet-4-5" });
        });
        assert.ok(home.upstream.seen(marker).length >= 6);
      }
    });

    test("Bedrock: an API key is a bearer, and an ARN a model", async () => {
      const key = { apiKey: `ABSK${secret()}`, region: "us-east-1" };
      const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2";
      const fields = () => ({ region: key.region, secret: key.apiKey, models: `claude-opus-5-5=${arn}` });
      const marker = home.marker();
      await paidWith("bedrock", marker, bedrock(key), fields, (id) => answers(id, { count: false }));
      assert.ok(home.upstream.seen(marker).every(({ url }) => url.includes("/model/arn%3Aaws%3Abedrock%3A")));
    });

    test("Bedrock: an error is told as Anthropic's", async () => {
      const key = { keyId: "AKIAIOSFODNN7EXAMPLE", secret: secret(), region: "us-east-1", failing: [400, "ValidationException", "too odd"] };
      const fields = () => ({ region: key.region, access_key_id: key.keyId, secret: key.secret });
      await paidWith("bedrock", home.marker(), bedrock(key), fields, async () => {
        const { token, marker } = await home.begin();
        const got = await home.ask("messages", { token, marker });
        assert.equal(got.status, 400);
        assert.deepEqual(JSON.parse(got.body).error, { type: "invalid_request_error", message: "too odd" });
      });
    });

    test("Vertex AI: a service account signs once for all calls", async () => {
      const { publicKey, privateKey } = generateKeyPairSync("rsa", {
        modulusLength: 2048,
        publicKeyEncoding: { type: "spki", format: "pem" },
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
      });
      const marker = home.marker();
      const audience = "https://oauth2.googleapis.com/token";
      const account = {
        type: "service_account", project_id: "my-project", private_key_id: "k1", private_key: privateKey,
        client_email: "proxy@my-project.iam.gserviceaccount.com", token_uri: audience,
      };
      const state = { exchanges: 0 };
      const fake = vertex({ publicKey, email: account.client_email, audience, project: "my-project", location: "us-east5", state });
      const fields = (base) => ({ service_account: JSON.stringify(account), region: "us-east5", token_endpoint: `${base}/token` });
      await paidWith("vertex", marker, fake, fields, (id) => answers(id));
      assert.equal(state.exchanges, 1);
    });

    test("Azure: a key, and an application's token", async () => {
      const key = secret();
      await paidWith("azure", home.marker(), azure({ key }), () => ({ secret: key }), (id) => answers(id, { count: false }));
      const state = { exchanges: 0 };
      const application = { clientId: "app-1", clientSecret: secret(), state };
      const fields = (base) => ({
        tenant: "contoso.com", client_id: "app-1", client_secret: application.clientSecret, token_endpoint: `${base}/token`,
      });
      await paidWith("azure", home.marker(), azure(application), fields, (id) => answers(id, { count: false }));
      assert.equal(state.exchanges, 1);
    });

    test("a login: renewed once by many calls at once, and for its own client only", async () => {
      const state = { exchanges: 0, refresh: secret() };
      const fake = login({ clientId: "client-1", state });
      const fields = (base) => ({ refresh: state.refresh, client_id: "client-1", token_endpoint: `${base}/token` });
      await paidWith("oauth", home.marker(), fake, fields, async (id) => {
        const { token } = await home.mint();
        const agent = { "user-agent": "claude-cli/2.1.330 (external, cli)" };
        const calls = Array.from({ length: 20 }, () => home.ask("messages", { token, marker: home.marker(), headers: agent }));
        for (const got of await Promise.all(calls)) assert.equal(got.status, 200, got.body.toString());
        assert.equal(state.exchanges, 1, "one renewal");
        await answers(id, { headers: agent, count: false });
        // Another client is paid with the key beside it.
        const { token: other, id: otherId, marker } = await home.begin();
        assert.equal((await home.ask("messages", { token: other, marker })).status, 200);
        assert.notEqual((await home.row(otherId)).credential_id, id);
      });
    });

    test("what can never work is refused when it is added", async () => {
      for (const [kind, fields] of [
        ["bedrock", { secret: "x", region: "us-east-1/../x" }],
        ["vertex", { service_account: "{}", region: "global" }],
        ["azure", { secret: "x", resource: "evil.example/" }],
        ["bedrock", { secret: "x", region: "us-east-1", endpoint: "http://example.com" }],
      ]) {
        const got = await home.admin("POST", "/admin/providers", { provider: "anthropic", kind, fields });
        assert.equal(got.status, 400, `${kind}: ${got.body}`);
      }
    });
  });
}
