//! A whole response as a Messages answer.

use crate::translate::responses::carrier;
use crate::translate::responses::reader::{self, Kind, Said};
use crate::translate::{Memo, Untranslated, answer_id, arguments, stop_reason, usage_shape};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let (mut id, mut content, mut open) = (String::new(), Vec::new(), None);
    let (mut text, mut called, mut refused) = (String::new(), 0, false);
    for said in reader::answer(body).ok_or(Untranslated("output"))? {
        match said {
            Said::Start(upstream) => id = answer_id::messages(&upstream, memo),
            Said::Open(kind) => open = Some(kind),
            Said::More(more) => text.push_str(&more),
            Said::Close(sealed) => {
                let text = std::mem::take(&mut text);
                match open.take() {
                    Some(Kind::Text) => content.push(json!({"type": "text", "text": text})),
                    Some(Kind::Refusal) => {
                        refused = true;
                        content.push(json!({"type": "text", "text": text}));
                    }
                    Some(Kind::Reasoning) => content.extend(thinking(text, sealed, memo)),
                    Some(Kind::Call { id: call, name, .. }) => {
                        let call = if call.is_empty() { answer_id::call(&id, called) } else { call };
                        let (name, input) = (memo.tool_name(&name), arguments::to_object(&text));
                        content.push(json!({"type": "tool_use", "id": call, "name": name, "input": input}));
                        called += 1;
                    }
                    None => {}
                }
            }
            Said::End(word, usage) => {
                let stop = match word.as_str() {
                    _ if called > 0 => "tool_use",
                    _ if refused => "refusal",
                    word => stop_reason::of_responses(word).messages,
                };
                return Ok(json!({
                    "model": memo.model,
                    "id": id,
                    "type": "message",
                    "role": "assistant",
                    "content": content,
                    "stop_reason": stop,
                    "stop_sequence": null,
                    "stop_details": null,
                    "usage": usage_shape::messages(&usage),
                }));
            }
            Said::Fail(_) => return Err(Untranslated("completed status")),
        }
    }
    Err(Untranslated("end"))
}

/// Reasoning as a thinking block: what is sealed comes back with the next turn, what is shown may be read.
fn thinking(text: String, sealed: Option<String>, memo: &Memo) -> Option<Value> {
    let text = if memo.show_reasoning { text } else { String::new() };
    let signature = sealed.map(|sealed| carrier::wrap_encrypted(&sealed)).unwrap_or_default();
    let says = !text.is_empty() || !signature.is_empty();
    says.then(|| json!({"type": "thinking", "thinking": text, "signature": signature}))
}
