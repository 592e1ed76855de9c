//! `tool_choice` of a Responses request, understood.

use super::tools::Tools;
use crate::problem::Problem;
use crate::translate::field::{self, need_text, refused, take, take_list, take_text};
use serde_json::Value;
use std::collections::BTreeSet;

/// How tools may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Unsaid,
    Auto,
    None,
    /// Some tool.
    Any,
    /// The tool of that name, as sent.
    Tool(String),
}

impl Choice {
    /// Reads it, and leaves only those tools which it allows.
    ///
    /// # Errors
    /// When it asks for a tool that cannot be sent.
    pub(crate) fn read(choice: Option<Value>, tools: &mut Tools) -> Result<Self, Problem> {
        let choice = match choice {
            None => Self::Unsaid,
            Some(Value::String(mode)) => of_mode(&mode)?,
            Some(Value::Object(mut named)) => match field::text(&named, "type") {
                "function" | "custom" => {
                    let namespace = take_text(&mut named, "namespace").unwrap_or_default();
                    let name = need_text(&mut named, "name", "tool_choice")?;
                    Self::Tool(tools.declared(&namespace, &name).ok_or_else(not_there)?.to_owned())
                }
                "allowed_tools" => {
                    let mode = of_mode(field::text(&named, "mode"))?;
                    let mut allowed = BTreeSet::new();
                    for tool in take_list(&mut named, "tools")? {
                        let mut tool = field::object(tool, "tool_choice")?;
                        let namespace = take_text(&mut tool, "namespace").unwrap_or_default();
                        let name = take(&mut tool, "name");
                        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
                        allowed.extend(tools.declared(&namespace, name).map(str::to_owned));
                    }
                    tools.keep(|name| allowed.contains(name));
                    mode
                }
                _ => return Err(not_there()),
            },
            Some(_) => return Err(refused("tool_choice", "must be a string or an object")),
        };
        if tools.is_empty() && choice == Self::Any {
            return Err(not_there());
        }
        Ok(choice)
    }

    /// Whether the model has to call a tool.
    pub(crate) fn forces(&self) -> bool {
        matches!(self, Self::Any | Self::Tool(_))
    }
}

fn of_mode(mode: &str) -> Result<Choice, Problem> {
    match mode {
        "auto" => Ok(Choice::Auto),
        "required" => Ok(Choice::Any),
        "none" => Ok(Choice::None),
        other => Err(refused("tool_choice", format_args!("{other:?} is not known"))),
    }
}

fn not_there() -> Problem {
    refused("tool_choice", "asks for a tool that is not among the tools which can be sent to this model")
}
