//! Gemini's turns as Chat messages. PROTOCOLS.md I2, I3.

use super::reasoning::{self, Returned};
use crate::problem::Problem;
use crate::translate::field::refused;
use crate::translate::gemini::conversation::{Said, Turn};
use crate::translate::gemini::part::Shown;
use crate::translate::{Dropped, Memo, arguments, tool_name};
use serde_json::{Value, json};

pub(super) struct Turns<'a> {
    pub(super) memo: &'a mut Memo,
    pub(super) dropped: &'a mut Dropped,
    /// The server wants its reasoning back.
    pub(super) wants_reasoning: bool,
    pub(super) out: Vec<Value>,
}

impl Turns<'_> {
    pub(super) fn take(&mut self, turn: Turn) -> Result<(), Problem> {
        match turn {
            Turn::Model(said) => self.assistant(said),
            Turn::User { answers, shown } => {
                let mut parts = Vec::with_capacity(shown.len());
                for answer in answers {
                    let text =
                        self.outcome(answer.outcome.text, answer.outcome.failed, &answer.outcome.shown);
                    let id = tool_name::sent_id(answer.id, tool_name::CHAT_ID);
                    self.out.push(json!({"role": "tool", "tool_call_id": id, "content": text}));
                    for shown in answer.outcome.shown {
                        parts.push(part(shown)?);
                    }
                }
                for shown in shown {
                    parts.push(part(shown)?);
                }
                if !parts.is_empty() {
                    self.out.push(json!({"role": "user", "content": content(parts)}));
                }
            }
        }
        Ok(())
    }

    /// What a tool message can hold; it says where the rest went.
    fn outcome(&self, text: String, failed: bool, moved: &[Shown]) -> String {
        let mut lines: Vec<&str> = vec![&text];
        lines.extend(moved.iter().map(|_| MOVED));
        lines.retain(|line| !line.is_empty());
        let text = if lines.is_empty() { NO_OUTPUT.to_owned() } else { lines.join("\n") };
        if failed { format!("[error] {text}") } else { text }
    }

    fn assistant(&mut self, said: Vec<Said>) {
        let (mut text, mut thoughts, mut returned, mut calls) =
            (String::new(), String::new(), String::new(), Vec::new());
        for said in said {
            match said {
                Said::Thought(more) => thoughts.push_str(&more),
                Said::Text(more) => {
                    let gap = if text.is_empty() { "" } else { "\n\n" };
                    text.push_str(gap);
                    text.push_str(&more);
                }
                Said::Call { id, name, args, signature } => {
                    let id = tool_name::sent_id(id, tool_name::CHAT_ID);
                    let name = tool_name::sent(name, tool_name::CHAT_NAME, self.memo);
                    let function = json!({"name": name, "arguments": arguments::to_text(Some(args))});
                    let mut call = json!({"id": id, "type": "function", "function": function});
                    match reasoning::returned(signature.as_deref().unwrap_or_default()) {
                        Returned::Nothing => {}
                        Returned::Foreign => self.dropped.add("thoughtSignature"),
                        Returned::Reasoning(more) => returned.push_str(&more),
                        Returned::Google(signature) => {
                            if let Value::Object(call) = &mut call {
                                call.insert("extra_content".into(), reasoning::extra_content(signature));
                            }
                        }
                    }
                    calls.push(call);
                }
            }
        }
        // A turn of thoughts only is none.
        if text.is_empty() && calls.is_empty() {
            return;
        }
        let text = if text.is_empty() { Value::Null } else { Value::from(text) };
        let mut message = json!({"role": "assistant", "content": text});
        if let Value::Object(message) = &mut message {
            // A caller that keeps thoughts has them twice.
            let reasoning = if returned.is_empty() { thoughts } else { returned };
            if self.wants_reasoning && !reasoning.is_empty() {
                message.insert("reasoning_content".into(), reasoning.into());
            }
            if !calls.is_empty() {
                message.insert("tool_calls".into(), calls.into());
            }
        }
        self.out.push(message);
    }
}

fn part(shown: Shown) -> Result<Value, Problem> {
    let (mime, url) = match shown {
        Shown::Text(text) => return Ok(json!({"type": "text", "text": text})),
        Shown::Blob { mime, data } if mime.starts_with("audio/") => {
            let format = match mime.as_str() {
                "audio/wav" | "audio/x-wav" => "wav",
                "audio/mp3" | "audio/mpeg" => "mp3",
                other => return Err(refused("contents", format_args!("this model does not take {other:?}"))),
            };
            return Ok(json!({"type": "input_audio", "input_audio": {"data": data, "format": format}}));
        }
        Shown::Blob { mime, mut data } => {
            data.insert_str(0, &format!("data:{mime};base64,"));
            if mime == "application/pdf" {
                return Ok(json!({"type": "file", "file": {"filename": "document.pdf", "file_data": data}}));
            }
            (mime, data)
        }
        Shown::File { mime, uri } => (mime, uri),
    };
    if !mime.starts_with("image/") {
        return Err(refused("contents", format_args!("this model does not take {mime:?}")));
    }
    Ok(json!({"type": "image_url", "image_url": {"url": url}}))
}

/// One text is a string: every Chat server takes that.
fn content(mut parts: Vec<Value>) -> Value {
    if let [Value::Object(part)] = parts.as_mut_slice()
        && let Some(text) = part.remove("text")
    {
        return text;
    }
    parts.into()
}

const NO_OUTPUT: &str = "(no output)";
const MOVED: &str = "[a file moved to the next user message]";
