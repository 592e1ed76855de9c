//! A Google service account: its JSON file, and the signed claims that an access token is asked for with.
//! Source: developers.google.com/identity/protocols/oauth2/service-account.

use crate::secret::Secret;
use crate::time::UnixMs;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::json;

/// What a key file says.
pub struct ServiceAccount {
    pub project: String,
    pub email: String,
    pub token_url: String,
    key_id: Option<String>,
    /// PKCS#8 in PEM.
    pub private_key: Secret,
}

#[derive(Deserialize)]
struct KeyFile {
    #[serde(rename = "type")]
    kind: String,
    project_id: Option<String>,
    private_key_id: Option<String>,
    private_key: Option<String>,
    client_email: Option<String>,
    token_uri: Option<String>,
}

impl ServiceAccount {
    /// Reads a key file.
    ///
    /// # Errors
    /// What is wrong, to be written behind the field's name. It says nothing of the file's content.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let file: KeyFile =
            serde_json::from_str(text).map_err(|_| "is not the JSON file of a service account")?;
        if file.kind != "service_account" {
            return Err("is a key file of another type than service_account");
        }
        let private_key = file.private_key.as_deref().and_then(Secret::new).ok_or("holds no private_key")?;
        pkcs8(&private_key).ok_or("holds a private_key that is not PKCS#8 in PEM")?;
        Ok(Self {
            project: file.project_id.filter(|id| !id.is_empty()).ok_or("holds no project_id")?,
            email: file.client_email.filter(|email| email.contains('@')).ok_or("holds no client_email")?,
            token_url: file.token_uri.unwrap_or_else(|| TOKEN_URL.to_owned()),
            key_id: file.private_key_id.filter(|id| !id.is_empty()),
            private_key,
        })
    }

    /// Header and claims of the JWT, ready to be signed.
    pub fn claims(&self, now: UnixMs) -> String {
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if let (Some(id), Some(header)) = (&self.key_id, header.as_object_mut()) {
            header.insert("kid".into(), id.as_str().into());
        }
        let issued = now.0.div_euclid(1000);
        let claims = json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": self.token_url,
            "iat": issued,
            "exp": issued + LIFETIME_S,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(&header), part(&claims))
    }

    /// The form that exchanges a signed JWT for an access token.
    pub fn form(jwt: &str) -> String {
        format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={jwt}")
    }
}

/// The key's bytes, for whoever signs.
pub fn pkcs8(pem: &Secret) -> Option<Vec<u8>> {
    // Base64 has no dashes, so these are the labels and what stands between them.
    let mut parts = pem.expose().split("-----").skip_while(|part| *part != "BEGIN PRIVATE KEY").skip(1);
    let inside = parts.next()?;
    if parts.next() != Some("END PRIVATE KEY") {
        return None;
    }
    let text: String = inside.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok().filter(|der| !der.is_empty())
}

/// The JWT of what was signed, and the signature.
pub fn jwt(claims: &str, signature: &[u8]) -> String {
    format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// The longest that Google allows.
const LIFETIME_S: i64 = 3600;
