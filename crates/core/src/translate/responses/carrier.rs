//! How one vendor's sealed reasoning travels through a caller of another dialect, and back to where it was sealed.
//! Only what this proxy wrapped is ever unwrapped: a seal means nothing to any other vendor.

use crate::translate::field::take_text;
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

fn claude(sealed: &Value) -> String {
    format!("{CLAUDE}{}", STANDARD.encode(sealed.to_string()))
}

const CLAUDE: &str = "proxyagent.claude.1.";

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
    }

    #[test]
    fn what_others_sealed_stays_shut() {
        for sealed in
            ["", "gAAA", CLAUDE, "proxyagent.claude.1.e30=", "proxyagent.claude.1.!", "proxyagent.openai.1.x"]
        {
            assert_eq!(unwrap_thinking(sealed), None, "{sealed}");
        }
        assert_eq!(wrap_thinking("t", ""), None);
    }
}
