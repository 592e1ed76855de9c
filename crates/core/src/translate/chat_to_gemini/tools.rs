//! Tools and how they may be chosen. PROTOCOLS.md I1, I3.

use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::translate::gemini::name;
use crate::translate::{Dropped, Memo, custom_tool, tool_schema};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn translate(
    body: &mut Object,
    out: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    if take(body, "parallel_tool_calls") == Some(Value::Bool(false)) {
        dropped.add("parallel_tool_calls");
    }
    let (mode, among) = choice(body)?;
    let (mut functions, mut allowed) = (Vec::new(), Vec::new());
    for tool in take_list(body, "tools")? {
        let mut tool = field::object(tool, "tools")?;
        let kind = take_text(&mut tool, "type").unwrap_or_default();
        let inner = take_object(&mut tool, &kind);
        let Some(mut inner) = inner.filter(|_| matches!(kind.as_str(), "function" | "custom")) else {
            dropped.add_field(&format!("{kind} tool"));
            continue;
        };
        let asked = need_text(&mut inner, "name", "tools")?;
        let is_allowed = among.as_ref().is_some_and(|names| names.contains(&asked));
        let name = name::sent(asked, memo);
        if is_allowed {
            allowed.push(Value::from(name.as_str()));
        }
        functions.push(function(name, inner, kind == "custom", memo, dropped));
    }
    if mode == "ANY" && (functions.is_empty() || (among.is_some() && allowed.is_empty())) {
        let why = "asks for a tool that is not among the tools which can be sent to this model";
        return Err(refused("tool_choice", why));
    }
    if functions.is_empty() {
        return Ok(());
    }
    out.insert("tools".into(), json!([{"functionDeclarations": functions}]));
    let config = match (mode, among) {
        ("", None) => return Ok(()),
        // Only demanded or validated calls can be limited to some functions.
        ("AUTO", Some(_)) => json!({"mode": "VALIDATED", "allowedFunctionNames": allowed}),
        ("ANY", Some(_)) => json!({"mode": "ANY", "allowedFunctionNames": allowed}),
        (mode, _) => json!({"mode": mode}),
    };
    out.insert("toolConfig".into(), json!({"functionCallingConfig": config}));
    Ok(())
}

/// The mode in Gemini's words, and the only tools that may be called.
fn choice(body: &mut Object) -> Result<(&'static str, Option<BTreeSet<String>>), Problem> {
    let mut named = match take(body, "tool_choice") {
        None => return Ok(("", None)),
        Some(Value::String(mode)) => return Ok((of_mode(&mode)?, None)),
        Some(Value::Object(named)) => named,
        Some(_) => return Err(refused("tool_choice", "must be a string or an object")),
    };
    match field::text(&named, "type") {
        kind @ ("function" | "custom") => {
            let kind = kind.to_owned();
            let mut tool = take_object(&mut named, &kind).unwrap_or_default();
            Ok(("ANY", Some(BTreeSet::from([need_text(&mut tool, "name", "tool_choice")?]))))
        }
        "allowed_tools" => {
            let mut allowed = take_object(&mut named, "allowed_tools").unwrap_or_default();
            let mode = of_mode(field::text(&allowed, "mode"))?;
            Ok((mode, Some(take_list(&mut allowed, "tools")?.iter().filter_map(name_of).collect())))
        }
        other => Err(refused("tool_choice", format_args!("{other:?} is not known"))),
    }
}

fn function(name: String, mut tool: Object, custom: bool, memo: &mut Memo, dropped: &mut Dropped) -> Value {
    let mut description = take_text(&mut tool, "description").unwrap_or_default();
    let schema = if custom {
        let format = take_object(&mut tool, "format");
        description = custom_tool::description(description, format.as_ref());
        memo.custom_tools.insert(name.clone());
        custom_tool::schema()
    } else {
        tool_schema::of_object(take(&mut tool, "parameters"))
    };
    if tool.get("strict") == Some(&Value::Bool(true)) {
        dropped.add("tools[].strict");
    }
    let mut out = Object::new();
    out.insert("name".into(), name.into());
    if !description.is_empty() {
        out.insert("description".into(), description.into());
    }
    out.insert("parametersJsonSchema".into(), schema);
    Value::Object(out)
}

fn of_mode(mode: &str) -> Result<&'static str, Problem> {
    match mode {
        "auto" => Ok("AUTO"),
        "required" => Ok("ANY"),
        "none" => Ok("NONE"),
        other => Err(refused("tool_choice", format_args!("{other:?} is not known"))),
    }
}

fn name_of(tool: &Value) -> Option<String> {
    let inner = tool.get("function").or_else(|| tool.get("custom")).unwrap_or(tool);
    inner.get("name").and_then(Value::as_str).map(str::to_owned)
}
