//! What a vendor wants to see again on the next turn, in a field of another vendor's dialect that callers return
//! unread. It is tagged with whose it is: a signature that somebody else wrote is never taken for one's own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Claude's thinking blocks.
    Thinking,
    /// A Chat model's `reasoning_content`.
    Reasoning,
    /// Google's thought signature.
    Google,
}

/// The text to carry: base64, as `thoughtSignature` has to be.
pub(crate) fn pack(kind: Kind, what: &Value) -> String {
    STANDARD.encode(json!({TAG: kind.word(), "v": what}).to_string())
}

/// What was packed; `None` for anything else.
pub(crate) fn unpack(kind: Kind, text: &str) -> Option<Value> {
    if !text.starts_with(START) {
        return None;
    }
    let Ok(Value::Object(mut object)) = serde_json::from_slice(&STANDARD.decode(text).ok()?) else {
        return None;
    };
    let ours = object.get(TAG).and_then(Value::as_str) == Some(kind.word());
    object.remove("v").filter(|_| ours)
}

/// Whether the text stands for "there is no signature".
pub(crate) fn is_placeholder(text: &str) -> bool {
    text.is_empty() || text == SKIP || text == "context_engineering_is_the_way_to_go"
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Thinking => "thinking",
            Self::Reasoning => "reasoning",
            Self::Google => "google",
        }
    }
}

/// For a call whose signature is unknown; without any, Gemini 3 refuses the request.
/// ai.google.dev/gemini-api/docs/thought-signatures.
pub(crate) const SKIP: &str = "skip_thought_signature_validator";
/// More than this is not carried, in bytes: it would come back with every request.
pub(crate) const MOST: usize = 1 << 20;
const TAG: &str = "proxyagent";
/// `{"proxyagent":` in base64, as far as the next bytes leave it alone.
const START: &str = "eyJwcm94eWFnZW50Ij";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_read_by_its_own_kind_only() {
        let what = json!([{"s": "sig"}]);
        let text = pack(Kind::Thinking, &what);
        assert_eq!(unpack(Kind::Thinking, &text), Some(what));
        assert_eq!(unpack(Kind::Google, &text), None);
        for foreign in ["", SKIP, "U0lH", &text[..text.len() - 4], &STANDARD.encode("{\"proxyagent\":1}")] {
            assert_eq!(unpack(Kind::Thinking, foreign), None, "{foreign}");
        }
    }
}
