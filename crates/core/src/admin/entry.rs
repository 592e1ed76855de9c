//! Who may administer. A machine token never may.

use crate::problem::Problem;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

/// Proof of the right to administer.
pub struct Admin {
    actor: &'static str,
    request_id: String,
}

impl Admin {
    /// For a process that already has the store's files in its hands.
    pub fn local() -> Self {
        Self::named("local")
    }

    fn named(actor: &'static str) -> Self {
        Self { actor, request_id: String::new() }
    }

    /// For the request of this id.
    pub(super) fn asking(mut self, request_id: &str) -> Self {
        request_id.clone_into(&mut self.request_id);
        self
    }

    /// Who it is, for the audit log.
    pub(crate) fn actor(&self) -> &str {
        self.actor
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// Compares the request's admin token (`x-admin-token`, or `Authorization: Bearer`) with the SHA-256 of the right one,
/// in constant time. Without a right one nobody is let in.
///
/// # Errors
/// [`Problem::AdminUnauthorized`], whatever was wrong.
pub fn authorize(expected: Option<&[u8; 32]>, headers: &HeaderMap) -> Result<Admin, Problem> {
    let presented = presented(headers).ok_or(Problem::AdminUnauthorized)?;
    let machine = presented.starts_with("pa_") && !presented.starts_with("pa_admin_");
    let right = expected.is_some_and(|expected| same(expected, &Sha256::digest(presented).into()));
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

/// Looks at every byte whatever the others were.
fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let difference = a.iter().zip(b).fold(0, |difference, (a, b)| std::hint::black_box(difference | (a ^ b)));
    difference == 0
}

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
