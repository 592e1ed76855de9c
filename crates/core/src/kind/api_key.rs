//! A provider's API key, in the header that the endpoint wants.

use super::field::fits_a_header;
use super::{Draft, ENDPOINT, Field, Filled, Kind, Payer, Site};
use crate::credential::BaseUrl;
use crate::problem::Problem;
use crate::provider::KeyHeader;
use crate::secret::Secret;
use bytes::Bytes;
use http::{HeaderName, Request, header};

pub(super) static API_KEY: Kind = Kind {
    name: "api_key",
    label: "API key",
    help: "a key from the provider's console",
    fields: &[
        Field {
            name: "secret",
            label: "API key",
            help: "the provider's API key",
            secret: true,
            required: true,
            check: fits_a_header,
        },
        ENDPOINT,
    ],
    pays: |provider| !provider.offline,
    build,
};

/// A key and where it may go.
pub(crate) struct ApiKey {
    base: BaseUrl,
    /// `None`: the upstream wants none.
    secret: Option<Secret>,
}

impl ApiKey {
    pub(crate) fn new(base: BaseUrl, secret: Option<Secret>) -> Self {
        Self { base, secret }
    }
}

impl Payer for ApiKey {
    fn base(&self) -> &BaseUrl {
        &self.base
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.secret.iter().collect()
    }

    fn prepare(&self, draft: Draft<'_>, _: Option<&Secret>) -> Result<Request<Bytes>, Problem> {
        let mut request = Request::new(draft.body);
        *request.method_mut() = http::Method::POST;
        let url = self.base.join(draft.path, draft.query.as_deref());
        *request.uri_mut() = url.parse().map_err(|_| Problem::Internal)?;
        *request.headers_mut() = draft.headers;
        if let Some(secret) = &self.secret {
            let (name, prefix) = match draft.endpoint.key_header.unwrap_or(draft.provider.key_header) {
                KeyHeader::Bearer => (header::AUTHORIZATION, "Bearer "),
                KeyHeader::Named(name) => (HeaderName::from_static(name), ""),
            };
            let value = secret.header(prefix);
            let value = value.ok_or(Problem::CredentialMissing { provider: draft.provider.name })?;
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }
}

fn build(site: &Site<'_>, filled: &Filled) -> Result<Box<dyn Payer>, String> {
    Ok(Box::new(ApiKey::new(site.base(filled)?, filled.secret("secret"))))
}
