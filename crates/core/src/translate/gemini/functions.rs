//! Function declarations and how they may be chosen, read for an upstream that is not Gemini.

use super::{schema, spelling};
use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_text};
use crate::translate::{Dropped, tool_schema};
use serde_json::Value;
use std::collections::BTreeSet;

/// Those that may be called.
#[derive(Debug)]
pub(crate) struct Functions {
    pub(crate) list: Vec<Function>,
    pub(crate) choice: Choice,
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// JSON Schema.
    pub(crate) schema: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Auto,
    None,
    /// Some call has to be made.
    Any,
    /// The only function of the list has to be called.
    Only,
}

/// Reads `tools` and `toolConfig`.
///
/// # Errors
/// When a call is demanded, and nothing that could be called is left.
pub(crate) fn read(body: &mut Object, dropped: &mut Dropped) -> Result<Functions, Problem> {
    let (choice, among) = choice(body, dropped)?;
    let mut list = Vec::new();
    for tool in spelling::take_list(body, "tools", "tools")? {
        let mut tool = spelling::object(tool, "tools")?;
        for function in spelling::take_list(&mut tool, "functionDeclarations", "tools")? {
            let function = declared(spelling::object(function, "functionDeclarations")?, dropped)?;
            if among.as_ref().is_none_or(|names| names.contains(&function.name)) {
                list.push(function);
            }
        }
        // Google's own tools are asked for by an empty object.
        for name in tool.keys() {
            dropped.add_field(&format!("{name} tool"));
        }
    }
    if list.is_empty() && choice == Choice::Any {
        let why = "asks for a call, and none of the functions can be sent to this model";
        return Err(refused("toolConfig", why));
    }
    let only = choice == Choice::Any && among.is_some() && list.len() == 1;
    Ok(Functions { list, choice: if only { Choice::Only } else { choice } })
}

fn choice(body: &mut Object, dropped: &mut Dropped) -> Result<(Choice, Option<BTreeSet<String>>), Problem> {
    let mut config = spelling::take_object(body, "toolConfig").unwrap_or_default();
    let mut calling = spelling::take_object(&mut config, "functionCallingConfig").unwrap_or_default();
    for name in config.iter().filter(|(_, value)| field::says_something(value)).map(|(name, _)| name) {
        dropped.add_field(&format!("toolConfig.{name}"));
    }
    let names = spelling::take_list(&mut calling, "allowedFunctionNames", "toolConfig")?;
    let names: BTreeSet<String> = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let among = Some(names).filter(|names| !names.is_empty());
    Ok(match take_text(&mut calling, "mode").unwrap_or_default().to_ascii_uppercase().as_str() {
        "NONE" => (Choice::None, None),
        "ANY" => (Choice::Any, among),
        "VALIDATED" => (Choice::Auto, among),
        "" | "AUTO" | "MODE_UNSPECIFIED" => (Choice::Auto, None),
        other => return Err(refused("toolConfig", format_args!("mode {other:?} is not known"))),
    })
}

fn declared(mut function: Object, dropped: &mut Dropped) -> Result<Function, Problem> {
    let name = need_text(&mut function, "name", "functionDeclarations")?;
    let schema = take(&mut function, "parametersJsonSchema")
        .or_else(|| take(&mut function, "parameters").map(schema::to_json_schema));
    let description = take_text(&mut function, "description").filter(|text| !text.is_empty());
    for (hint, name) in [
        ("response", "functionDeclarations[].response"),
        ("responseJsonSchema", "functionDeclarations[].response"),
        ("behavior", "functionDeclarations[].behavior"),
    ] {
        if function.get(hint).is_some_and(field::says_something) {
            dropped.add(name);
        }
    }
    Ok(Function { name, description, schema: tool_schema::of_object(schema) })
}
