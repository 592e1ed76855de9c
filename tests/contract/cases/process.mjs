// What only a process can do: die, be asked to end, and refuse to start.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import net from "node:net";
import { once } from "node:events";
import { runToEnd, startNative } from "../native-home.mjs";
import { cycle } from "../../money/kill.mjs";
import { eventually } from "../eventually.mjs";
import { answerOf } from "../../fake-provider/answers.mjs";
import { gate, gated } from "../../fake-provider/behaviours.mjs";

export function processes() {
  describe("the process", () => {
    test("killed during 50 streams: every call that reached the upstream has its row after the restart", async (t) => {
      const home = await started(t);
      const { token, id, marker } = await home.begin({ budget_usd: 100 });
      const { type, body } = answerOf("messages", { stream: true });
      const door = gate();
      // The first ten end before the kill, the others are in the middle of their streams.
      let asked = 0;
      home.upstream.script(marker, (exchange) => {
        asked += 1;
        const at = asked <= 10 ? body.length : body.indexOf("\n\n") + 2;
        return gated({ headers: { "content-type": type }, body, at, gate: asked <= 10 ? OPEN : door })(exchange);
      });
      let begun = 0;
      const calls = Array.from({ length: 50 }, () =>
        home.ask("messages", { token, marker, stream: true, onPiece: firstOnly(() => (begun += 1)) }).catch(() => null));
      let ended = 0;
      for (const call of calls) call.then((got) => got && (ended += 1));
      await eventually(async () => begun === 50 && ended === 10, "all 50 streams began and ten ended");
      await home.kill();
      await Promise.all(calls);
      await home.restart();

      assert.equal(home.upstream.seen(marker).length, 50);
      const rows = await home.rows(id);
      assert.equal(rows.length, 50);
      const inState = (...names) => rows.filter((row) => names.includes(row.state)).length;
      assert.equal(inState("open", "orphaned", "settled"), 50);
      assert.equal(inState("settled"), 10, "the streams that had ended are settled, the others are not");
      // Nothing is lost to the budget: what is not charged yet is still held.
      const { spent_usd, held_usd } = await home.listed(id);
      assert.ok(spent_usd + (held_usd ?? 0) > 0);
      assert.equal((await home.ask("messages", { token, model: "mock" })).status, 200, "it serves again");
    });

    test("killed under load, three times: no call is lost and nothing held leaks", async (t) => {
      const home = await started(t);
      for (const after of [30, 100, 300]) await cycle(home, { calls: 20, after });
    });

    test("asked to end: the running stream is finished, new calls are not taken, the exit code is 0", async (t) => {
      const home = await started(t);
      const { token, id, marker } = await home.begin();
      const { type, body } = answerOf("messages", { stream: true });
      const door = gate();
      home.upstream.script(marker, gated({ headers: { "content-type": type }, body, at: body.indexOf("\n\n") + 2, gate: door }));
      let code;
      const stream = home.ask("messages", {
        token, marker, stream: true, onPiece: firstOnly(() => home.term().then((ended) => (code = ended))),
      });
      await eventually(() => refuses(home.url), "it stops accepting");
      door.open();
      const got = await stream;
      assert.equal(got.broken, false);
      assert.ok(got.body.equals(body), "the stream is whole");
      await eventually(async () => code !== undefined, "it ends");
      assert.equal(code, 0);
      await home.restart();
      const row = await home.row(id);
      assert.deepEqual([row.state, row.ended, row.completion_tokens], ["settled", "complete", 5]);
    });

    test("tokens, aliases and the admin token survive a restart", async (t) => {
      const home = await started(t);
      const { token, marker } = await home.begin();
      await home.admin("PUT", "/admin/aliases", { map: { kept: "mock" } });
      await home.kill();
      await home.restart();
      assert.deepEqual((await home.admin("GET", "/admin/aliases")).json.map, { kept: "mock" });
      const got = await home.ask("messages", { token, marker, model: "kept" });
      assert.ok(got.status === 200 && got.body.includes("mock: "), got.body.toString());
    });

    test("it does not listen to the whole network without being told that something stands in front", async () => {
      for (const host of ["0.0.0.0", "::"]) {
        const ended = await runToEnd(["serve", "--host", host, "--port", "0"]);
        assert.equal(ended.signal, null, `it served on ${host}`);
        assert.notEqual(ended.code, 0);
        assert.match(ended.stderr, /^error: /m);
        assert.doesNotMatch(ended.stderr, /panicked|stack backtrace/);
      }
    });

    test("a busy port is said in one clear line", async () => {
      const other = net.createServer().listen(0, "127.0.0.1");
      await once(other, "listening");
      const { port } = other.address();
      const ended = await runToEnd(["serve", "--port", String(port)]);
      other.close();
      assert.notEqual(ended.code, 0);
      assert.equal(ended.stderr.split("\n").filter((line) => /^error: /.test(line)).length, 1, ended.stderr);
      assert.ok(ended.stderr.includes(String(port)), ended.stderr);
      assert.doesNotMatch(ended.stderr + ended.stdout, /panicked|stack backtrace|listening on/);
    });

    test("wrong settings stop the start, every one named", async () => {
      const ended = await runToEnd(["serve", "--port", "0"], {
        PROXYAGENT_RATE_LIMIT_DEFALT: "5", PROXYAGENT_ANTHROPIC_ENDPOINT: "not a url",
      });
      assert.equal(ended.signal, null);
      assert.notEqual(ended.code, 0);
      for (const name of ["PROXYAGENT_RATE_LIMIT_DEFALT", "PROXYAGENT_ANTHROPIC_ENDPOINT"]) {
        assert.ok(ended.stderr.includes(name), `${name} in: ${ended.stderr}`);
      }
    });

    test("the store and the key files are for their owner only", async (t) => {
      const home = await started(t);
      await home.mint();
      const files = home.files();
      assert.ok(files.length > 0, "there are files");
      assert.deepEqual(files.filter(({ mode }) => (mode & 0o077) !== 0), []);
    });
  });
}

async function started(t) {
  const home = await startNative();
  t.after(() => home.stop());
  return home;
}

function refuses(url) {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.once("connect", () => { socket.destroy(); resolve(false); });
    socket.once("error", () => resolve(true));
  });
}

/** Only the first call does something. */
function firstOnly(work) {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

const OPEN = gate();
OPEN.open();
