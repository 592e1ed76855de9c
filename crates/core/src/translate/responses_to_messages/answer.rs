//! A whole Messages answer as a response.

use crate::dialect::Dialect;
use crate::translate::field::{self, Object, take};
use crate::translate::responses::carrier;
use crate::translate::responses::writer::Writer;
use crate::translate::{Memo, Untranslated, arguments, stop_reason, usage_shape};
use serde_json::Value;

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let Value::Object(mut body) = body else { return Err(Untranslated("JSON object")) };
    let usage = usage_shape::read(Dialect::Messages, &body).unwrap_or_default();
    let Some(Value::Array(content)) = take(&mut body, "content") else { return Err(Untranslated("content")) };
    let (mut writer, unsent) = (Writer::whole(memo), &mut Vec::new());
    writer.start(field::text(&body, "id"), unsent);
    let mut silent = true;
    for block in content {
        let Value::Object(mut block) = block else { continue };
        match field::text(&block, "type") {
            "text" => writer.text(field::text(&block, "text"), unsent),
            "thinking" | "redacted_thinking" => {
                thinking(&block, memo, &mut writer);
                continue;
            }
            "tool_use" => {
                let input = arguments::to_text(take(&mut block, "input"));
                writer.open_call(field::text(&block, "id"), field::text(&block, "name"), unsent);
                writer.input(&input, unsent);
                writer.close(unsent);
            }
            // Server tools were not offered, and what is new has no place in Responses.
            _ => continue,
        }
        silent = false;
    }
    let reason = field::text(&body, "stop_reason");
    if silent && reason == "refusal" {
        writer.refusal(refusal(&body), unsent);
    }
    match writer.complete(stop_reason::of_messages(reason).responses, &usage, unsent) {
        Value::Null => Err(Untranslated("bounds")),
        answer => Ok(answer),
    }
}

fn thinking(block: &Object, memo: &Memo, writer: &mut Writer) {
    let unsent = &mut Vec::new();
    let text = field::text(block, "thinking");
    writer.open_reasoning(unsent);
    if memo.show_reasoning {
        writer.reasoning(text, unsent);
    }
    let sealed = carrier::wrap_thinking(text, field::text(block, "signature"))
        .or_else(|| carrier::wrap_redacted(field::text(block, "data")));
    writer.seal(sealed, unsent);
}

/// Why the model refused, where it says so.
fn refusal(body: &Object) -> &str {
    let explained = body.get("stop_details").and_then(|details| details.get("explanation"));
    explained.and_then(Value::as_str).unwrap_or(REFUSED)
}

const REFUSED: &str = "The model refused to answer.";
