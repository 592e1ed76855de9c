// A running proxy as the cases see it: a base URL, an admin token, the provider behind it, and everything it ever said.
import assert from "node:assert/strict";
import { send } from "./wire.mjs";
import { DIALECTS } from "./dialects.mjs";
import { eventually } from "./eventually.mjs";

export class Home {
  /** Secrets that no client may ever see, by name. */
  secrets = {};
  /** Machine tokens minted so far. */
  minted = [];
  /** Everything clients were told: `{what, bytes}`. */
  told = [];
  #markers = 0;

  /**
   * @param {object} parts name, store (what the admin API calls it), url, upstream (a fake provider), keys {anthropic, openai, admin}, `logs()` → text so far,
   *   `dump()` → bytes of everything stored, `stop()`, what a home's platform lets it see (`seesConnectionHeader`, `tellsRefusedConnections`), and what only one
   *   home has (`scheduled` and `db`; `kill`, `term`, `restart` and `files`).
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.secrets = { ...parts.keys };
  }

  /** Sends a request to the proxy and remembers the answer for the canary case, unless told not to. */
  async send(path, { remember = true, ...options } = {}) {
    const answer = await send(this.url + path, options);
    if (remember) this.#remember(`${options.method ?? "GET"} ${path}`, answer.rawHead, answer.body);
    return answer;
  }

  /** `fetch` for SDKs, remembering like `send`. */
  fetch = async (input, init) => {
    const answer = await fetch(input, init);
    const head = `${answer.status}\n${[...answer.headers].map(([n, v]) => `${n}: ${v}`).join("\n")}`;
    if (!answer.body) {
      this.#remember(String(input), head, Buffer.alloc(0));
      return answer;
    }
    const [ours, theirs] = answer.body.tee();
    new Response(ours).arrayBuffer().then(
      (bytes) => this.#remember(String(input), head, Buffer.from(bytes)),
      () => this.#remember(`${input} (broken)`, head, Buffer.alloc(0)),
    );
    return new Response(theirs, { status: answer.status, statusText: answer.statusText, headers: answer.headers });
  };

  /** An admin request; `json` is the parsed answer, or undefined. */
  async admin(method, path, body, { headers = { "x-admin-token": this.keys.admin }, ...options } = {}) {
    const answer = await this.send(path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...options,
    });
    return { ...answer, json: parse(answer.body) };
  }

  /** A new machine token: `{token, id}`. The one reply that may show it is not remembered. */
  async mint({ label = "contract", scope = ["*"], ...limits } = {}) {
    const made = await this.admin("POST", "/admin/tokens", { label, scope, ...limits }, { remember: false });
    assert.ok([200, 201].includes(made.status), `minting: ${made.status} ${made.body}`);
    this.minted.push(made.json.token);
    return { token: made.json.token, id: made.json.id };
  }

  /** A name no other case uses, for `[[case:NAME]]`. */
  marker() {
    this.#markers += 1;
    return `c${this.#markers}`;
  }

  /** What a case starts from: its own token and its own marker. */
  async begin(limits) {
    return { ...(await this.mint(limits)), marker: this.marker() };
  }

  /** One model call in a dialect, carrying the case's marker. `change` edits the body object before it is sent. */
  ask(dialect, { token, marker = "none", text = "hi", stream = false, max = 64, model, change, headers = {}, path, ...options }) {
    const shape = DIALECTS[dialect];
    const body = shape.body({ model: model ?? shape.model, text: `${text} [[case:${marker}]]`, max, stream });
    return this.send(path ?? shape.path, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token ? shape.auth(token) : {}), ...headers },
      body: JSON.stringify(change ? change(body) : body),
      ...options,
    });
  }

  /** All rows of one token, newest first. */
  async rows(tokenId) {
    const { json } = await this.admin("GET", `/admin/logs?limit=1000&filter=token:${tokenId}`);
    return json.logs;
  }

  /** The rows of one token once there are `count` and all have ended. */
  async settled(tokenId, count = 1) {
    const rows = await eventually(async () => {
      const now = await this.rows(tokenId);
      return now.length >= count && now.every((row) => row.ended) && now;
    }, `${count} ended rows of ${tokenId}`);
    assert.equal(rows.length, count, "exactly one row per call");
    return rows;
  }

  /** The only row of a token, once it has ended. */
  async row(tokenId) {
    return (await this.settled(tokenId, 1))[0];
  }

  /** A token as the list shows it. */
  async listed(tokenId) {
    const { json } = await this.admin("GET", "/admin/tokens");
    return json.tokens.find((token) => token.id === tokenId);
  }

  #remember(what, head, body) {
    this.told.push({ what, bytes: Buffer.concat([Buffer.from(head), body]) });
  }
}

/** Dollars as integer nano-dollars, the unit of the ledger. */
export const nano = (dollars) => Math.round(dollars * 1e9);

function parse(body) {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
