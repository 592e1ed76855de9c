//! The fields of a kind, declared once, and what an operator filled in.

use crate::secret::Secret;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One thing to know about a credential.
pub struct Field {
    /// In JSON, and with `-` for `_` on the command line.
    pub name: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    /// Never shown again, and asked for without echo.
    pub secret: bool,
    pub required: bool,
    /// Whether a text can be one at all: a grammar, not a question to anyone. The error says what one looks like.
    pub check: fn(&str) -> Result<(), &'static str>,
}

/// Where requests go instead of the provider's own address, for tests and private deployments. Every kind has it; only
/// an operator can set it, and it is checked as every base URL is.
pub const ENDPOINT: Field = Field {
    name: "endpoint",
    label: "Endpoint",
    help: "base URL instead of the provider's own; http:// only to this machine",
    secret: false,
    required: false,
    check: |_| Ok(()),
};

impl Field {
    /// One that may be left out and is not secret.
    pub(super) const fn optional(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        check: fn(&str) -> Result<(), &'static str>,
    ) -> Self {
        Self { name, label, help, secret: false, required: false, check }
    }

    pub(super) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// Where tokens are asked for instead of the issuer's own address, for tests and private deployments.
pub const TOKEN_ENDPOINT: Field = Field::optional(
    "token_endpoint",
    "Token endpoint",
    "URL instead of the issuer's own; http:// only to this machine",
    |_| Ok(()),
);

/// Keys and tokens are visible ASCII without spaces; what was pasted with more around it would be refused everywhere.
pub(super) fn fits_a_header(text: &str) -> Result<(), &'static str> {
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(()),
        false => Err("holds a space or a character that no key has"),
    }
}

/// Values for the fields of one kind, each checked.
pub struct Filled(BTreeMap<&'static str, String>);

impl Filled {
    /// White space around values is dropped, empty values count as absent.
    ///
    /// # Errors
    /// One sentence naming the field that is unknown, missing or wrong. It never holds a value.
    pub fn check(
        fields: &'static [Field],
        given: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, String> {
        let mut filled = BTreeMap::new();
        for (name, value) in given {
            let field = fields.iter().find(|field| field.name == name).ok_or_else(|| {
                let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
                format!("there is no field {name:?} (there are {})", names.join(", "))
            })?;
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if value.len() > LONGEST {
                return Err(format!("{name} is longer than {LONGEST} bytes"));
            }
            (field.check)(value).map_err(|why| format!("{name} {why}"))?;
            filled.insert(field.name, value.to_owned());
        }
        match fields.iter().find(|field| field.required && !filled.contains_key(field.name)) {
            Some(missing) => Err(format!("{} is missing: {}", missing.name, missing.help)),
            None => Ok(Self(filled)),
        }
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).and_then(Secret::new)
    }

    /// All of it as JSON, which is what is sealed.
    pub(crate) fn to_json(&self) -> String {
        let map: Map<String, Value> =
            self.0.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
        Value::Object(map).to_string()
    }

    /// Reads [`Self::to_json`] as (name, value) pairs, not checked.
    pub(crate) fn pairs(json: &[u8]) -> Option<Vec<(String, String)>> {
        let map: Map<String, Value> = serde_json::from_slice(json).ok()?;
        map.into_iter().map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
    }

    /// What may be shown of it.
    pub(crate) fn public(&self, fields: &'static [Field]) -> BTreeMap<&'static str, String> {
        let shown = |name: &&'static str| fields.iter().any(|field| field.name == *name && !field.secret);
        self.0.iter().filter(|(name, _)| shown(name)).map(|(name, value)| (*name, value.clone())).collect()
    }
}

/// A service account's file is about 2.5 kB.
const LONGEST: usize = 16 << 10;
