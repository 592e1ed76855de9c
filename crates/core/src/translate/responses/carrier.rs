//! How one vendor's sealed reasoning travels through a caller of another dialect, and back to where it was sealed.
//! Only what this proxy wrapped is ever unwrapped: a seal means nothing to any other vendor.

use crate::translate::field::{self, Object, take_text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A thinking block of Claude as `encrypted_content` of a reasoning item. `None` where nothing is sealed.
pub(crate) fn wrap_thinking(thinking: &str, signature: &str) -> Option<String> {
    (!signature.is_empty()).then(|| claude(&json!({"thinking": thinking, "signature": signature})))
}

/// As [`wrap_thinking`], for thinking that Claude shows to nobody.
pub(crate) fn wrap_redacted(data: &str) -> Option<String> {
    (!data.is_empty()).then(|| claude(&json!({"data": data})))
}

/// The thinking block that was wrapped; `None` for what another hand sealed.
pub(crate) fn unwrap_thinking(encrypted: &str) -> Option<Value> {
    let bytes = STANDARD.decode(encrypted.strip_prefix(CLAUDE)?).ok()?;
    let Ok(Value::Object(mut sealed)) = serde_json::from_slice::<Value>(&bytes) else { return None };
    if let Some(data) = take_text(&mut sealed, "data") {
        return Some(json!({"type": "redacted_thinking", "data": data}));
    }
    let signature = take_text(&mut sealed, "signature")?;
    let thinking = take_text(&mut sealed, "thinking").unwrap_or_default();
    Some(json!({"type": "thinking", "thinking": thinking, "signature": signature}))
}

/// OpenAI's `encrypted_content` as the signature of a thinking block, or the seal of a reasoning detail.
pub(crate) fn wrap_encrypted(encrypted: &str) -> String {
    format!("{OPENAI}{encrypted}")
}

/// The reasoning item of a thinking block with such a signature.
pub(crate) fn unwrap_encrypted(thinking: &str, signature: &str) -> Option<Value> {
    let encrypted = signature.strip_prefix(OPENAI).filter(|sealed| !sealed.is_empty())?;
    let mut summary = Vec::new();
    if !thinking.is_empty() {
        summary.push(json!({"type": "summary_text", "text": thinking}));
    }
    Some(json!({"type": "reasoning", "summary": summary, "encrypted_content": encrypted}))
}

/// The text of a reasoning item: its summary, or where there is none, the reasoning itself.
pub(crate) fn text_of(item: &Object) -> String {
    let texts = |key| -> String {
        let parts = item.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<&str> =
            parts.iter().filter_map(Value::as_object).map(|part| field::text(part, "text")).collect();
        texts.join("\n\n")
    };
    Some(texts("summary")).filter(|text| !text.is_empty()).unwrap_or_else(|| texts("content"))
}

fn claude(sealed: &Value) -> String {
    format!("{CLAUDE}{}", STANDARD.encode(sealed.to_string()))
}

const CLAUDE: &str = "proxyagent.claude.1.";
const OPENAI: &str = "proxyagent.openai.1.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wrapped_comes_out_again() {
        let wrapped = wrap_thinking("Plän", "RXJ=").unwrap();
        let want = json!({"type": "thinking", "thinking": "Plän", "signature": "RXJ="});
        assert_eq!(unwrap_thinking(&wrapped), Some(want));
        let want = json!({"type": "redacted_thinking", "data": "x"});
        assert_eq!(unwrap_thinking(&wrap_redacted("x").unwrap()), Some(want));
        let item = json!({"type": "reasoning", "summary": [], "encrypted_content": "gAAA"});
        assert_eq!(unwrap_encrypted("", &wrap_encrypted("gAAA")), Some(item));
    }

    #[test]
    fn what_others_sealed_stays_shut() {
        for sealed in ["", "gAAA", CLAUDE, "proxyagent.claude.1.e30=", "proxyagent.claude.1.!", OPENAI] {
            assert_eq!(unwrap_thinking(sealed), None, "{sealed}");
        }
        assert_eq!(unwrap_encrypted("t", "RXJ="), None);
        assert_eq!(unwrap_encrypted("t", OPENAI), None);
        assert_eq!(wrap_thinking("t", ""), None);
    }
}
