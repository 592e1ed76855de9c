// Secrets that stand out, and every spelling in which one of them could leak.
import { randomBytes } from "node:crypto";

/** Fresh keys for one home. They hold characters that base64 and percent encoding change. */
export function canaryKeys() {
  const salt = () => `${randomBytes(12).toString("hex")}+/=~`;
  return {
    anthropic: `sk-ant-api03-CANARY-${salt()}`, openai: `sk-proj-CANARY-${salt()}`, tool: `tool-CANARY-${salt()}`,
    admin: `adm-CANARY-${randomBytes(16).toString("hex")}`,
  };
}

/** The spellings of a secret: raw, percent, JSON-escaped, hex, and base64 at each of its three alignments. */
export function spellings(secret) {
  const raw = Buffer.from(secret);
  const forms = new Set([secret, encodeURIComponent(secret), secret.replaceAll("/", "\\/"), raw.toString("hex")]);
  for (const before of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(before, "a"), raw]).toString("base64").replace(/=+$/, "");
    // The first and the last characters also depend on what stands beside the secret.
    const core = shifted.slice(before === 0 ? 0 : before + 1, -2);
    forms.add(core);
    forms.add(core.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return [...forms];
}

/** The spellings of `secret` that occur in `bytes`. */
export function leaks(secret, bytes) {
  return spellings(secret).filter((form) => bytes.includes(form));
}
