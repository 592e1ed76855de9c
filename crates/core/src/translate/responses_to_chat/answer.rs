//! A whole Chat completion as a response.

use crate::dialect::Dialect;
use crate::translate::field::{self, take, take_object, take_text};
use crate::translate::responses::writer::Writer;
use crate::translate::{Memo, Untranslated, arguments, chat_message, stop_reason, usage_shape};
use serde_json::Value;

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let Value::Object(mut body) = body else { return Err(Untranslated("JSON object")) };
    let usage = usage_shape::read(Dialect::Chat, &body).unwrap_or_default();
    let first = match take(&mut body, "choices") {
        Some(Value::Array(choices)) => choices.into_iter().next(),
        _ => None,
    };
    let Some(Value::Object(mut choice)) = first else { return Err(Untranslated("choices")) };
    let mut message = take_object(&mut choice, "message").ok_or(Untranslated("message"))?;
    let (mut writer, unsent) = (Writer::whole(memo), &mut Vec::new());
    writer.start(field::text(&body, "id"), unsent);
    if let Some(reasoning) = chat_message::reasoning(&mut message)
        && memo.show_reasoning
    {
        writer.reasoning(&reasoning, unsent);
    }
    writer.text(&chat_message::text(take(&mut message, "content")), unsent);
    writer.refusal(&take_text(&mut message, "refusal").unwrap_or_default(), unsent);
    for mut call in chat_message::calls(&mut message) {
        let input = arguments::as_text(take(&mut call, "arguments"));
        writer.open_call(field::text(&call, "id"), field::text(&call, "name"), unsent);
        writer.input(&input, unsent);
        writer.close(unsent);
    }
    let reason = field::text(&choice, "finish_reason");
    match writer.complete(stop_reason::of_chat(reason).responses, &usage, unsent) {
        Value::Null => Err(Untranslated("bounds")),
        answer => Ok(answer),
    }
}
