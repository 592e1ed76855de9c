//! Gemini's turns as Messages turns. PROTOCOLS.md I2, I3.

use super::thoughts;
use crate::problem::Problem;
use crate::translate::field::refused;
use crate::translate::gemini::carrier;
use crate::translate::gemini::conversation::{Answer, Said, Turn};
use crate::translate::gemini::part::Shown;
use crate::translate::{Dropped, Memo, tool_name};
use serde_json::{Value, json};

pub(super) fn messages(
    turns: Vec<Turn>,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<Vec<Value>, Problem> {
    let mut out = Vec::with_capacity(turns.len() + 1);
    for turn in turns {
        let (role, content) = match turn {
            Turn::Model(said) => ("assistant", said_blocks(said, memo, dropped)),
            Turn::User { answers, shown } => ("user", user_blocks(answers, shown)?),
        };
        if out.is_empty() && role == "assistant" {
            out.push(json!({"role": "user", "content": NOTHING}));
        }
        push(&mut out, role, content);
    }
    Ok(out)
}

/// Turns that had nothing but thoughts are gone, so their neighbours become one.
fn push(out: &mut Vec<Value>, role: &str, mut content: Vec<Value>) {
    if content.is_empty() {
        return;
    }
    if let Some(Value::Object(last)) = out.last_mut()
        && last.get("role").is_some_and(|last| last == role)
        && let Some(Value::Array(before)) = last.get_mut("content")
    {
        before.append(&mut content);
        return;
    }
    out.push(json!({"role": role, "content": content}));
}

fn said_blocks(said: Vec<Said>, memo: &mut Memo, dropped: &mut Dropped) -> Vec<Value> {
    let mut blocks = Vec::with_capacity(said.len());
    for said in said {
        match said {
            // What was thought comes back with the call it led to, or is not wanted any more.
            Said::Thought(_) => {}
            Said::Text(text) => blocks.push(json!({"type": "text", "text": text})),
            Said::Call { id, name, args, signature } => {
                if let Some(signature) = signature {
                    restore(&signature, &mut blocks, dropped);
                }
                let id = tool_name::sent_id(id, tool_name::MESSAGES_ID);
                let name = tool_name::sent(name, tool_name::MESSAGES_NAME, memo);
                blocks.push(json!({"type": "tool_use", "id": id, "name": name, "input": args}));
            }
        }
    }
    blocks
}

fn restore(signature: &str, blocks: &mut Vec<Value>, dropped: &mut Dropped) {
    match thoughts::returned(signature) {
        Some(mut returned) => {
            let text = blocks.pop_if(|block| block.get("type").is_some_and(|kind| kind == "text"));
            blocks.append(&mut returned.before_text);
            blocks.extend(text);
            blocks.append(&mut returned.before_call);
        }
        None if carrier::is_placeholder(signature) => {}
        None => dropped.add("thoughtSignature"),
    }
}

fn user_blocks(answers: Vec<Answer>, shown: Vec<Shown>) -> Result<Vec<Value>, Problem> {
    let mut blocks = Vec::with_capacity(answers.len() + shown.len());
    for Answer { id, outcome } in answers {
        let text =
            if outcome.text.is_empty() && outcome.shown.is_empty() { NO_OUTPUT } else { &outcome.text };
        let content = if outcome.shown.is_empty() {
            Value::from(text)
        } else {
            let text = Some(text).filter(|text| !text.is_empty());
            let mut content: Vec<Value> =
                text.map(|text| json!({"type": "text", "text": text})).into_iter().collect();
            for shown in outcome.shown {
                content.push(block(shown)?);
            }
            content.into()
        };
        let id = tool_name::sent_id(id, tool_name::MESSAGES_ID);
        let mut result = json!({"type": "tool_result", "tool_use_id": id, "content": content});
        if let (true, Value::Object(result)) = (outcome.failed, &mut result) {
            result.insert("is_error".into(), true.into());
        }
        blocks.push(result);
    }
    for shown in shown {
        blocks.push(block(shown)?);
    }
    Ok(blocks)
}

fn block(shown: Shown) -> Result<Value, Problem> {
    let (mime, source) = match shown {
        Shown::Text(text) => return Ok(json!({"type": "text", "text": text})),
        Shown::Blob { mime, data } => {
            let source = json!({"type": "base64", "media_type": mime, "data": data});
            (mime, source)
        }
        Shown::File { mime, uri } => (mime, json!({"type": "url", "url": uri})),
    };
    let kind = match mime.as_str() {
        mime if mime.starts_with("image/") => "image",
        "application/pdf" => "document",
        other => return Err(refused("contents", format_args!("this model does not take {other:?}"))),
    };
    Ok(json!({"type": kind, "source": source}))
}

/// Messages begins with a user turn, whatever the caller begins with.
const NOTHING: &str = ".";
const NO_OUTPUT: &str = "(no output)";
