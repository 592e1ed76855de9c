// Access keys: the real credentials that calls are paid with, a pool per provider. A secret goes in and never comes out.
import { html, useEffect, useState } from "./vendor.js";
import { ask, calls, reload, useAnswer } from "./api.js";
import { compact, rough } from "./format.js";
import { Bones, Code, Confirm, Dialog, Field, Icon, Link, Screen, Status, Trouble, When, go, place, term, to, toast } from "./ui.js";

/** @param {{rest: string}} props */
export default function Keys({ rest }) {
  const { data: keys, error } = useAnswer("providers", 5000);
  const { data: catalog } = useAnswer("catalog");
  const { data: usage } = useAnswer("usage", 30_000);
  const [asking, setAsking] = useState(/** @type {{what: string, key: any}|null} */ (null));
  const ready = keys && catalog;
  const own = (/** @type {any} */ p) => keys.credentials.filter((/** @type {any} */ k) => k.provider === p.name);
  const providers = ready ? catalog.providers.filter((/** @type {any} */ p) => !p.offline) : [];
  const paid = ready ? providers.filter((/** @type {any} */ p) => own(p).length) : [];
  const bare = ready ? providers.filter((/** @type {any} */ p) => !own(p).length) : [];
  const one = rest && rest !== "new" ? keys?.credentials.find((/** @type {any} */ k) => k.id === decodeURIComponent(rest)) : null;
  const close = () => setAsking(null);
  return html`<${Screen} title="Access keys" actions=${html`<${Link} class="button primary" data-new to="/keys/new"><${Icon} name="plus" />Add access key <kbd>n</kbd><//>`}>
    <${Trouble} error=${error} />
    ${!ready ? html`<${Bones} height=${96} count=${3} />` : html`<div class="stack">
      ${!paid.length && html`<div class="card empty"><h2>No provider has a key yet</h2><p>Add one and every machine token that may use that provider works, without ever seeing the key. Until then the offline model “mock” answers on every route.</p><${Link} class="button primary" to="/keys/new">Add the first key<//></div>`}
      ${paid.map((/** @type {any} */ p) => html`<${Pool} key=${p.name} provider=${p} keys=${own(p)} used=${usage?.providers.find((/** @type {any} */ u) => u.provider === p.name)} shown=${one?.id} onAsk=${(/** @type {string} */ what, /** @type {any} */ key) => setAsking({ what, key })} />`)}
      ${bare.length > 0 && html`<section class="card"><header><h2>Without a key</h2></header><ul class="list">${bare.map((/** @type {any} */ p) => html`<li><strong class="grow">${p.label}</strong><span class="muted small">${p.dialects.join(", ")}</span>
        <${Link} class="button" to=${to`/keys/new?provider=${p.name}`} aria-label=${`Add a key for ${p.label}`}>Add<//></li>`)}</ul></section>`}</div>`}
    ${rest === "new" && ready && html`<${Add} catalog=${catalog} keys=${keys} providers=${providers} onClose=${() => go("/keys")} />`}
    ${asking?.what === "replace" && html`<${Replace} of=${asking.key} catalog=${catalog} onClose=${close} />`}
    ${asking?.what === "edit" && html`<${Edit} of=${asking.key} onClose=${close} />`}
    ${asking?.what === "remove" && html`<${Confirm} title=${`Delete ${name(asking.key)}?`} action="Delete for ever" onClose=${close} onDo=${async () => { await ask("DELETE", path(asking.key)); await reload("providers"); toast(`${name(asking.key)} is deleted.`); }}>
      ${lately(asking.key).length ? `${lately(asking.key).length} of the latest calls were paid with it. ` : ""}Its sealed secret is removed from the store; calls go to the next key of ${asking.key.provider}, if there is one.<//>`}<//>`;
}

/** @param {any} key */
const path = (key) => `providers/${encodeURIComponent(key.id)}`;
/** @param {any} key */
const name = (key) => key.label || key.id;
/** @param {any} key */
const lately = (key) => calls.value.filter((c) => c.credential_id === key.id);

/** One provider's keys in the order in which they are used. @param {any} props */
function Pool({ provider, keys, used, shown, onAsk }) {
  const sorted = [...keys].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
  const good = sorted.filter((k) => k.active && (k.state ?? "ok") === "ok").length;
  return html`<section class="card" aria-label=${provider.label}><header><h2>${provider.label}</h2>
      <span class="muted small">${keys.length === 1 ? "" : `pool of ${keys.length}, ${good} healthy`}</span>
      ${used && html`<${Link} class="muted small num" to=${to`/activity?q=${term("provider", provider.name)}`}>${compact(used.requests)} calls<//>`}</header>
    <ul class="list">${sorted.map((k, i) => html`<${Key} key=${k.id} of=${k} above=${sorted[i - 1]} below=${sorted[i + 1]} shown=${shown === k.id} total=${sorted.reduce((sum, one) => sum + lately(one).length, 0)} onAsk=${onAsk} />`)}</ul></section>`;
}

/** @param {any} props */
function Key({ of: key, above, below, shown, total, onAsk }) {
  const own = lately(key);
  const failed = own.filter((c) => c.error && c.state !== "refused").length;
  const stored = key.masked !== "env" && key.priority !== undefined;
  const set = async (/** @type {string} */ what) => {
    await ask("POST", `${path(key)}/${what}`).catch((why) => toast(why.message));
    reload("providers");
  };
  const swap = async (/** @type {any} */ other, /** @type {number} */ by) => {
    await ask("PATCH", path(key), { priority: (other.priority ?? 0) + by }).catch((why) => toast(why.message));
    reload("providers");
  };
  return html`<li style=${{ flexWrap: "wrap" }} class=${shown ? "fresh" : ""}><div class="grow" style=${{ minWidth: "180px" }}><strong>${name(key)}</strong>
      <div class="muted small">${key.kind}${key.masked === "env" ? ", from the environment: change it there" : key.created_ms ? html`, added <${When} at=${key.created_ms} />` : ""}</div></div>
    <span class="muted small num">${total > 0 && own.length ? `${Math.round((own.length / total) * 100)} % of the latest calls${failed ? `, ${Math.round((failed / own.length) * 100)} % failed` : ""}` : ""}</span>
    <${Health} of=${key} />
    ${stored && html`<span class="row tight">${above && above.priority !== undefined && html`<button type="button" class="plain square" title="Use earlier" aria-label=${`Use ${name(key)} earlier`} onClick=${() => swap(above, -1)}>↑</button>`}
      ${below && html`<button type="button" class="plain square" title="Use later" aria-label=${`Use ${name(key)} later`} onClick=${() => swap(below, 1)}>↓</button>`}
      <button type="button" onClick=${() => set(key.state === "disabled" ? "enable" : "disable")}>${key.state === "disabled" ? "Enable" : "Disable"}</button>
      ${["cooling", "parked"].includes(key.state) && html`<button type="button" title="Try it again now" onClick=${() => set("enable")}>Try now</button>`}
      <button type="button" onClick=${() => onAsk("edit", key)}>Rename</button>
      <button type="button" onClick=${() => onAsk("replace", key)}>Replace</button><button type="button" class="danger" onClick=${() => onAsk("remove", key)}>Delete</button></span>`}</li>`;
}

/** Its state, counted down while it cools. @param {any} props */
function Health({ of: key }) {
  const [, tick] = useState(0);
  const waits = Boolean(key.until_ms && key.until_ms > Date.now());
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [waits]);
  const left = waits ? rough(key.until_ms - Date.now()) : "";
  /** @type {Record<string, [string, string]>} */
  const words = { ok: ["ok", key.failures ? "ok again" : "healthy"], cooling: ["warn", `cooling ${left}`], parked: ["bad", `set aside ${left}`], disabled: ["off", "disabled"], unusable: ["bad", "cannot be opened"] };
  const [tone, word] = words[key.state ?? (key.active ? "ok" : "disabled")] ?? ["warn", key.state];
  return html`<span><${Status} tone=${tone}>${word}<//>${key.why && html`<span class="muted small"> ${key.why}</span>`}</span>`;
}

/** Provider, kind, and just that kind's fields. @param {any} props */
function Add({ catalog, keys, providers, onClose }) {
  const [provider, setProvider] = useState(place.value.query.get("provider") ?? providers[0]?.name);
  const [kind, setKind] = useState("");
  const [label, setLabel] = useState("");
  const [fields, setFields] = useState(/** @type {Record<string, string>} */ ({}));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const chosen = providers.find((/** @type {any} */ p) => p.name === provider);
  const kinds = (catalog.kinds ?? []).filter((/** @type {any} */ k) => chosen?.kinds.includes(k.name));
  const one = kinds.find((/** @type {any} */ k) => k.name === kind) ?? kinds[0];
  if (!one || !keys.encryption) return html`<${FromEnvironment} providers=${providers} onClose=${onClose} />`;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const given = Object.fromEntries(Object.entries(fields).filter(([field, text]) => text.trim() && one.fields.some((/** @type {any} */ f) => f.name === field)));
      await ask("POST", "providers", { provider, kind: one.name, label: label.trim(), fields: given });
      await reload("providers");
      toast(`${chosen.label} has a new key. It is sealed and used from the next call on.`);
      onClose();
    } catch (why) {
      setError(why);
      setBusy(false);
    }
  };
  return html`<${Dialog} title="Add access key" onClose=${onClose}><form class="stack wide" onSubmit=${submit} autocomplete="off">
    <div class="fields"><${Field} label="Provider">${(/** @type {any} */ c) => html`<select ...${c} onChange=${(/** @type {any} */ e) => { setProvider(e.target.value); setKind(""); }}>${providers.map((/** @type {any} */ p) => html`<option value=${p.name} selected=${p.name === provider}>${p.label}</option>`)}</select>`}<//>
      <${Field} label="Kind">${(/** @type {any} */ c) => html`<select ...${c} onChange=${(/** @type {any} */ e) => setKind(e.target.value)}>${kinds.map((/** @type {any} */ k) => html`<option value=${k.name} selected=${k.name === one.name}>${k.label}</option>`)}</select>`}<//></div>
    ${one.help && html`<p class="muted small">${one.help}</p>`}
    <${Fields} kind=${one} values=${fields} onChange=${setFields} />
    <${Field} label="Name" hint="To tell it from the others." maxlength="100" value=${label} onInput=${(/** @type {any} */ e) => setLabel(e.target.value)} placeholder="production" />
    <${Trouble} error=${error} /><footer class="row" style=${{ justifyContent: "flex-end" }}><button type="button" onClick=${onClose}>Cancel</button><button class="primary" disabled=${busy}>Seal and save</button></footer></form><//>`;
}

/** @param {any} props */
const Fields = ({ kind, values, onChange, kept }) => kind.fields.map((/** @type {any} */ f) => html`<${Field} key=${`${kind.name}.${f.name}`} autofocus=${f === kind.fields[0]} label=${f.required || kept ? f.label : `${f.label} (optional)`} hint=${kept && f.secret ? `${f.help} Empty keeps the present one.` : f.help} required=${f.required && !kept}
  type=${f.secret ? "password" : "text"} autocomplete=${f.secret ? "new-password" : "off"} spellcheck="false" class="mono" value=${values[f.name] ?? ""} onInput=${(/** @type {any} */ e) => onChange((/** @type {any} */ v) => ({ ...v, [f.name]: e.target.value }))} />`);

/** @param {any} props */
function Replace({ of: key, catalog, onClose }) {
  const [fields, setFields] = useState(/** @type {Record<string, string>} */ ({ ...key.fields }));
  const [error, setError] = useState(/** @type {any} */ (null));
  const kind = catalog.kinds.find((/** @type {any} */ k) => k.name === key.kind);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await ask("POST", `${path(key)}/replace`, { fields: Object.fromEntries(Object.entries(fields).filter(([, text]) => text.trim())) });
      await reload("providers");
      toast(`${name(key)} has its new secret. Calls under way finish with the old one.`);
      onClose();
    } catch (why) {
      setError(why);
    }
  };
  return html`<${Dialog} title=${`Replace the secret of ${name(key)}`} onClose=${onClose}><form class="stack wide" onSubmit=${submit} autocomplete="off">
    <${Fields} kind=${kind} values=${fields} onChange=${setFields} kept /><${Trouble} error=${error} />
    <footer class="row" style=${{ justifyContent: "flex-end" }}><button type="button" onClick=${onClose}>Cancel</button><button class="primary">Replace</button></footer></form><//>`;
}

/** @param {any} props */
function Edit({ of: key, onClose }) {
  const [label, setLabel] = useState(key.label);
  const [error, setError] = useState(/** @type {any} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await ask("PATCH", path(key), { label: label.trim() });
      await reload("providers");
      onClose();
    } catch (why) {
      setError(why);
    }
  };
  return html`<${Dialog} title=${`Rename ${name(key)}`} onClose=${onClose}><form class="stack wide" onSubmit=${submit}><${Field} label="Name" maxlength="100" autofocus value=${label} onInput=${(/** @type {any} */ e) => setLabel(e.target.value)} /><${Trouble} error=${error} />
    <footer class="row" style=${{ justifyContent: "flex-end" }}><button type="button" onClick=${onClose}>Cancel</button><button class="primary">Save</button></footer></form><//>`;
}

/** Where nothing can be sealed there is no key to seal it with. @param {any} props */
function FromEnvironment({ providers, onClose }) {
  const lines = providers.filter((/** @type {any} */ p) => p.key_variable).map((/** @type {any} */ p) => `export ${p.key_variable}=…`).join("\n");
  return html`<${Dialog} title="Add access key" onClose=${onClose}>
    <p>This proxy has no master key (<code>PROXYAGENT_SECRET_KEY</code>), so it stores no secret. Keys come from the environment of its process: set the variable of the provider there and start it again.</p>
    <${Code} text=${lines} label="Variables" /><p class="muted">On Cloudflare: <code>npx wrangler secret put NAME</code>.</p><//>`;
}
