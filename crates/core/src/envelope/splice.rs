//! Members left out of a body and members added to it, in place. The body is known to be one JSON object without a name
//! twice; it stays one.

use super::edits::Edits;
use super::fit::Object;
use bytes::Bytes;

/// What changes in a body.
#[derive(Debug, Default)]
pub(crate) struct Splice {
    without: Vec<&'static str>,
    values: Vec<(&'static str, String)>,
    first: String,
    last: String,
}

impl Splice {
    /// Leaves a member out, if it is there.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.without.push(name);
        self
    }

    /// Gives a member another value, if it is there. `value` is JSON.
    pub(crate) fn value(mut self, name: &'static str, value: &str) -> Self {
        self.values.push((name, value.to_owned()));
        self
    }

    /// Adds a member in front of all others, instead of one of that name. `value` is JSON.
    pub(crate) fn first(mut self, name: &'static str, value: &str) -> Self {
        self.first.push_str(&format!("\"{name}\":{value},"));
        self.without(name)
    }

    /// Adds a member behind all others, instead of one of that name. `value` is JSON.
    pub(crate) fn last(mut self, name: &'static str, value: &str) -> Self {
        self.last.push_str(&format!(",\"{name}\":{value}"));
        self.without(name)
    }

    /// Makes the changes, and says which members were there and are not any more.
    pub(crate) fn apply(&self, body: &Bytes) -> (Bytes, Vec<&'static str>) {
        let object = Object::of(body, body);
        let mut dropped = Vec::new();
        let gone: Vec<bool> = object
            .names()
            .map(|name| {
                let known = self.without.iter().find(|gone| gone.as_bytes() == name).copied();
                dropped.extend(known);
                known.is_some()
            })
            .collect();
        let mut edits = Edits::default();
        for at in object.without(&gone) {
            edits.replace(at, "");
        }
        for (name, value) in &self.values {
            if let Some(at) = object.value_of(body, name) {
                edits.replace(at, value.clone());
            }
        }
        let start = memchr::memchr(b'{', body).map_or(0, |at| at + 1);
        let end = body.trim_ascii_end().len().saturating_sub(1).max(start);
        if gone.iter().all(|gone| *gone) {
            // Nothing stands between the two: they meet in one comma.
            let all = format!("{}{}", self.first, self.last.trim_start_matches(','));
            edits.replace(end..end, all.trim_end_matches(',').to_owned());
        } else {
            edits.replace(start..start, self.first.clone());
            edits.replace(end..end, self.last.clone());
        }
        (edits.apply(body), dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let both = || Splice::default().without("gone").first("a", "1").last("z", "\"x,\"");
        for (body, splice, want, dropped) in [
            (r#"{"m":1}"#, both(), r#"{"a":1,"m":1,"z":"x,"}"#, &[][..]),
            (" {\"m\":1 } \n", both(), " {\"a\":1,\"m\":1 ,\"z\":\"x,\"} \n", &[]),
            (r#"{"gone":[1,{"z":2}],"m":1}"#, both(), r#"{"a":1,"m":1,"z":"x,"}"#, &["gone"]),
            (r#"{"m":1,"gone":2}"#, both(), r#"{"a":1,"m":1,"z":"x,"}"#, &["gone"]),
            (r#"{"z":5,"m":1,"a":7}"#, both(), r#"{"a":1,"m":1,"z":"x,"}"#, &["z", "a"]),
            (r#"{"gone":2}"#, both(), r#"{"a":1,"z":"x,"}"#, &["gone"]),
            ("{}", both(), r#"{"a":1,"z":"x,"}"#, &[]),
            ("{ }", both(), r#"{ "a":1,"z":"x,"}"#, &[]),
            (
                r#"{"b":1, "m" : [2] }"#,
                both().value("m", "3").value("x", "4"),
                r#"{"a":1,"b":1, "m" : 3 ,"z":"x,"}"#,
                &[],
            ),
            ("{}", Splice::default().last("z", "1"), r#"{"z":1}"#, &[]),
            ("{}", Splice::default().first("a", "1"), r#"{"a":1}"#, &[]),
            (r#"{"gone":2}"#, Splice::default().without("gone"), "{}", &["gone"]),
            (r#"{"m":{"gone":1.0}}"#, Splice::default().without("gone"), r#"{"m":{"gone":1.0}}"#, &[]),
        ] {
            let (out, names) = splice.apply(&Bytes::from_static(body.as_bytes()));
            assert_eq!((std::str::from_utf8(&out).unwrap(), names.as_slice()), (want, dropped), "{body}");
            assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok(), "{want}");
        }
    }
}
