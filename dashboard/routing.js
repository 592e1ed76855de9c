// Model routing: the rules that send what machines ask for elsewhere, and what a request would meet.
import { html, useEffect, useState } from "./vendor.js";
import { ask, reload, useAnswer } from "./api.js";
import { money } from "./format.js";
import { Confirm, Dialog, Empty, Field, Icon, Link, Screen, Status, Table, Trouble, go, place, to, toast } from "./ui.js";

/** @param {{rest: string}} props */
export default function Routing({ rest }) {
  const { data, error } = useAnswer("aliases", 30_000);
  const rows = data && ranked([...Object.entries(data.map).map(([match, target]) => ({ match, target, own: true })), ...Object.entries(data.settings).map(([match, target]) => ({ match, target, own: false }))]);
  const one = rest && rest !== "new" ? rows?.find((/** @type {any} */ r) => r.match === decodeURIComponent(rest)) : null;
  const [removing, setRemoving] = useState(/** @type {any} */ (null));
  const columns = [
    { head: "When asked for", cell: (/** @type {any} */ r) => html`<${Link} class="mono" to=${to`/routing/${r.match}`}><strong>${r.match}</strong><//>${r.match === "*" && html` <span class="tag warn">every model</span>`}` },
    { head: "It goes to", cell: (/** @type {any} */ r) => html`<span class="mono">${r.target}</span>` },
    { head: "How", cell: (/** @type {any} */ r) => html`<span class="muted small">${kind(r.match)}${r.own ? "" : ", from PROXYAGENT_MODEL_MAP"}</span>` },
    { head: "", class: "end", cell: (/** @type {any} */ r) => r.own && html`<button type="button" class="plain danger" aria-label=${`Remove the route for ${r.match}`} onClick=${() => setRemoving(r)}>Remove</button>` },
  ];
  return html`<${Screen} title="Model routing" actions=${html`<${Link} class="button primary" data-new to="/routing/new"><${Icon} name="plus" />New route <kbd>n</kbd><//>`}>
    <${Trouble} error=${error} />
    <div class="stack wide"><${TryIt} rules=${data} />
    <div class="card flush"><${Table} label="Routes" rows=${rows} id=${(/** @type {any} */ r) => r.match} href=${(/** @type {any} */ r) => to`/routing/${r.match}`} columns=${columns} bones=${3}
      empty=${html`<${Empty} title="No routes" action=${html`<${Link} class="button" to="/routing/new">New route<//>`}>Calls go to the provider and model that they ask for. A route sends them elsewhere: to a newer model, to another provider (the conversation is translated), or to the offline model while you test.<//>`} /></div>
    <p class="muted small">The most specific route wins: an exact provider:model, then an exact model, then the longest beginning, then *. A change counts from the next call on.</p></div>
    ${(rest === "new" || one?.own) && html`<${Edit} key=${rest} route=${one} onClose=${() => go("/routing")} />`}
    ${removing && html`<${Confirm} title=${`Remove the route for ${removing.match}?`} action="Remove" onClose=${() => setRemoving(null)} onDo=${async () => {
      await ask("DELETE", `aliases/${encodeURIComponent(removing.match)}`);
      await reload("aliases");
      toast(`The route for ${removing.match} is gone.`, async () => { await ask("POST", "aliases", { match: removing.match, target: removing.target }); reload("aliases"); });
    }}>From the next call on, ${removing.match} goes where it is asked to, not to ${removing.target}.<//>`}<//>`;
}

/** In the order in which they are looked at. @param {Array<{match: string, target: string, own: boolean}>} rows */
function ranked(rows) {
  const rank = (/** @type {string} */ m) => (m === "*" ? 4 : m.endsWith("*") ? (m.includes(":") ? 2 : 3) : m.includes(":") ? 0 : 1);
  return rows.sort((a, b) => rank(a.match) - rank(b.match) || b.match.length - a.match.length || (a.match < b.match ? -1 : 1));
}

/** @param {string} match */
const kind = (match) => (match === "*" ? "everything else" : match.endsWith("*") ? "by how it begins" : "exactly");

/** @param {any} props */
function Edit({ route, onClose }) {
  const [match, setMatch] = useState(route?.match ?? "");
  const [target, setTarget] = useState(route?.target ?? "");
  const [error, setError] = useState(/** @type {any} */ (null));
  const { data: catalog } = useAnswer("catalog");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await ask("POST", "aliases", { match: match.trim(), target: target.trim() });
      await reload("aliases");
      toast(`${match} now goes to ${target}.`);
      onClose();
    } catch (why) {
      setError(why);
    }
  };
  return html`<${Dialog} title=${route ? `Route for ${route.match}` : "New route"} onClose=${onClose}><form class="stack wide" onSubmit=${submit}>
    <${Field} label="When asked for" hint="A model, provider:model, a beginning such as claude-3-*, or * for everything." required class="mono" spellcheck="false" autocomplete="off" readonly=${Boolean(route)} autofocus=${!route} value=${match} onInput=${(/** @type {any} */ e) => setMatch(e.target.value)} />
    <${Field} label="Send it to" hint="A model of the same provider, provider:model, or mock." required class="mono" spellcheck="false" autocomplete="off" autofocus=${Boolean(route)} list="models" value=${target} onInput=${(/** @type {any} */ e) => setTarget(e.target.value)} />
    <datalist id="models">${catalog?.providers.flatMap((/** @type {any} */ p) => p.example_models.map((/** @type {string} */ m) => html`<option value=${`${p.name}:${m}`} />`))}</datalist>
    ${match.trim() === "*" && html`<p class="note warn">This takes every model that no other route names.</p>`}
    <${Trouble} error=${error} /><footer class="row" style=${{ justifyContent: "flex-end" }}><button type="button" onClick=${onClose}>Cancel</button><button class="primary">Save route</button></footer></form><//>`;
}

/** @param {{rules: any}} props */
function TryIt({ rules }) {
  const { data: tokens } = useAnswer("tokens");
  const [model, setModel] = useState(place.value.query.get("try") ?? "");
  const [token, setToken] = useState("");
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => {
    if (!model.includes(":") || model.endsWith(":")) {
      setAnswer(null);
      setError(null);
      return undefined;
    }
    const timer = setTimeout(() => ask("GET", `explain?model=${encodeURIComponent(model)}&token=${encodeURIComponent(token)}`).then(
      (found) => { setAnswer(found); setError(null); }, (why) => { setAnswer(null); setError(why); }), 150);
    return () => clearTimeout(timer);
  }, [model, token, rules]);
  return html`<section class="card stack" aria-label="Try it"><header style=${{ margin: 0 }}><h2>Try it</h2><span class="muted small">Nothing is sent.</span></header>
    <div class="fields"><${Field} label="A call for" hint="provider:model, as in the call’s path and body" class="mono" spellcheck="false" placeholder="anthropic:claude-haiku-4-5" value=${model} onInput=${(/** @type {any} */ e) => setModel(e.target.value.trim())} />
      <${Field} label="By">${(/** @type {any} */ c) => html`<select ...${c} onChange=${(/** @type {any} */ e) => setToken(e.target.value)}><option value="">any machine</option>${tokens?.tokens.slice(0, 300).map((/** @type {any} */ t) => html`<option value=${t.id}>${t.label}</option>`)}</select>`}<//></div>
    <div aria-live="polite"><${Trouble} error=${error} />${answer && html`<${Answer} answer=${answer} />`}</div></section>`;
}

/** @param {{answer: any}} props */
const Answer = ({ answer }) => html`<dl class="facts">
  <dt>Route</dt><dd>${answer.rule ? html`<code>${answer.rule}</code>` : "none"}</dd>
  <dt>It goes to</dt><dd><strong class="mono">${answer.target}</strong></dd>
  ${answer.scope && html`<dt>Scope</dt><dd><${Status} tone=${answer.scope.allowed ? "ok" : "bad"}>${answer.scope.allowed ? "allowed" : "not allowed"}<//> <span class="muted small">${answer.scope.entries.join(", ")}</span></dd>`}
  <dt>Price</dt><dd>${answer.price.free || (answer.price.known && !answer.price.input_nano && !answer.price.output_nano) ? "free" : answer.price.known ? `${money(answer.price.input_nano)} in, ${money(answer.price.output_nano)} out per million tokens` : html`<span class="warn">not known: refused for tokens with a budget</span>`}</dd>
  <dt>Paid with</dt><dd>${answer.credential_id ?? html`<span class="muted">no key</span>`}</dd>
  <dt>Result</dt><dd>${answer.refusals.length ? html`<${Status} tone="bad">refused<//> ${answer.refusals.join("; ")}` : html`<${Status} tone="ok">it would be sent<//>`}</dd></dl>`;
