// Ways to answer, ready to be scripted. Each is a function of an exchange; see server.mjs.

/** The whole answer at once. */
export function answer({ status = 200, headers = {}, body = "" }) {
  return async (exchange) => {
    exchange.head(status, { "content-length": Buffer.byteLength(body), ...headers });
    exchange.end(body);
  };
}

/** The answer in pieces of the given sizes, the last size repeating. */
export function inPieces({ status = 200, headers = {}, body, sizes }) {
  return async (exchange) => {
    exchange.head(status, headers);
    for (const piece of split(Buffer.from(body), sizes)) await exchange.send(piece);
    exchange.end();
  };
}

/** Sends the first `at` bytes, then breaks the connection. */
export function cutAfter({ headers = {}, body, at }) {
  return async (exchange) => {
    exchange.head(200, headers);
    await exchange.send(Buffer.from(body).subarray(0, at));
    exchange.cut();
  };
}

/** Sends the first `at` bytes, waits for the gate, then sends the rest. */
export function gated({ headers = {}, body, at, gate }) {
  return async (exchange) => {
    const bytes = Buffer.from(body);
    exchange.head(200, headers);
    if (at > 0) await exchange.send(bytes.subarray(0, at));
    await Promise.race([gate.opened, exchange.closed]);
    await exchange.send(bytes.subarray(at));
    exchange.end();
  };
}

/** Holds even the status line back until the gate opens. */
export function held({ headers = {}, body, gate }) {
  return async (exchange) => {
    await Promise.race([gate.opened, exchange.closed]);
    exchange.head(200, headers);
    exchange.end(body);
  };
}

/** Breaks the connection before any answer. */
export function reset() {
  return async (exchange) => exchange.cut();
}

/** Sends the caller elsewhere. */
export function redirect(location, status = 307) {
  return answer({ status, headers: { location, "content-type": "text/plain" }, body: "moved" });
}

/** Answers with every request header in its body and in its own headers: what a hostile upstream would try. */
export function echo({ status = 200, type = "application/json", wrap = (text) => JSON.stringify({ echo: text }) } = {}) {
  return async (exchange) => {
    const secret = Object.values(exchange.request.headers).join(" ");
    exchange.head(status, {
      "content-type": type,
      "x-echo": secret,
      "set-cookie": `sent=${encodeURIComponent(secret)}`,
      "www-authenticate": secret,
    });
    exchange.end(wrap(secret));
  };
}

/** A gate a behaviour waits at: `open()` lets everyone through, for good. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}

/** Cuts bytes into pieces of the given sizes, the last size repeating. */
export function split(bytes, sizes) {
  const pieces = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[Math.min(i, sizes.length - 1)];
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
