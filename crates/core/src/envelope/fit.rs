//! Makes a body fit an endpoint that refuses some of its own dialect: members left out, renamed, or given another
//! value, all in place. The body is known to be one JSON object without a name twice.

use super::edits::Edits;
use crate::meter::json::{elements, first_member, members};
use crate::provider::Refused;
use std::ops::Range;

/// Adds the edits, and says which members were left out.
pub(super) fn fit(body: &[u8], refuses: &[Refused], edits: &mut Edits) -> Vec<&'static str> {
    let mut dropped = Vec::new();
    let object = Object::of(body, body);
    let gone: Vec<bool> = object
        .members
        .iter()
        .map(|member| {
            let name = refuses.iter().find_map(|refused| match refused {
                Refused::Member(name) if name.as_bytes() == member.name => Some(*name),
                // The new name is taken: both cannot stand there.
                Refused::Name(old, new) if old.as_bytes() == member.name && object.has(new) => Some(*old),
                _ => None,
            });
            dropped.extend(name);
            name.is_some()
        })
        .collect();
    for at in object.without(&gone) {
        edits.replace(at, "");
    }
    for refused in refuses {
        match *refused {
            Refused::Name(old, new) if !object.has(new) => {
                if let Some(member) = object.find(old) {
                    edits.replace(member.key.clone(), format!("\"{new}\""));
                }
            }
            Refused::Value(name, old, new) => {
                if let Some(member) = object.find(name).filter(|member| is_string(member.value, old)) {
                    edits.replace(span(body, member.value), format!("\"{new}\""));
                }
            }
            Refused::ToolType(kind) => {
                for tool in object.find("tools").into_iter().flat_map(|tools| elements(tools.value)) {
                    if first_member(tool, b"type").is_some_and(|value| is_string(value, kind)) {
                        let tool = Object::of(body, tool);
                        let gone: Vec<bool> =
                            tool.members.iter().map(|member| member.name == b"type").collect();
                        tool.without(&gone).into_iter().for_each(|at| edits.replace(at, ""));
                    }
                }
            }
            Refused::Member(_) | Refused::Name(..) => {}
        }
    }
    dropped
}

/// An object inside a body, with the places of its members.
pub(super) struct Object<'a> {
    members: Vec<Member<'a>>,
}

struct Member<'a> {
    name: &'a [u8],
    value: &'a [u8],
    /// With its quotes.
    key: Range<usize>,
    end: usize,
}

impl<'a> Object<'a> {
    pub(super) fn of(body: &[u8], object: &'a [u8]) -> Self {
        let place = |(name, value): (&'a [u8], &'a [u8])| {
            let inside = span(body, name);
            Member {
                name,
                value,
                key: inside.start.saturating_sub(1)..inside.end + 1,
                end: span(body, value).end,
            }
        };
        Self { members: members(object).map(place).collect() }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.members.iter().map(|member| member.name)
    }

    /// Where a member's value stands.
    pub(super) fn value_of(&self, body: &[u8], name: &str) -> Option<Range<usize>> {
        self.find(name).map(|member| span(body, member.value))
    }

    fn find(&self, name: &str) -> Option<&Member<'a>> {
        self.members.iter().find(|member| member.name == name.as_bytes())
    }

    fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The places to cut so that these members and one comma for each are gone.
    pub(super) fn without(&self, gone: &[bool]) -> Vec<Range<usize>> {
        let mut cuts = Vec::new();
        let mut kept_end = None;
        let mut run: Option<Range<usize>> = None;
        for (member, gone) in self.members.iter().zip(gone) {
            match (gone, run.take()) {
                (true, started) => {
                    let start = started.map_or(member.key.start, |run| run.start);
                    run = Some(start..member.end);
                }
                (false, started) => {
                    cuts.extend(started.map(|run| run.start..member.key.start));
                    kept_end = Some(member.end);
                }
            }
        }
        cuts.extend(run.map(|run| kept_end.unwrap_or(run.start)..run.end));
        cuts
    }
}

fn is_string(value: &[u8], text: &str) -> bool {
    crate::meter::json::string(value) == Some(text.as_bytes())
}

fn span(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn only_what_is_refused_changes() {
        let refuses = [
            Refused::Member("store"),
            Refused::Member("user"),
            Refused::Name("seed", "random_seed"),
            Refused::Value("tool_choice", "required", "any"),
            Refused::ToolType("custom"),
        ];
        for (body, want, dropped) in [
            (r#"{"a":1,"b":[1.0]}"#, r#"{"a":1,"b":[1.0]}"#, &[][..]),
            (r#"{"store":true,"a":1}"#, r#"{"a":1}"#, &["store"]),
            (r#"{"a":1 , "store":true}"#, r#"{"a":1}"#, &["store"]),
            (r#"{"a":1, "store":true ,"b":2}"#, r#"{"a":1, "b":2}"#, &["store"]),
            (r#"{"store":1,"user":2,"a":1}"#, r#"{"a":1}"#, &["store", "user"]),
            (r#"{"a":1,"store":1,"user":2}"#, r#"{"a":1}"#, &["store", "user"]),
            (r#"{"store":1,"a":1,"user":2}"#, r#"{"a":1}"#, &["store", "user"]),
            (r#"{ "store":1 }"#, "{  }", &["store"]),
            (r#"{"a":{"store":1},"user":"x"}"#, r#"{"a":{"store":1}}"#, &["user"]),
            (r#"{"seed":7}"#, r#"{"random_seed":7}"#, &[]),
            (r#"{"seed":7,"random_seed":8}"#, r#"{"random_seed":8}"#, &["seed"]),
            (r#"{"tool_choice":"required"}"#, r#"{"tool_choice":"any"}"#, &[]),
            (r#"{"tool_choice":"auto"}"#, r#"{"tool_choice":"auto"}"#, &[]),
            (
                r#"{"tools":[{"type":"custom","name":"f"},{"type":"x"}]}"#,
                r#"{"tools":[{"name":"f"},{"type":"x"}]}"#,
                &[],
            ),
            (r#"{"tools":[{"name":"f", "type":"custom"}]}"#, r#"{"tools":[{"name":"f"}]}"#, &[]),
        ] {
            let mut edits = Edits::default();
            let gone = fit(body.as_bytes(), &refuses, &mut edits);
            let out = edits.apply(&Bytes::from_static(body.as_bytes()));
            assert_eq!((std::str::from_utf8(&out).unwrap(), gone.as_slice()), (want, dropped), "{body}");
            assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
        }
    }
}
