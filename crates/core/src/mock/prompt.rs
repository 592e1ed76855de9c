//! What was asked, whatever the dialect: the last user turn, the tools, the wanted format, and how much text there is.
//! A dialect's reader walks its conversation in order and reports each piece here.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// A request, read.
#[derive(Default)]
pub(super) struct Prompt<'a> {
    /// The texts of the last user turn, in order. A turn is all that the user's side says between two answers.
    pub texts: Vec<&'a str>,
    /// The last tool result of the last user turn.
    pub result: Option<Cow<'a, str>>,
    pub tools: Vec<Tool<'a>>,
    pub choice: Choice<'a>,
    pub format: Format<'a>,
    /// Bytes of all text, calls and results in the conversation.
    pub bytes: usize,
    /// How many answers the conversation holds.
    pub answers: u64,
    /// How many calls the conversation holds.
    pub calls: u64,
    speaker: Speaker,
}

/// A tool that may be called.
pub(super) struct Tool<'a> {
    pub name: &'a str,
    /// The group that the call must name.
    pub namespace: Option<&'a str>,
    /// Takes free text instead of JSON.
    pub custom: bool,
    pub schema: Option<&'a Value>,
}

/// Whether a tool must be called.
#[derive(Default)]
pub(super) enum Choice<'a> {
    #[default]
    Free,
    None,
    Any,
    Named(&'a str),
}

/// The wanted form of the text.
#[derive(Default)]
pub(super) enum Format<'a> {
    #[default]
    Text,
    /// Any JSON object.
    Json,
    Schema(&'a Value),
}

#[derive(Default, PartialEq)]
enum Speaker {
    #[default]
    Nobody,
    User,
    Assistant,
}

impl<'a> Prompt<'a> {
    /// The user's side speaks (or a tool, for it).
    pub(super) fn user_speaks(&mut self) {
        if self.speaker == Speaker::Assistant {
            self.texts.clear();
            self.result = None;
        }
        self.speaker = Speaker::User;
    }

    pub(super) fn assistant_speaks(&mut self) {
        if self.speaker != Speaker::Assistant {
            self.answers += 1;
        }
        self.speaker = Speaker::Assistant;
    }

    /// Text of whoever speaks.
    pub(super) fn say(&mut self, texts: &[&'a str]) {
        self.weigh(texts);
        if self.speaker == Speaker::User {
            self.texts.extend(texts);
        }
    }

    /// Text that nobody says: system prompts, wherever they stand.
    pub(super) fn weigh(&mut self, texts: &[&str]) {
        self.bytes += texts.iter().map(|text| text.len()).sum::<usize>();
    }

    pub(super) fn call(&mut self, id: &str, name: &str, input: &str) {
        self.calls += 1;
        self.weigh(&[id, name, input]);
    }

    pub(super) fn result(&mut self, text: Cow<'a, str>) {
        self.weigh(&[&text]);
        self.result = Some(text);
    }

    /// Nothing is expected of the assistant but words: a result is there, or it spoke last.
    pub(super) fn is_answered(&self) -> bool {
        self.result.is_some() || self.speaker == Speaker::Assistant
    }
}

/// The texts of a `content`: a string, an array of parts, or nothing. Parts of other types are passed over.
pub(super) fn texts(content: Option<&Value>) -> Result<Vec<&str>, String> {
    match content {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(parts)) => {
            let mut texts = Vec::new();
            for part in parts {
                let part = part.as_object().ok_or("each part must be an object")?;
                if matches!(str_of(part, "type"), "text" | "input_text" | "output_text") {
                    texts.push(str_of(part, "text"));
                }
            }
            Ok(texts)
        }
        Some(_) => Err("must be a string or an array of parts".to_owned()),
    }
}

/// The same as one text.
pub(super) fn joined(content: Option<&Value>) -> Result<Cow<'_, str>, String> {
    let texts = texts(content)?;
    Ok(match texts.as_slice() {
        [one] => Cow::Borrowed(*one),
        several => Cow::Owned(several.join("\n")),
    })
}

/// A list that must be there and hold something, as objects.
pub(super) fn objects<'a>(
    body: &'a Map<String, Value>,
    key: &str,
) -> Result<Vec<&'a Map<String, Value>>, String> {
    let list = array(body, key)?;
    if list.is_empty() {
        return Err(format!("{key}: must hold at least one entry"));
    }
    let object = |(i, entry): (usize, &'a Value)| {
        entry.as_object().ok_or_else(|| format!("{key}.{i}: must be an object"))
    };
    list.iter().enumerate().map(object).collect()
}

/// A list that must be there.
pub(super) fn array<'a>(body: &'a Map<String, Value>, key: &str) -> Result<&'a [Value], String> {
    let list = body.get(key).ok_or_else(|| format!("{key}: field required"))?;
    list.as_array().map(Vec::as_slice).ok_or_else(|| format!("{key}: must be an array"))
}

/// The objects of a list that need not be there.
pub(super) fn entries<'a>(
    body: &'a Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    body.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// A string field; empty when it is missing or something else.
pub(super) fn str_of<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// An object field.
pub(super) fn object_of<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    object.get(key).and_then(Value::as_object)
}
