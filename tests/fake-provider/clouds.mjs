// The clouds that resell models, as far as a proxy sees them: every signature, token and body is checked here with node's
// own cryptography, by somebody who has not read the proxy's code. A request that is not right gets the cloud's refusal.
import { createHash, createHmac, createPublicKey, verify } from "node:crypto";
import { answerOf } from "./answers.mjs";

/** A behaviour: Bedrock for one access key, or one API key. `failing` is an exception to answer with. */
export const bedrock = ({ keyId, secret, session, apiKey, region, failing }) => async (exchange) => {
  const { request } = exchange;
  const refusal = apiKey
    ? request.headers.authorization !== `Bearer ${apiKey}` && "not the API key"
    : signatureFault(request, { keyId, secret, session, region, service: "bedrock" });
  if (refusal) return exception(exchange, 403, "InvalidSignatureException", refusal);
  const [, id, operation] = /\/model\/([^/]+)\/([\w-]+)$/.exec(request.url) ?? [];
  if (!id) return exception(exchange, 404, "ResourceNotFoundException", request.url);
  let body = JSON.parse(request.body.toString());
  if (operation === "count-tokens") body = JSON.parse(Buffer.from(body.input.invokeModel.body, "base64").toString());
  const extraneous = Object.keys(body).find((name) => ["model", "stream", "speed", "service_tier"].includes(name));
  if (extraneous || body.anthropic_version !== "bedrock-2023-05-31" || !(body.max_tokens > 0)) {
    return exception(exchange, 400, "ValidationException", `extraneous key ${extraneous}, or no version or limit`);
  }
  if (failing) return exception(exchange, ...failing);
  if (operation === "count-tokens") return json(exchange, 200, { inputTokens: 11 });
  const model = decodeURIComponent(id);
  if (operation === "invoke") return json(exchange, 200, JSON.parse(answerOf("messages", { model }).body.toString()));
  exchange.head(200, { "content-type": "application/vnd.amazon.eventstream" });
  const bytes = Buffer.concat(dataOf(answerOf("messages", { stream: true, model }).body).map(chunkFrame));
  // In pieces that fit no frame.
  for (let at = 0; at < bytes.length; at += 97) await exchange.send(bytes.subarray(at, at + 97));
  exchange.end();
};

/** A behaviour: Vertex AI and its token endpoint, for one service account. `state.exchanges` counts. */
export const vertex = ({ publicKey, email, audience, project, location, state }) => async (exchange) => {
  const { request } = exchange;
  if (request.url.endsWith("/token")) {
    const form = new URLSearchParams(request.body.toString());
    const fault = assertionFault(form, { publicKey, email, audience });
    if (fault) return json(exchange, 400, { error: "invalid_grant", error_description: fault });
    state.exchanges += 1;
    return json(exchange, 200, { access_token: `ya29.${state.exchanges}`, expires_in: 3599, token_type: "Bearer" });
  }
  if (request.headers.authorization !== `Bearer ya29.${state.exchanges}`) return googleError(exchange, 401, "UNAUTHENTICATED");
  const place = `/v1/projects/${project}/locations/${location}/publishers/anthropic/models/`;
  const [, model, method] = request.url.includes(place) ? (/([\w.@-]+):(\w+)$/.exec(request.url) ?? []) : [];
  const body = JSON.parse(request.body.toString());
  if (body.anthropic_version !== "vertex-2023-10-16" || (body.model && model !== "count-tokens")) {
    return googleError(exchange, 400, "INVALID_ARGUMENT");
  }
  if (model === "count-tokens") return json(exchange, 200, { input_tokens: 11 });
  if (!["rawPredict", "streamRawPredict"].includes(method)) return googleError(exchange, 404, "NOT_FOUND");
  if ((method === "streamRawPredict") !== (body.stream === true)) return googleError(exchange, 400, "INVALID_ARGUMENT");
  return answer(exchange, "messages", body.stream === true, model);
};

/** A behaviour: Claude on Azure's Foundry and Microsoft Entra, for one application or one key. */
export const azure = ({ clientId, clientSecret, key, state }) => async (exchange) => {
  const { request } = exchange;
  if (request.url.endsWith("/token")) {
    const form = Object.fromEntries(new URLSearchParams(request.body.toString()));
    const right = form.client_id === clientId && form.client_secret === clientSecret
      && form.grant_type === "client_credentials" && form.scope === "https://ai.azure.com/.default";
    if (!right) return json(exchange, 401, { error: "invalid_client", error_description: "AADSTS7000215" });
    state.exchanges += 1;
    return json(exchange, 200, { access_token: `eyJ.${state.exchanges}`, expires_in: 3599, token_type: "Bearer" });
  }
  const admitted = key
    ? request.headers["api-key"] === key && request.headers["x-api-key"] === key
    : request.headers.authorization === `Bearer eyJ.${state.exchanges}`;
  if (!admitted) return json(exchange, 401, { error: { code: "401", message: "Access denied" } });
  if (!request.url.endsWith("/anthropic/v1/messages")) return json(exchange, 404, { error: { message: request.url } });
  const body = JSON.parse(request.body.toString());
  return answer(exchange, "messages", body.stream === true, body.model);
};

/** A behaviour: an API that takes logins, and the token endpoint that renews them and takes each refresh token once. */
export const login = ({ clientId, state }) => async (exchange) => {
  const { request } = exchange;
  const body = JSON.parse(request.body.toString());
  if (request.url.endsWith("/token")) {
    const right = body.grant_type === "refresh_token" && body.client_id === clientId && body.refresh_token === state.refresh;
    if (!right) return json(exchange, 400, { error: "invalid_grant" });
    state.exchanges += 1;
    state.refresh = `${state.refresh.split("#")[0]}#${state.exchanges}`;
    const token = { access_token: `oat-${state.exchanges}`, refresh_token: state.refresh, expires_in: 28800 };
    return json(exchange, 200, token);
  }
  const flagged = (request.headers["anthropic-beta"] ?? "").split(",").includes("oauth-2025-04-20");
  if (request.headers.authorization !== `Bearer oat-${state.exchanges}` || request.headers["x-api-key"] || !flagged) {
    return json(exchange, 401, { type: "error", error: { type: "authentication_error", message: "OAuth token" } });
  }
  return answer(exchange, "messages", body.stream === true, body.model);
};

/** What is wrong with a request's signature; null if it is right. The rules are those of AWS's documentation. */
export function signatureFault(request, { keyId, secret, session, region, service }) {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
    .exec(request.headers.authorization ?? "");
  if (!given) return "no signature";
  const [, id, day, itsRegion, itsService, names, signature] = given;
  const stamp = request.headers["x-amz-date"] ?? "";
  if (id !== keyId || itsRegion !== region || itsService !== service || !stamp.startsWith(`${day}T`)) return "another scope";
  const sent = Date.parse(stamp.replace(/^(....)(..)(..T..)(..)(..)Z$/, "$1-$2-$3:$4:$5Z"));
  if (!(Math.abs(Date.now() - sent) < 300_000)) return "another time";
  if ((request.headers["x-amz-security-token"] ?? null) !== (session ?? null)) return "another session token";
  const signed = names.split(";");
  for (const name of ["host", "x-amz-date", ...(session ? ["x-amz-security-token"] : [])]) {
    if (!signed.includes(name)) return `${name} is not signed`;
  }
  const [path, query = ""] = request.url.split("?");
  const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const canonical = [
    request.method,
    path.split("/").map(encode).join("/"),
    [...new URLSearchParams(query)].map(([n, v]) => `${encode(n)}=${encode(v)}`).sort().join("&"),
    ...signed.map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names,
    sha256(request.body),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", stamp, `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join("\n");
  const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
  const key = [day, region, service, "aws4_request"].reduce(hmac, `AWS4${secret}`);
  return hmac(key, text).toString("hex") === signature ? null : "the signature is wrong";
}

function assertionFault(form, { publicKey, email, audience }) {
  if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") return "grant_type";
  const [head, claims, signature] = (form.get("assertion") ?? "").split(".");
  const read = (part) => JSON.parse(Buffer.from(part ?? "", "base64url").toString());
  const bytes = Buffer.from(`${head}.${claims}`);
  if (!verify("RSA-SHA256", bytes, createPublicKey(publicKey), Buffer.from(signature ?? "", "base64url"))) return "signature";
  const { iss, aud, iat, exp, scope } = read(claims);
  const now = Date.now() / 1000;
  const right = read(head).alg === "RS256" && iss === email && aud === audience && iat <= now + 5 && exp > now && exp - iat <= 3600
    && scope === "https://www.googleapis.com/auth/cloud-platform";
  return right ? null : "claims";
}

/** One frame of AWS's event stream around an event of Anthropic's. */
function chunkFrame(data) {
  const payload = Buffer.from(JSON.stringify({ bytes: Buffer.from(data).toString("base64"), p: "abcd" }));
  const header = (name, value) => Buffer.concat([
    Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, value.length >> 8, value.length & 255]), Buffer.from(value),
  ]);
  const headers = Buffer.concat([
    header(":event-type", "chunk"), header(":content-type", "application/json"), header(":message-type", "event"),
  ]);
  const prelude = Buffer.concat([word(headers.length + payload.length + 16), word(headers.length)]);
  const covered = Buffer.concat([prelude, word(crc32(prelude)), headers, payload]);
  return Buffer.concat([covered, word(crc32(covered))]);
}

const word = (n) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n >>> 0);
  return bytes;
};

function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

const dataOf = (sse) => [...sse.toString().matchAll(/^data: (.*)$/gm)].map(([, data]) => data);
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

function answer(exchange, dialect, stream, model) {
  const { type, body } = answerOf(dialect, { stream, model });
  exchange.head(200, { "content-type": type });
  exchange.end(body);
}

function json(exchange, status, body, headers = {}) {
  exchange.head(status, { "content-type": "application/json", ...headers });
  exchange.end(JSON.stringify(body));
}

const exception = (exchange, status, name, message) => json(exchange, status, { message }, { "x-amzn-errortype": name });
const googleError = (exchange, code, status) => json(exchange, code, { error: { code, status, message: `refused: ${status}` } });
