//! A JSON object as its members, each in the bytes it came in. What a conversation does not change leaves as it was, and
//! what it adds stands behind it: a prompt cache finds the same beginning again.

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// In the order they came in.
pub(super) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// `None` for anything but one object.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let raw = self.0.iter().find(|(known, _)| known == name)?.1.get();
        serde_json::from_str(raw).ok().filter(|value: &Value| !value.is_null())
    }

    pub(super) fn set(&mut self, name: &str, value: &Value) {
        self.set_text(name, value.to_string());
    }

    /// Adds `items` at the end of the list `name`, which is made if it is not there.
    pub(super) fn append(&mut self, name: &str, items: &[Value]) {
        let old = self.0.iter().find(|(known, _)| known == name).map_or("", |(_, raw)| raw.get());
        let old = old.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
        let mut text = format!("[{old}");
        for item in items {
            if text.trim_end().len() > 1 {
                text.push(',');
            }
            text.push_str(&item.to_string());
        }
        text.push(']');
        self.set_text(name, text);
    }

    pub(super) fn to_bytes(&self) -> Bytes {
        let mut out = String::from("{");
        for (name, raw) in &self.0 {
            if out.len() > 1 {
                out.push(',');
            }
            out.push_str(&Value::from(name.as_str()).to_string());
            out.push(':');
            out.push_str(raw.get());
        }
        out.push('}');
        out.into()
    }

    fn set_text(&mut self, name: &str, text: String) {
        let Ok(raw) = RawValue::from_string(text) else { return };
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = raw,
            None => self.0.push((name.to_owned(), raw)),
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Members;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_changed_changes() {
        for (body, want) in [
            (
                r#"{ "n" : 1.0, "list":[ {"a":12345678901234567890} ] }"#,
                r#"{"n":1.0,"list":[ {"a":12345678901234567890} ,{"b":1},2]}"#,
            ),
            (r#"{"list":[]}"#, r#"{"list":[{"b":1},2]}"#),
            (r#"{"list":[ ]}"#, r#"{"list":[ {"b":1},2]}"#),
            (r#"{"list":null}"#, r#"{"list":[{"b":1},2]}"#),
            (r#"{}"#, r#"{"list":[{"b":1},2]}"#),
        ] {
            let mut members = Members::read(body.as_bytes()).unwrap();
            members.append("list", &[json!({"b": 1}), json!(2)]);
            assert_eq!(members.to_bytes(), want.as_bytes(), "{body}");
        }
        assert!(Members::read(b"[]").is_none());
        let mut members = Members::read(br#"{"a":1,"b\"":2}"#).unwrap();
        members.set("a", &json!("x"));
        assert_eq!(members.to_bytes(), &br#"{"a":"x","b\"":2}"#[..]);
        assert_eq!((members.value("a"), members.value("c")), (Some(json!("x")), None));
    }
}
