//! Who may administer: whoever shows the admin token, or a session that was opened with it. A machine token never may.

use super::session::{self, Session};
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use http::request::Parts;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

/// Proof of the right to administer.
pub struct Admin {
    /// Whose session it is; otherwise `actor` says who it is.
    session: Option<Session>,
    actor: &'static str,
    request_id: String,
}

impl Admin {
    /// For a process that already has the store's files in its hands.
    pub fn local() -> Self {
        Self::named("local")
    }

    pub(super) fn of_session(session: Session) -> Self {
        Self { session: Some(session), ..Self::named("session") }
    }

    fn named(actor: &'static str) -> Self {
        Self { session: None, actor, request_id: String::new() }
    }

    /// The session it was proved with, if it was.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// For the request of this id.
    pub(super) fn asking(mut self, request_id: &str) -> Self {
        request_id.clone_into(&mut self.request_id);
        self
    }

    /// Who it is, for the audit log.
    pub(crate) fn actor(&self) -> String {
        match &self.session {
            Some(session) => format!("session:{}", session.entry.id),
            None => self.actor.to_owned(),
        }
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// The right of a request: an admin token if it shows one, else the session of its cookie.
///
/// # Errors
/// [`Problem::AdminUnauthorized`]; [`Problem::CrossSite`] for what another site made a browser send;
/// [`Problem::AdminThrottled`] after too many wrong tokens.
pub(crate) async fn admit<P: Platform>(proxy: &Proxy<P>, parts: &Parts) -> Result<Admin, Problem> {
    let headers = &parts.headers;
    if !headers.contains_key("x-admin-token") && !headers.contains_key(header::AUTHORIZATION) {
        return session::enter(proxy, parts).await;
    }
    let right = || authorize(proxy.house.config.admin.as_ref(), headers);
    match proxy.house.throttle.attempt(proxy.platform.now(), MOST_WRONG, || right().is_ok())? {
        true => Ok(Admin::named("admin-token")),
        false => Err(Problem::AdminUnauthorized),
    }
}

/// Compares the request's admin token (`x-admin-token`, or `Authorization: Bearer`) with the SHA-256 of the right one,
/// in constant time. Without a right one nobody is let in.
///
/// # Errors
/// [`Problem::AdminUnauthorized`], whatever was wrong.
fn authorize(expected: Option<&[u8; 32]>, headers: &HeaderMap) -> Result<Admin, Problem> {
    let presented = presented(headers).ok_or(Problem::AdminUnauthorized)?;
    let machine = presented.starts_with("pa_") && !presented.starts_with("pa_admin_");
    let right = expected.is_some_and(|expected| same(expected, &sha256(&[presented.as_bytes()])));
    if right && !machine { Ok(Admin::named("admin-token")) } else { Err(Problem::AdminUnauthorized) }
}

/// The one admin token of the request. Two different ones are none.
fn presented(headers: &HeaderMap) -> Option<&str> {
    let mut found = None;
    let own = headers.get_all("x-admin-token").iter().map(|value| value.to_str().ok());
    let bearer = headers.get_all(header::AUTHORIZATION).iter().map(|value| bearer(value.to_str().ok()?));
    for one in own.chain(bearer) {
        let one = one?;
        if found.is_some_and(|other| other != one) {
            return None;
        }
        found = Some(one);
    }
    found.filter(|token| !token.is_empty())
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

pub(super) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into()
}

/// Looks at every byte whatever the others were.
pub(super) fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let difference = a.iter().zip(b).fold(0, |difference, (a, b)| std::hint::black_box(difference | (a ^ b)));
    difference == 0
}

/// Wrong admin tokens in a minute, from everybody together. The token itself cannot be guessed at any such rate;
/// this only keeps a guesser from being served for nothing.
const MOST_WRONG: u32 = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    #[test]
    fn entry_table() {
        let machine = "pa_0AzZ9bYyXcWdVeUfTgShRiQjPkOlNmMnLoKpJqIr0xRyVf";
        for (right, headers, good) in [
            (Some("s3cret"), &[("x-admin-token", "s3cret")][..], true),
            (Some("s3cret"), &[("authorization", "Bearer s3cret")], true),
            (Some("s3cret"), &[("authorization", "bearer  s3cret ")], true),
            (Some("s3cret"), &[("x-admin-token", "s3cret"), ("authorization", "Bearer s3cret")], true),
            (Some("pa_admin_x"), &[("x-admin-token", "pa_admin_x")], true),
            (Some("s3cret"), &[("x-admin-token", "s3cret"), ("authorization", "Bearer other")], false),
            (Some("s3cret"), &[("x-admin-token", "s3cret"), ("x-admin-token", "other")], false),
            (Some("s3cret"), &[("x-admin-token", "s3cret"), ("authorization", "Basic x")], false),
            (Some("s3cret"), &[("x-admin-token", "s3cre")], false),
            (Some("s3cret"), &[("x-admin-token", "S3cret")], false),
            (Some("s3cret"), &[("x-admin-token", "")], false),
            (Some("s3cret"), &[("authorization", "s3cret")], false),
            (Some("s3cret"), &[("x-api-key", "s3cret")], false),
            (Some("s3cret"), &[], false),
            (Some(""), &[("x-admin-token", "")], false),
            (None, &[("x-admin-token", "s3cret")], false),
            (None, &[("x-admin-token", "")], false),
            // Not even if the operator chose one as the admin token.
            (Some(machine), &[("x-admin-token", machine)], false),
            (Some("pa_mine"), &[("authorization", "Bearer pa_mine")], false),
        ] {
            let right: Option<[u8; 32]> = right.map(|right| Sha256::digest(right).into());
            let mut given = HeaderMap::new();
            for (name, value) in headers {
                given.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(authorize(right.as_ref(), &given).is_ok(), good, "{headers:?}");
        }
    }
}
