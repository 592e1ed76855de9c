//! AWS Signature Version 4: signs a request with an access key. It knows no service and changes nothing but headers:
//! what is signed is what is sent, so nothing may touch the path, the query or the body afterwards.
//! Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.

mod canonical;

use crate::secret::Secret;
use crate::time::UnixMs;
use bytes::Bytes;
use canonical::Canonical;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use sha2::{Digest, Sha256};

/// An AWS access key.
#[derive(Clone)]
pub struct AccessKey {
    /// Not secret: it stands in every signed request.
    pub id: String,
    pub secret: Secret,
    /// Temporary keys come with one, and are refused without it.
    pub session: Option<Secret>,
}

/// What a signature is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    pub region: &'a str,
    /// The signing name, e.g. `bedrock`.
    pub service: &'a str,
}

/// Signs `request` as it stands: its host, its content type and every `x-amz-…` header. Other headers may be changed on
/// the way without harm.
///
/// # Errors
/// [`Unsignable`] when the request has no host, or the key cannot stand in a header.
pub fn sign(
    request: &mut Request<Bytes>,
    key: &AccessKey,
    scope: Scope<'_>,
    now: UnixMs,
) -> Result<(), Unsignable> {
    let host = request.uri().authority().ok_or(Unsignable)?.as_str().to_owned();
    let stamp = stamp(now);
    let headers = request.headers_mut();
    headers.insert(DATE, HeaderValue::from_str(&stamp).map_err(|_| Unsignable)?);
    headers.remove(TOKEN);
    if let Some(session) = &key.session {
        headers.insert(TOKEN, session.header("").ok_or(Unsignable)?);
    }
    let signed = signed_headers(request.headers(), &host)?;
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let canonical = Canonical::of(request.method().as_str(), path, query, &signed, request.body());
    let value = authorization(&canonical, key, scope, &stamp)?;
    let mut value = HeaderValue::from_str(&value).map_err(|_| Unsignable)?;
    value.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, value);
    Ok(())
}

/// The request or the key is none that can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request cannot be signed")]
pub struct Unsignable;

fn signed_headers<'a>(headers: &'a HeaderMap, host: &'a str) -> Result<Vec<(&'a str, &'a str)>, Unsignable> {
    let mut signed = vec![("host", host)];
    for (name, value) in headers {
        if *name == header::CONTENT_TYPE || name.as_str().starts_with("x-amz-") {
            signed.push((name.as_str(), value.to_str().map_err(|_| Unsignable)?));
        }
    }
    Ok(signed)
}

fn authorization(
    canonical: &Canonical,
    key: &AccessKey,
    scope: Scope<'_>,
    stamp: &str,
) -> Result<String, Unsignable> {
    let day = stamp.split('T').next().unwrap_or_default();
    let credential = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let to_sign = string_to_sign(canonical, &credential, stamp);
    let signature = hex(&signature(key, day, scope, &to_sign)?);
    Ok(format!(
        "{ALGORITHM} Credential={}/{credential}, SignedHeaders={}, Signature={signature}",
        key.id, canonical.signed_names
    ))
}

fn string_to_sign(canonical: &Canonical, credential: &str, stamp: &str) -> String {
    format!("{ALGORITHM}\n{stamp}\n{credential}\n{}", hex(&Sha256::digest(canonical.text.as_bytes())))
}

fn signature(
    key: &AccessKey,
    day: &str,
    scope: Scope<'_>,
    string_to_sign: &str,
) -> Result<[u8; 32], Unsignable> {
    let mut derived = keyed(format!("AWS4{}", key.secret.expose()).as_bytes(), day)?;
    for part in [scope.region, scope.service, "aws4_request", string_to_sign] {
        derived = keyed(&derived, part)?;
    }
    Ok(derived)
}

fn keyed(key: &[u8], text: &str) -> Result<[u8; 32], Unsignable> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Unsignable)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

/// `20261123T120000Z`
fn stamp(now: UnixMs) -> String {
    let text = now.rfc3339();
    let seconds = text.split('.').next().unwrap_or_default();
    seconds.chars().filter(|c| *c != '-' && *c != ':').chain(['Z']).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

#[cfg(test)]
mod tests;
