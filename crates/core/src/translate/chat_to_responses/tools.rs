//! Tools and how they may be chosen: nested in Chat, flat in Responses. PROTOCOLS.md B4, I1.

use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::translate::{Dropped, Memo, tool_name, tool_schema};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn translate(
    body: &mut Object,
    out: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    let (mut tools, mut names) = (Vec::new(), BTreeSet::new());
    for tool in take_list(body, "tools")? {
        let mut tool = field::object(tool, "tools")?;
        let kind = take_text(&mut tool, "type").unwrap_or_default();
        let inner = take_object(&mut tool, &kind);
        let Some(mut inner) = inner.filter(|_| matches!(kind.as_str(), "function" | "custom")) else {
            dropped.add_field(&format!("{kind} tool"));
            continue;
        };
        let name = sent(need_text(&mut inner, "name", "tools")?, memo);
        names.insert(name.clone());
        tools.push(flat(&kind, name, inner));
    }
    let choice = choice(take(body, "tool_choice"), &names, memo)?;
    let one_at_a_time = take(body, "parallel_tool_calls") == Some(Value::Bool(false));
    if tools.is_empty() {
        return Ok(());
    }
    out.insert("tools".into(), tools.into());
    if let Some(choice) = choice {
        out.insert("tool_choice".into(), choice);
    }
    if one_at_a_time {
        out.insert("parallel_tool_calls".into(), false.into());
    }
    Ok(())
}

/// The name to send.
pub(super) fn sent(name: String, memo: &mut Memo) -> String {
    tool_name::sent(name, tool_name::CHAT_NAME, memo)
}

fn flat(kind: &str, name: String, mut tool: Object) -> Value {
    let mut out = Object::new();
    out.insert("type".into(), kind.into());
    out.insert("name".into(), name.into());
    if let Some(description) = take_text(&mut tool, "description") {
        out.insert("description".into(), description.into());
    }
    if kind == "custom" {
        if let Some(mut format) = take_object(&mut tool, "format") {
            let mut grammar = take_object(&mut format, "grammar").unwrap_or_default();
            format.append(&mut grammar);
            out.insert("format".into(), format.into());
        }
        return out.into();
    }
    out.insert("parameters".into(), tool_schema::of_object(take(&mut tool, "parameters")));
    // What is not said is false in Chat, and true there.
    out.insert("strict".into(), (tool.get("strict") == Some(&Value::Bool(true))).into());
    out.into()
}

fn choice(
    choice: Option<Value>,
    names: &BTreeSet<String>,
    memo: &mut Memo,
) -> Result<Option<Value>, Problem> {
    Ok(match choice {
        None => None,
        Some(Value::String(mode)) if matches!(mode.as_str(), "auto" | "none" | "required") => {
            if mode == "required" && names.is_empty() {
                return Err(not_there());
            }
            Some(mode.into())
        }
        Some(Value::String(other)) => {
            return Err(refused("tool_choice", format_args!("{other:?} is not known")));
        }
        Some(Value::Object(mut named)) => match take_text(&mut named, "type").unwrap_or_default().as_str() {
            kind @ ("function" | "custom") => {
                let mut tool = take_object(&mut named, kind).unwrap_or_default();
                let name = sent(need_text(&mut tool, "name", "tool_choice")?, memo);
                if !names.contains(&name) {
                    return Err(not_there());
                }
                Some(json!({"type": kind, "name": name}))
            }
            "allowed_tools" => {
                let mut allowed = take_object(&mut named, "allowed_tools").unwrap_or_default();
                let mode = take_text(&mut allowed, "mode").unwrap_or_else(|| "auto".to_owned());
                let tools: Vec<Value> = take_list(&mut allowed, "tools")?
                    .into_iter()
                    .filter_map(|tool| allowed_tool(tool, names, memo))
                    .collect();
                if tools.is_empty() {
                    return Err(not_there());
                }
                Some(json!({"type": "allowed_tools", "mode": mode, "tools": tools}))
            }
            other => return Err(refused("tool_choice", format_args!("{other:?} is not known"))),
        },
        Some(_) => return Err(refused("tool_choice", "must be a string or an object")),
    })
}

fn allowed_tool(tool: Value, names: &BTreeSet<String>, memo: &mut Memo) -> Option<Value> {
    let Value::Object(mut tool) = tool else { return None };
    let kind = take_text(&mut tool, "type")?;
    let name = take_text(&mut take_object(&mut tool, &kind)?, "name")?;
    let name = sent(name, memo);
    names.contains(&name).then(|| json!({"type": kind, "name": name}))
}

fn not_there() -> Problem {
    refused("tool_choice", "asks for a tool that is not among the tools which can be sent to this model")
}
