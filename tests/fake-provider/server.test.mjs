// The fake provider does what it is told: otherwise the contract cases would prove nothing.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { startFakeProvider } from "./server.mjs";
import { answerOf, TEXT } from "./answers.mjs";
import { answer, cutAfter, echo, gate, gated, inPieces, redirect, reset, split } from "./behaviours.mjs";
import { send } from "../contract/wire.mjs";

let fake;
before(async () => (fake = await startFakeProvider()));
after(() => fake.close());

const ask = (marker, { path = "/v1/messages", headers = {}, ...rest } = {}) =>
  send(fake.url + path, { method: "POST", headers, body: JSON.stringify({ model: "m", prompt: `[[case:${marker}]]` }), ...rest });

test("records what arrived, byte for byte", async () => {
  const body = ' {"model" :\t"m", "n": 1.0e5, "x":"[[case:recorded]] \\u00e9"}\n';
  await send(`${fake.url}/v1/messages?beta=true`, { method: "POST", headers: { "X-Odd": "A", "x-odd": "b" }, body });
  const [request] = fake.seen("recorded");
  assert.equal(request.body.toString(), body);
  assert.equal(request.url, "/v1/messages?beta=true");
  assert.equal(request.method, "POST");
});

test("answers plainly in each dialect, streamed or not", async () => {
  for (const [path, dialect] of [
    ["/v1/messages", "messages"], ["/v1/chat/completions", "chat"], ["/v1/responses", "responses"],
  ]) {
    for (const stream of [true, false]) {
      const got = await send(fake.url + path, { method: "POST", body: JSON.stringify({ model: "m1", stream }) });
      const want = answerOf(dialect, { stream, model: "m1" });
      assert.equal(got.status, 200);
      assert.equal(got.headers["content-type"], want.type);
      assert.deepEqual(got.body, want.body);
      assert.ok(got.body.includes(TEXT));
    }
  }
});

test("a script answers only its own case", async () => {
  fake.script("mine", answer({ status: 418, headers: { "x-a": "1" }, body: "teapot" }));
  const [mine, other] = [await ask("mine"), await ask("other")];
  assert.deepEqual([mine.status, mine.headers["x-a"], mine.body.toString()], [418, "1", "teapot"]);
  assert.equal(other.status, 200);
  assert.equal(fake.seen("mine").length, 1);
});

test("pieces arrive apart and add up", async () => {
  const body = "0123456789".repeat(20);
  fake.script("pieces", inPieces({ body, sizes: [1, 7] }));
  const got = await ask("pieces");
  assert.equal(got.body.toString(), body);
  assert.ok(got.pieces > 5, `${got.pieces} pieces`);
});

test("splits at the sizes given", () => {
  assert.deepEqual(split(Buffer.from("abcdefg"), [1, 3]).map(String), ["a", "bcd", "efg"]);
  assert.deepEqual(split(Buffer.from(""), [3]), []);
});

test("a cut is a broken connection, not an end", async () => {
  fake.script("cut", cutAfter({ body: "abcdef", at: 3 }));
  const got = await ask("cut");
  assert.deepEqual([got.body.toString(), got.broken], ["abc", true]);
});

test("a reset breaks before the status", async () => {
  fake.script("reset", reset());
  await assert.rejects(ask("reset"));
});

test("a gate holds the rest back until it is opened", async () => {
  const door = gate();
  fake.script("gated", gated({ body: "abcdef", at: 3, gate: door }));
  const pieces = [];
  const got = await ask("gated", { onPiece: (piece) => { pieces.push(piece.toString()); door.open(); } });
  assert.deepEqual([pieces[0], got.body.toString()], ["abc", "abcdef"]);
});

test("redirects and echoes", async () => {
  fake.script("elsewhere", redirect("http://127.0.0.1:9/"));
  fake.script("echo", echo());
  const moved = await ask("elsewhere");
  assert.deepEqual([moved.status, moved.headers.location], [307, "http://127.0.0.1:9/"]);
  const told = await ask("echo", { headers: { "x-api-key": "sk-secret" } });
  assert.ok(told.body.includes("sk-secret") && told.headers["x-echo"].includes("sk-secret"));
});

test("refuses connections while asked to, and comes back", async () => {
  await fake.refusing(() => assert.rejects(ask("refused"), /ECONNREFUSED/));
  assert.equal((await ask("back")).status, 200);
});
