//! Secrets: no `Debug`, no `Display`, no `Serialize`, no equality. They can only be spent.

use http::HeaderValue;

/// A provider key or another value that must never be shown.
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// Surrounding white space is dropped (keys are pasted from files); empty text is no secret.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// The secret behind `prefix` as a header value marked sensitive, or `None` if it cannot be one.
    pub fn header(&self, prefix: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The text itself. Every caller is a place where a secret can leak: keep them few.
    pub fn expose(&self) -> &str {
        &self.0
    }
}
