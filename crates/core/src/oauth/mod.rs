//! OAuth token endpoints: what they are asked, and what their answers mean. Pure; sending, waiting and storing is somebody
//! else's business. Source: RFC 6749 §4.4, §5 and §6.

pub mod chatgpt;
pub mod claude;

use crate::percent;
use crate::secret::Secret;
use crate::time::{Millis, UnixMs};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Map, Value};

/// Who gives out tokens for a login, as data.
#[derive(Debug, PartialEq, Eq)]
pub struct Issuer {
    pub token_url: &'static str,
    /// The public client that such logins belong to; empty where each operator has one.
    pub client_id: &'static str,
    /// JSON instead of a form.
    pub json: bool,
}

/// How a person's login pays a provider.
#[derive(Debug, PartialEq, Eq)]
pub struct Login {
    pub issuer: Issuer,
    pub manner: Manner,
}

/// What calls must look like that a login pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// [`claude`]
    Claude,
    /// [`chatgpt`]
    ChatGpt,
    /// Like any other, with the token as bearer.
    Plain,
}

/// New tokens.
pub struct Grant {
    pub access: Secret,
    /// A new one, which replaces the old: most issuers take each refresh token only once.
    pub refresh: Option<Secret>,
    lives: Option<Millis>,
}

impl Grant {
    /// When the access token expires.
    pub fn expires(&self, now: UnixMs) -> UnixMs {
        match self.lives {
            Some(lives) => now + lives,
            None => expiry_in(self.access.expose()).unwrap_or(now + LIFE),
        }
    }
}

/// Why there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The refresh token or the client is not good any more: only a new login helps.
    ForGood,
    /// The endpoint failed, or said something else.
    ForNow,
}

/// What is sent for a new access token, and its media type.
pub fn refresh(
    issuer: &Issuer,
    refresh_token: &Secret,
    client_id: Option<&str>,
    client_secret: Option<&Secret>,
) -> (String, &'static str) {
    let client_id = client_id.unwrap_or(issuer.client_id);
    let mut pairs = vec![("client_id", client_id)];
    pairs.extend(client_secret.map(|secret| ("client_secret", secret.expose())));
    pairs.extend([("refresh_token", refresh_token.expose()), ("grant_type", "refresh_token")]);
    if !issuer.json {
        return (form(&pairs), FORM);
    }
    let members: Map<String, Value> =
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    (Value::Object(members).to_string(), "application/json")
}

/// A form's body.
pub fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", percent::encoded(value.as_bytes()))).collect();
    pairs.join("&")
}

/// Reads a token endpoint's answer.
///
/// # Errors
/// Why there is no token.
pub fn read(status: StatusCode, body: &[u8]) -> Result<Grant, Refused> {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    if !status.is_success() {
        let server = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        return Err(if !server && is_final(&said) { Refused::ForGood } else { Refused::ForNow });
    }
    let text = |name: &str| said.get(name).and_then(Value::as_str).and_then(Secret::new);
    let lives =
        said.get("expires_in").and_then(|lives| lives.as_u64().or_else(|| lives.as_str()?.parse().ok()));
    Ok(Grant {
        access: text("access_token").ok_or(Refused::ForNow)?,
        refresh: text("refresh_token"),
        lives: lives.map(Millis::seconds),
    })
}

/// The claims of a JWT, not verified: it comes from its issuer over TLS, and is only read for what it says of itself.
pub(crate) fn claims(jwt: &str) -> Option<Value> {
    let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&payload).ok()
}

fn expiry_in(jwt: &str) -> Option<UnixMs> {
    Some(UnixMs(claims(jwt)?.get("exp")?.as_i64()?.saturating_mul(1000)))
}

/// Codes stand in `error` (RFC 6749), or in `error.code` (OpenAI).
fn is_final(said: &Value) -> bool {
    let error = said.get("error").unwrap_or(&Value::Null);
    let code = error.as_str().or_else(|| error.get("code")?.as_str()).or_else(|| error.get("type")?.as_str());
    code.is_some_and(|code| FINAL.contains(&code))
}

const FINAL: &[&str] = &[
    "invalid_grant",
    "invalid_client",
    "unauthorized_client",
    "refresh_token_expired",
    "refresh_token_reused",
    "refresh_token_invalidated",
];
pub const FORM: &str = "application/x-www-form-urlencoded";
/// Of a token whose issuer does not say.
const LIFE: Millis = Millis::seconds(3600);

#[cfg(test)]
mod tests;
