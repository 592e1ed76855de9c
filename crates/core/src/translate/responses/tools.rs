//! The tools of a Responses request, flat and under names that any upstream takes: namespaces become prefixes, custom
//! tools functions of one string. The memo knows the way back.

use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_object, take_text};
use crate::translate::{Dropped, Memo, custom_tool, tool_name, tool_schema};
use serde_json::Value;
use std::collections::BTreeMap;

/// A tool ready to be sent.
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) schema: Value,
    pub(crate) strict: Option<bool>,
}

/// Namespace, or nothing, and name.
type Identity = (String, String);

pub(crate) struct Tools {
    /// The longest name the upstream takes.
    most: usize,
    list: Vec<Tool>,
    places: BTreeMap<Identity, usize>,
    /// The first identity of each bare name: a choice need not say the namespace.
    bare: BTreeMap<String, Identity>,
    /// As sent, whose name it is.
    taken: BTreeMap<String, Identity>,
    sent: BTreeMap<Identity, String>,
}

impl Tools {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            list: Vec::new(),
            places: BTreeMap::new(),
            bare: BTreeMap::new(),
            taken: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }

    /// Adds a list of tools. One that is declared again replaces its earlier self.
    ///
    /// # Errors
    /// For a tool without a name.
    pub(crate) fn read(
        &mut self,
        tools: Vec<Value>,
        memo: &mut Memo,
        dropped: &mut Dropped,
    ) -> Result<(), Problem> {
        for tool in tools {
            let mut tool = field::object(tool, "tools")?;
            if field::text(&tool, "type") != "namespace" {
                self.add("", tool, String::new(), memo, dropped)?;
                continue;
            }
            let namespace = need_text(&mut tool, "name", "tools")?;
            // Where calls go that name no namespace.
            let namespace = if namespace == DEFAULT_NAMESPACE { "" } else { namespace.as_str() };
            let mut about = take_text(&mut tool, "description").unwrap_or_default();
            for inner in field::take_list(&mut tool, "tools")? {
                let inner = field::object(inner, "tools")?;
                self.add(namespace, inner, std::mem::take(&mut about), memo, dropped)?;
            }
        }
        Ok(())
    }

    /// The name under which a tool is sent, be it declared or only called in an earlier turn.
    ///
    /// # Errors
    /// When two tools cannot be told apart.
    pub(crate) fn sent(&mut self, namespace: &str, name: String, memo: &mut Memo) -> Result<String, Problem> {
        let namespace = if namespace == DEFAULT_NAMESPACE { "" } else { namespace };
        let identity = (namespace.to_owned(), name);
        if let Some(sent) = self.sent.get(&identity) {
            return Ok(sent.clone());
        }
        let (namespace, name) = &identity;
        let joined = if namespace.is_empty() { name.clone() } else { format!("{namespace}__{name}") };
        // A name that is taken, or does not fit, is marked with a hash of the whole.
        let marked = || format!("{namespace}\0{name}");
        let sent = [joined, marked()]
            .into_iter()
            .map(|name| tool_name::sent(name, self.most, &mut Memo::default()))
            .find(|sent| !self.taken.contains_key(sent))
            .ok_or_else(|| refused("tools", format_args!("two tools cannot be told apart from {name:?}")))?;
        if sent != *name {
            memo.tool_names.insert(sent.clone(), name.clone());
        }
        if !namespace.is_empty() {
            memo.tool_namespaces.insert(sent.clone(), namespace.clone());
        }
        self.taken.insert(sent.clone(), identity.clone());
        self.sent.insert(identity, sent.clone());
        Ok(sent)
    }

    /// The sent name of a declared tool that a choice names.
    pub(super) fn declared(&self, namespace: &str, name: &str) -> Option<&str> {
        let identity = (namespace.to_owned(), name.to_owned());
        let identity = if self.places.contains_key(&identity) { &identity } else { self.bare.get(name)? };
        self.sent.get(identity).map(String::as_str)
    }

    pub(super) fn keep(&mut self, allowed: impl Fn(&str) -> bool) {
        self.list.retain(|tool| allowed(&tool.name));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn into_list(self) -> Vec<Tool> {
        self.list
    }

    fn add(
        &mut self,
        namespace: &str,
        mut tool: Object,
        about: String,
        memo: &mut Memo,
        dropped: &mut Dropped,
    ) -> Result<(), Problem> {
        let kind = take_text(&mut tool, "type").unwrap_or_default();
        if !matches!(kind.as_str(), "function" | "custom") {
            dropped.add_field(&format!("{kind} hosted tool"));
            return Ok(());
        }
        if tool.get("defer_loading").is_some_and(field::says_something) {
            dropped.add("tools[].defer_loading");
        }
        let name = need_text(&mut tool, "name", "tools")?;
        let sent = self.sent(namespace, name.clone(), memo)?;
        let mut description = take_text(&mut tool, "description").unwrap_or_default();
        let schema = if kind == "custom" {
            let format = take_object(&mut tool, "format");
            description = custom_tool::description(description, format.as_ref());
            memo.custom_tools.insert(sent.clone());
            custom_tool::schema()
        } else {
            memo.custom_tools.remove(&sent);
            tool_schema::of_object(take(&mut tool, "parameters"))
        };
        if !about.is_empty() {
            let gap = if description.is_empty() { "" } else { "\n\n" };
            description = format!("{about}{gap}{description}");
        }
        let strict = tool.get("strict").and_then(Value::as_bool);
        let tool = Tool { name: sent, description, schema, strict };
        let identity = (namespace.to_owned(), name);
        match self.places.get(&identity).and_then(|place| self.list.get_mut(*place)) {
            Some(place) => *place = tool,
            None => {
                self.bare.entry(identity.1.clone()).or_insert_with(|| identity.clone());
                self.places.insert(identity, self.list.len());
                self.list.push(tool);
            }
        }
        Ok(())
    }
}

const DEFAULT_NAMESPACE: &str = "functions";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(tools: Value, most: usize) -> (Tools, Memo) {
        let (mut memo, mut out) = (Memo::default(), Tools::new(most));
        out.read(tools.as_array().unwrap().clone(), &mut memo, &mut Dropped::default()).unwrap();
        (out, memo)
    }

    #[test]
    fn every_tool_has_its_own_name_and_finds_back() {
        let function = |name: &str| json!({"type": "function", "name": name});
        let space = |name: &str, tools: &[Value]| json!({"type": "namespace", "name": name, "tools": tools});
        let tools = json!([
            function("a__b"),
            space("a", &[function("b"), function("b__c"), function("x")]),
            space("a__b", &[function("c")]),
            space("functions", &[function("x")]),
            space("long", &[function(&"n".repeat(200))]),
        ]);
        let (tools, memo) = read(tools, 64);
        let names: Vec<&str> = tools.list.iter().map(|tool| tool.name.as_str()).collect();
        let known: Vec<(&str, &str)> = names
            .iter()
            .map(|sent| (memo.tool_namespaces.get(*sent).map_or("", String::as_str), memo.tool_name(sent)))
            .collect();
        let long = "n".repeat(200);
        let want =
            [("", "a__b"), ("a", "b"), ("a", "b__c"), ("a", "x"), ("a__b", "c"), ("", "x"), ("long", &long)];
        assert_eq!(known, want);
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| name.len() <= 64), "{names:?}");
        assert_eq!((names[0], names[3], names[5]), ("a__b", "a__x", "x"));
        assert_eq!(tools.declared("", "x"), Some("x"));
        assert_eq!(tools.declared("", "c"), Some(names[4]), "by its bare name");
    }

    #[test]
    fn a_tool_declared_again_is_the_new_one_in_the_old_place() {
        let (tools, memo) = read(
            json!([
                {"type": "custom", "name": "f"},
                {"type": "function", "name": "g"},
                {"type": "function", "name": "f", "description": "new"},
            ]),
            64,
        );
        let list = tools.into_list();
        assert_eq!((list.len(), list[0].description.as_str()), (2, "new"));
        assert!(memo.custom_tools.is_empty());
    }
}
