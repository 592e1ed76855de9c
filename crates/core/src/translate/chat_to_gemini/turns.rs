//! The conversation. Google's thought signatures travel through it as Google's own Chat endpoint has them:
//! `extra_content` of the call. PROTOCOLS.md C4, I3.

use super::parts;
use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::translate::gemini::contents::{Contents, NO_OUTPUT, Outcome};
use crate::translate::gemini::name;
use crate::translate::{Dropped, Memo, arguments, custom_tool};
use serde_json::{Value, json};

pub(super) struct Turns<'a> {
    pub(super) memo: &'a mut Memo,
    pub(super) dropped: &'a mut Dropped,
    pub(super) contents: Contents,
    pub(super) system: Vec<String>,
}

impl Turns<'_> {
    pub(super) fn take(&mut self, index: usize, message: Value) -> Result<(), Problem> {
        let mut message = field::object(message, format_args!("messages[{index}]"))?;
        let content = take(&mut message, "content");
        match field::text(&message, "role") {
            // At the head it is the system prompt; later, a remark in its place.
            "system" | "developer" => {
                let texts = parts::texts(index, content)?;
                if self.contents.is_empty() {
                    self.system.extend(texts);
                } else {
                    texts.iter().for_each(|text| self.contents.remark(text));
                }
            }
            "user" => {
                for part in parts::user(index, content, self.dropped)? {
                    self.contents.say(part);
                }
            }
            "assistant" => self.assistant(index, message, content)?,
            "tool" => {
                let id = need_text(&mut message, "tool_call_id", format_args!("messages[{index}]"))?;
                let texts = parts::texts(index, content)?;
                let text = if texts.is_empty() { NO_OUTPUT.to_owned() } else { texts.join("\n") };
                self.contents.answer(id, Outcome { text, failed: false, moved: Vec::new() });
            }
            "function" => return Err(replaced(index)),
            _ => {
                let at = format!("messages[{index}].role");
                return Err(refused(at, "must be system, developer, user, assistant or tool"));
            }
        }
        Ok(())
    }

    fn assistant(
        &mut self,
        index: usize,
        mut message: Object,
        content: Option<Value>,
    ) -> Result<(), Problem> {
        let refusal = take_text(&mut message, "refusal");
        for text in parts::texts(index, content)?.into_iter().chain(refusal) {
            self.contents.model_text(text);
        }
        if take(&mut message, "function_call").is_some() {
            return Err(replaced(index));
        }
        if take(&mut message, "audio").is_some() {
            let why = "what was said aloud stays at its vendor";
            return Err(refused(format_args!("messages[{index}]"), why));
        }
        for call in take_list(&mut message, "tool_calls")? {
            self.call(index, call)?;
        }
        Ok(())
    }

    fn call(&mut self, index: usize, call: Value) -> Result<(), Problem> {
        let at = format!("messages[{index}].tool_calls");
        let mut call = field::object(call, &at)?;
        let id = need_text(&mut call, "id", &at)?;
        let signature = signature(&mut call);
        let (sent, args) = if let Some(mut custom) = take_object(&mut call, "custom") {
            let name = need_text(&mut custom, "name", &at)?;
            (name, custom_tool::wrap(take_text(&mut custom, "input").unwrap_or_default()))
        } else {
            let mut function = take_object(&mut call, "function").unwrap_or_default();
            let name = need_text(&mut function, "name", &at)?;
            (name, arguments::to_object(&arguments::as_text(take(&mut function, "arguments"))))
        };
        let name = name::sent(sent, self.memo);
        self.contents.call(id, name, args, signature);
        Ok(())
    }
}

/// Google's signature, where a call has it.
fn signature(call: &mut Object) -> Option<String> {
    let mut extra = take_object(call, "extra_content")?;
    let mut google = take_object(&mut extra, "google")?;
    take_text(&mut google, "thought_signature").filter(|text| !text.is_empty())
}

/// A signature, where a call's answer takes it.
pub(super) fn extra_content(signature: &str) -> Value {
    json!({"google": {"thought_signature": signature}})
}

fn replaced(index: usize) -> Problem {
    let why = "functions were replaced by tools, which can be sent";
    refused(format_args!("messages[{index}]"), why)
}
