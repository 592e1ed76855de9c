//! The tools of a Messages request and how they may be chosen, read once for every dialect they are sent in.
//! PROTOCOLS.md I1.

use super::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use super::messages_content::note_hints;
use super::{Dropped, Memo, tool_schema};
use crate::problem::Problem;
use serde_json::Value;

/// What can be sent; never without a function.
pub(super) struct Tools {
    pub(super) functions: Vec<Function>,
    pub(super) choice: Choice,
    pub(super) one_at_a_time: bool,
}

/// A tool as a function.
pub(super) struct Function {
    /// As it is sent.
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) parameters: Value,
}

pub(super) enum Choice {
    Unsaid,
    Auto,
    Any,
    None,
    /// Of this name, as it is sent.
    Function(String),
}

impl Function {
    /// Its members, the parameters by that name.
    pub(super) fn members(self, parameters: &str) -> Object {
        let mut members = Object::new();
        members.insert("name".into(), self.name.into());
        if let Some(description) = self.description {
            members.insert("description".into(), description.into());
        }
        members.insert(parameters.into(), self.parameters);
        members
    }
}

/// The request's tools; `None` where there are none that can be sent. `sent` is a name as the other side takes it.
pub(super) fn read(
    body: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
    sent: fn(String, &mut Memo) -> String,
) -> Result<Option<Tools>, Problem> {
    let mut functions = Vec::new();
    for tool in take_list(body, "tools")? {
        functions.extend(function(field::object(tool, "tools")?, memo, dropped, sent)?);
    }
    let choice = take_object(body, "tool_choice").unwrap_or_default();
    if functions.is_empty() {
        if matches!(field::text(&choice, "type"), "any" | "tool") {
            let why = "asks for a tool, and none of the tools can be sent to this model";
            return Err(refused("tool_choice", why));
        }
        return Ok(None);
    }
    let one_at_a_time = choice.get("disable_parallel_tool_use") == Some(&Value::Bool(true));
    let choice = choose(choice, &functions, memo, sent)?;
    Ok(Some(Tools { functions, choice, one_at_a_time }))
}

/// `None` for one that runs at Anthropic, or whose schema only Anthropic knows.
fn function(
    mut tool: Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
    sent: fn(String, &mut Memo) -> String,
) -> Result<Option<Function>, Problem> {
    note_hints(&tool, dropped);
    let name = need_text(&mut tool, "name", "tools")?;
    let kind = take_text(&mut tool, "type");
    let schema = take(&mut tool, "input_schema");
    if kind.is_some_and(|kind| kind != "custom") && schema.is_none() {
        dropped.add_field(&format!("{name} server tool"));
        return Ok(None);
    }
    for (key, lost) in [
        ("strict", "tools[].strict"),
        ("defer_loading", "tools[].defer_loading"),
        ("input_examples", "tools[].input_examples"),
    ] {
        if tool.get(key).is_some_and(field::says_something) {
            dropped.add(lost);
        }
    }
    let description = take_text(&mut tool, "description");
    Ok(Some(Function { name: sent(name, memo), description, parameters: tool_schema::of_object(schema) }))
}

fn choose(
    mut choice: Object,
    functions: &[Function],
    memo: &mut Memo,
    sent: fn(String, &mut Memo) -> String,
) -> Result<Choice, Problem> {
    Ok(match field::text(&choice, "type") {
        "" => Choice::Unsaid,
        "auto" => Choice::Auto,
        "any" => Choice::Any,
        "none" => Choice::None,
        "tool" => {
            let asked = need_text(&mut choice, "name", "tool_choice")?;
            let name = sent(asked.clone(), memo);
            if !functions.iter().any(|function| function.name == name) {
                let why = format!("the tool {asked:?} cannot be sent to this model");
                return Err(refused("tool_choice", why));
            }
            Choice::Function(name)
        }
        other => return Err(refused("tool_choice", format_args!("{other:?} is not known"))),
    })
}
