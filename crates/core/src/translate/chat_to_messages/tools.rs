//! Tools and how they may be chosen. PROTOCOLS.md I1, I3.

use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::translate::{Dropped, Memo, custom_tool, tool_name, tool_schema};
use serde_json::Value;
use std::collections::BTreeSet;

/// `tool_choice`, understood.
pub(super) struct Choice {
    /// As Messages names it; empty where the caller did not choose.
    kind: &'static str,
    /// The tool that must be called.
    name: Option<String>,
    /// The only tools that may be.
    among: Option<BTreeSet<String>>,
    one_at_a_time: bool,
}

impl Choice {
    pub(super) fn read(body: &mut Object) -> Result<Self, Problem> {
        let one_at_a_time = take(body, "parallel_tool_calls") == Some(Value::Bool(false));
        let mut choice = Self { kind: "", name: None, among: None, one_at_a_time };
        match take(body, "tool_choice") {
            None => {}
            Some(Value::String(mode)) => choice.kind = of_mode(&mode)?,
            Some(Value::Object(mut named)) => match field::text(&named, "type") {
                kind @ ("function" | "custom") => {
                    let kind = kind.to_owned();
                    let mut tool = take_object(&mut named, &kind).unwrap_or_default();
                    choice.kind = "tool";
                    choice.name = Some(need_text(&mut tool, "name", "tool_choice")?);
                }
                "allowed_tools" => {
                    let mut allowed = take_object(&mut named, "allowed_tools").unwrap_or_default();
                    choice.kind = of_mode(field::text(&allowed, "mode"))?;
                    choice.among =
                        Some(take_list(&mut allowed, "tools")?.iter().filter_map(name_of).collect());
                }
                other => return Err(refused("tool_choice", format_args!("{other:?} is not known"))),
            },
            Some(_) => return Err(refused("tool_choice", "must be a string or an object")),
        }
        Ok(choice)
    }

    /// Whether the model has to call a tool.
    pub(super) fn forces(&self) -> bool {
        matches!(self.kind, "any" | "tool")
    }

    fn allows(&self, name: &str) -> bool {
        self.among.as_ref().is_none_or(|names| names.contains(name))
    }
}

pub(super) fn translate(
    body: &mut Object,
    choice: Choice,
    out: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    let (mut tools, mut found) = (Vec::new(), choice.name.is_none());
    for tool in take_list(body, "tools")? {
        let mut tool = field::object(tool, "tools")?;
        let kind = take_text(&mut tool, "type").unwrap_or_default();
        let inner = take_object(&mut tool, &kind);
        let Some(mut inner) = inner.filter(|_| matches!(kind.as_str(), "function" | "custom")) else {
            dropped.add_field(&format!("{kind} tool"));
            continue;
        };
        let name = need_text(&mut inner, "name", "tools")?;
        if !choice.allows(&name) {
            continue;
        }
        found |= choice.name.as_ref() == Some(&name);
        tools.push(translated(name, inner, kind == "custom", memo));
    }
    if tools.is_empty() || !found {
        if choice.forces() {
            return Err(refused(
                "tool_choice",
                "asks for a tool that is not among the tools which can be sent to this model",
            ));
        }
        return Ok(());
    }
    out.insert("tools".into(), tools.into());
    let kind = match choice.kind {
        "" if choice.one_at_a_time => "auto",
        kind => kind,
    };
    if kind.is_empty() {
        return Ok(());
    }
    let mut chosen = Object::new();
    chosen.insert("type".into(), kind.into());
    if let Some(name) = choice.name {
        chosen.insert("name".into(), tool_name::sent(name, tool_name::MESSAGES_NAME, memo).into());
    }
    if choice.one_at_a_time && kind != "none" {
        chosen.insert("disable_parallel_tool_use".into(), true.into());
    }
    out.insert("tool_choice".into(), chosen.into());
    Ok(())
}

fn translated(name: String, mut tool: Object, custom: bool, memo: &mut Memo) -> Value {
    let name = tool_name::sent(name, tool_name::MESSAGES_NAME, memo);
    let mut description = take_text(&mut tool, "description").unwrap_or_default();
    let schema = if custom {
        let format = take_object(&mut tool, "format");
        description = custom_tool::description(description, format.as_ref());
        memo.custom_tools.insert(name.clone());
        custom_tool::schema()
    } else {
        tool_schema::of_object(take(&mut tool, "parameters"))
    };
    let mut out = Object::new();
    out.insert("name".into(), name.into());
    if !description.is_empty() {
        out.insert("description".into(), description.into());
    }
    out.insert("input_schema".into(), schema);
    if tool.get("strict") == Some(&Value::Bool(true)) {
        out.insert("strict".into(), true.into());
    }
    Value::Object(out)
}

fn of_mode(mode: &str) -> Result<&'static str, Problem> {
    match mode {
        "auto" => Ok("auto"),
        "required" => Ok("any"),
        "none" => Ok("none"),
        other => Err(refused("tool_choice", format_args!("{other:?} is not known"))),
    }
}

fn name_of(tool: &Value) -> Option<String> {
    let inner = tool.get("function").or_else(|| tool.get("custom")).unwrap_or(tool);
    inner.get("name").and_then(Value::as_str).map(str::to_owned)
}
