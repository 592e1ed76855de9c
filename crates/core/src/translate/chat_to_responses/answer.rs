//! A whole response as a Chat completion.

use super::reasoning;
use crate::translate::field::Object;
use crate::translate::responses::reader::{self, Kind, Said};
use crate::translate::{Memo, Untranslated, answer_id, stop_reason, usage_shape};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let (mut id, mut open, mut said) = (String::new(), None, String::new());
    let (mut text, mut refusal, mut thinking) = (String::new(), String::new(), String::new());
    let (mut calls, mut details) = (Vec::new(), Vec::new());
    for next in reader::answer(body).ok_or(Untranslated("output"))? {
        match next {
            Said::Start(upstream) => id = answer_id::chat(&upstream, memo),
            Said::Open(kind) => open = Some(kind),
            Said::More(more) => said.push_str(&more),
            Said::Close(sealed) => {
                let said = std::mem::take(&mut said);
                match open.take() {
                    Some(Kind::Text) => text.push_str(&said),
                    Some(Kind::Refusal) => refusal.push_str(&said),
                    Some(Kind::Reasoning) => {
                        thinking.push_str(&said);
                        details.extend(sealed.map(|sealed| reasoning::detail(&sealed, details.len())));
                    }
                    Some(Kind::Call { id: call, name, custom }) => {
                        let call = if call.is_empty() { answer_id::call(&id, calls.len()) } else { call };
                        calls.push(tool_call(&call, memo.tool_name(&name), custom, said));
                    }
                    None => {}
                }
            }
            Said::End(word, usage) => {
                let called = !calls.is_empty();
                let finish = if called { "tool_calls" } else { stop_reason::of_responses(&word).chat };
                let mut message = Object::new();
                message.insert("role".into(), "assistant".into());
                message.insert("content".into(), if text.is_empty() { Value::Null } else { text.into() });
                message
                    .insert("refusal".into(), if refusal.is_empty() { Value::Null } else { refusal.into() });
                if !thinking.is_empty() {
                    message.insert("reasoning_content".into(), thinking.into());
                }
                if !details.is_empty() {
                    message.insert("reasoning_details".into(), details.into());
                }
                if called {
                    message.insert("tool_calls".into(), calls.into());
                }
                return Ok(json!({
                    "id": id,
                    "object": "chat.completion",
                    "created": memo.created,
                    "model": memo.model,
                    "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
                    "usage": usage_shape::chat(&usage),
                }));
            }
            Said::Fail(_) => return Err(Untranslated("completed status")),
        }
    }
    Err(Untranslated("end"))
}

fn tool_call(id: &str, name: &str, custom: bool, said: String) -> Value {
    if custom {
        return json!({"id": id, "type": "custom", "custom": {"name": name, "input": said}});
    }
    let arguments = if said.is_empty() { "{}".to_owned() } else { said };
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}
