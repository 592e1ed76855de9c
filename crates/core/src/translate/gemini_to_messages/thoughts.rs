//! Claude's thinking on its way through a Gemini conversation. The Gemini CLI forgets thoughts and returns every call
//! with its `thoughtSignature`: signed thinking travels there, on the call that it led to.

use crate::translate::field::{self, Object, take_text};
use crate::translate::gemini::carrier::{self, Kind};
use serde_json::{Value, json};

/// Thinking since the latest call.
#[derive(Default)]
pub(super) struct Thoughts {
    blocks: Vec<Value>,
    size: usize,
}

impl Thoughts {
    /// Keeps a thinking block, if Anthropic would know it again.
    pub(super) fn keep(&mut self, block: &Object) {
        let kept = match field::text(block, "type") {
            "thinking" => json!({"t": field::text(block, "thinking"), "s": field::text(block, "signature")}),
            _ => json!({"d": field::text(block, "data")}),
        };
        let signed = !field::text(block, "signature").is_empty() || !field::text(block, "data").is_empty();
        let size: usize =
            ["thinking", "signature", "data"].iter().map(|key| field::text(block, key).len()).sum();
        self.size = self.size.saturating_add(size);
        if signed && self.size <= carrier::MOST {
            self.blocks.push(kept);
        }
    }

    /// Text came after what was thought so far.
    pub(super) fn spoken(&mut self) {
        for block in self.blocks.iter_mut().rev() {
            let Value::Object(block) = block else { break };
            if block.insert(LED.into(), true.into()).is_some() {
                break;
            }
        }
    }

    /// The `thoughtSignature` of the call that the thinking led to. All of it or nothing: half is refused.
    pub(super) fn signature(&mut self) -> Option<String> {
        let Self { blocks, size } = std::mem::take(self);
        let fit = !blocks.is_empty() && size <= carrier::MOST;
        fit.then(|| carrier::pack(Kind::Thinking, &Value::Array(blocks)))
    }
}

/// Thinking that came back.
#[derive(Default)]
pub(super) struct Returned {
    /// Before the text that led to the call.
    pub(super) before_text: Vec<Value>,
    /// Right before the call.
    pub(super) before_call: Vec<Value>,
}

/// The thinking blocks that a `thoughtSignature` carries; `None` when it is not ours.
pub(super) fn returned(signature: &str) -> Option<Returned> {
    let Value::Array(blocks) = carrier::unpack(Kind::Thinking, signature)? else { return None };
    let mut returned = Returned::default();
    for block in blocks {
        let Value::Object(mut kept) = block else { return None };
        let led = kept.contains_key(LED);
        let block = match take_text(&mut kept, "d") {
            Some(data) => json!({"type": "redacted_thinking", "data": data}),
            None => json!({
                "type": "thinking",
                "thinking": take_text(&mut kept, "t")?,
                "signature": take_text(&mut kept, "s")?,
            }),
        };
        if led { returned.before_text.push(block) } else { returned.before_call.push(block) }
    }
    Some(returned)
}

const LED: &str = "l";
