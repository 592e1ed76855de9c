// A bare HTTP/1.1 client: sends exactly the headers it is given, shows exactly what came back, and can hang up.
import http from "node:http";
import zlib from "node:zlib";

/**
 * Sends one request and reads the answer to its end.
 * @param {string} url
 * @param {object} options method, headers (object, or array of [name, value] pairs for repeated names), body;
 *   `onPiece(piece, hangUp)` is called for every piece of the answer as it arrives; `hangUp()` breaks the connection;
 *   so does the promise `hangUpWhen`, which rejects the call when no answer had begun.
 * @returns {Promise<{status, headers, rawHead, body, pieces, broken}>} `broken`: the answer did not end properly.
 */
export function send(url, { method = "GET", headers = {}, body, onPiece, hangUpWhen } = {}) {
  const { hostname, port, pathname, search } = new URL(url);
  const list = (Array.isArray(headers) ? headers : Object.entries(headers)).map(([n, v]) => [n, String(v)]);
  const has = (name) => list.some(([n]) => n.toLowerCase() === name);
  const bytes = body === undefined ? null : Buffer.from(body);
  if (!has("host")) list.unshift(["host", `${hostname}:${port}`]);
  if (bytes && !has("content-length") && !has("transfer-encoding")) list.push(["content-length", String(bytes.length)]);

  return new Promise((resolve, reject) => {
    const request = http.request({
      host: hostname, port, method, path: pathname + search, headers: list.flat(), agent: false, timeout: 30_000,
    });
    request.on("timeout", () => request.destroy(new Error(`no answer to ${method} ${pathname} for 30 s`)));
    request.on("error", reject);
    hangUpWhen?.then(() => request.destroy(new Error("hung up")));
    request.on("response", (response) => {
      const chunks = [];
      const finish = (broken) => resolve({
        status: response.statusCode,
        headers: response.headers,
        rawHead: `${response.statusCode} ${response.statusMessage}\n${pairs(response.rawHeaders)}`,
        body: decoded(response.headers["content-encoding"], Buffer.concat(chunks)),
        pieces: chunks.length,
        broken,
      });
      response.on("data", (piece) => {
        chunks.push(piece);
        onPiece?.(piece, () => request.destroy());
      });
      response.on("end", () => finish(!response.complete));
      response.on("error", () => finish(true));
      response.on("close", () => finish(!response.complete));
    });
    request.end(bytes ?? undefined);
  });
}

/** Cloudflare compresses what is not a stream for clients that accept it; nothing else does. */
function decoded(encoding, bytes) {
  if (encoding === "gzip") return zlib.gunzipSync(bytes);
  if (encoding === "br") return zlib.brotliDecompressSync(bytes);
  return bytes;
}

function pairs(raw) {
  let text = "";
  for (let i = 0; i < raw.length; i += 2) text += `${raw[i]}: ${raw[i + 1]}\n`;
  return text;
}
