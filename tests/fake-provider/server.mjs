// A model provider for tests: it records every request as it arrived and answers as the test says.
// It knows no proxy. A request that carries `[[case:NAME]]` in its body is answered by the behaviour scripted for NAME;
// any other gets the plain answer of its dialect. Nothing here waits for a clock: a behaviour waits for gates.
import http from "node:http";
import { once } from "node:events";
import { plain } from "./answers.mjs";

/** Starts one on a free loopback port. */
export async function startFakeProvider() {
  const fake = new FakeProvider();
  await fake.listen(0);
  return fake;
}

class FakeProvider {
  /** Every request, oldest first. */
  requests = [];
  #scripts = new Map();
  #sockets = new Set();
  #server = null;
  #port = 0;

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** From here on, requests that carry `[[case:NAME]]` are answered by `behaviour(exchange)`. */
  script(name, behaviour) {
    this.#scripts.set(name, behaviour);
  }

  /** The requests that carried `[[case:NAME]]`, or went to `/case-NAME/`. */
  seen(name) {
    return this.requests.filter((request) => request.marker === name);
  }

  /** While `work` runs, connections are refused; open ones are broken first. */
  async refusing(work) {
    await this.close();
    try {
      return await work();
    } finally {
      await this.listen(this.#port);
    }
  }

  async listen(port) {
    const server = http.createServer({ keepAliveTimeout: 60_000 }, (req, res) => void this.#answer(req, res));
    server.on("connection", (socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
    this.#port = server.address().port;
  }

  async close() {
    const server = this.#server;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(req, res) {
    const chunks = [];
    try {
      for await (const chunk of req) chunks.push(chunk);
    } catch {
      return; // the caller broke off while sending: there is nobody to answer
    }
    const body = Buffer.concat(chunks);
    const request = {
      method: req.method,
      url: req.url,
      rawHeaders: req.rawHeaders,
      headers: headersByName(req.rawHeaders),
      body,
      // A base URL behind `/case-NAME/` speaks for everything that is sent there.
      marker: /^\/case-([\w-]+)\//.exec(req.url)?.[1] ?? markerOf(body),
    };
    this.requests.push(request);
    const behaviour = this.#scripts.get(request.marker) ?? plain;
    try {
      await behaviour(new Exchange(request, res));
    } catch (error) {
      if (!res.destroyed) throw error;
    }
  }
}

/** One request and the means to answer it, piece by piece. */
export class Exchange {
  constructor(request, res) {
    this.request = request;
    this.res = res;
    /** Resolves when the connection is gone or the answer is complete. */
    this.closed = new Promise((resolve) => res.once("close", resolve));
  }

  head(status, headers = {}) {
    this.res.writeHead(status, headers);
    this.res.flushHeaders();
  }

  /** Writes one piece and waits until the kernel has it, so that pieces leave one by one. */
  async send(piece) {
    if (this.res.destroyed) return;
    await Promise.race([new Promise((resolve) => this.res.write(piece, resolve)), this.closed]);
    await new Promise((resolve) => setImmediate(resolve));
  }

  end(piece) {
    this.res.end(piece);
  }

  /** Breaks the connection without ending the answer. */
  cut() {
    this.res.socket?.destroy();
  }
}

/** Lower-case name → all its values, joined by `, ` in order. */
function headersByName(raw) {
  const headers = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i].toLowerCase();
    headers[name] = name in headers ? `${headers[name]}, ${raw[i + 1]}` : raw[i + 1];
  }
  return headers;
}

function markerOf(body) {
  return /\[\[case:([\w-]+)\]\]/.exec(body.toString("latin1"))?.[1] ?? null;
}
