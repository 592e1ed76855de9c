//! Models on Google's Vertex AI, paid with a service account: its key signs for an access token, which is a bearer.

use super::{
    Denied, Draft, ENDPOINT, Exchange, Field, Filled, Garbled, Granted, Inbound, Kind, LeftOut, Payer, Site,
    TOKEN_ENDPOINT, bearer, granted, no_model, token_request,
};
use crate::cloud::model_map::ModelMap;
use crate::cloud::names::{GOOGLE_LOCATION, GOOGLE_PROJECT, VERTEX_MODEL};
use crate::cloud::vertex::service_account::ServiceAccount;
use crate::cloud::vertex::{self, Place, model_id};
use crate::credential::BaseUrl;
use crate::dialect::Dialect;
use crate::oauth;
use crate::problem::Problem;
use crate::provider::Endpoint;
use crate::secret::Secret;
use crate::time::UnixMs;
use crate::translate;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};

pub(super) static VERTEX: Kind = Kind {
    name: "vertex",
    label: "Google Vertex AI",
    help: "a service account of a Google Cloud project",
    fields: &[
        Field::optional(
            "service_account",
            "Service account",
            "the content of the service account's JSON file",
            |text| ServiceAccount::parse(text).map(drop),
        )
        .secret()
        .required(),
        Field::optional("region", "Location", "where to compute, e.g. us-east5, eu or global", |text| {
            GOOGLE_LOCATION.check(text).map(drop)
        })
        .required(),
        Field::optional(
            "project",
            "Project",
            "the Google Cloud project, if not the service account's own",
            |text| GOOGLE_PROJECT.check(text).map(drop),
        ),
        Field::optional(
            "models",
            "Models",
            "names that differ on Vertex AI: model=name, with commas between them",
            |text| models(text).map(drop),
        ),
        ENDPOINT,
        TOKEN_ENDPOINT,
    ],
    pays: |provider| provider.kinds.contains(&"vertex"),
    build,
};

struct Vertex {
    base: BaseUrl,
    place: Place,
    account: ServiceAccount,
    token_url: BaseUrl,
    models: ModelMap,
    /// The provider's own.
    dialect: Option<Dialect>,
}

fn build(site: &Site<'_>, filled: &Filled) -> Result<Box<dyn Payer>, String> {
    let text = |name| filled.text(name).unwrap_or_default();
    let account =
        ServiceAccount::parse(text("service_account")).map_err(|why| format!("service_account {why}"))?;
    let project = filled.text("project").unwrap_or(&account.project);
    let place = Place {
        project: GOOGLE_PROJECT.check(project).map_err(|why| format!("project {why}"))?,
        location: GOOGLE_LOCATION.check(text("region")).map_err(|why| format!("region {why}"))?,
    };
    let token_url = filled.text(TOKEN_ENDPOINT.name).unwrap_or(&account.token_url);
    Ok(Box::new(Vertex {
        base: Site::base_or(filled, || place.base())?,
        token_url: BaseUrl::exact(token_url)?,
        models: models(text("models")).map_err(|why| format!("models {why}"))?,
        dialect: site.provider.dialects().next(),
        place,
        account,
    }))
}

impl Payer for Vertex {
    fn base(&self) -> &BaseUrl {
        &self.base
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.account.private_key]
    }

    fn serves(&self, endpoint: &Endpoint, model: &str) -> bool {
        model_id::of(model, &self.models)
            .is_ok_and(|name| self.place.path(endpoint.dialect, endpoint.operation, &name, false).is_some())
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(self)
    }

    fn prepare(&self, mut draft: Draft<'_>, access: Option<&Secret>) -> Result<Request<Bytes>, Problem> {
        let (dialect, operation) = (draft.endpoint.dialect, draft.endpoint.operation);
        let provider = draft.provider;
        let name = model_id::of(draft.model, &self.models).map_err(|why| no_model(draft.model, why))?;
        let path = self.place.path(dialect, operation, &name, draft.stream);
        let path = path.ok_or(Problem::DialectUnsupported { provider: provider.name })?;
        let (body, left_out) = vertex::body(dialect, operation, &name, draft.body);
        draft.body = body;
        vertex::fit_headers(&mut draft.headers);
        let query = draft.query.take().filter(|_| dialect == Dialect::Gemini);
        let mut request = draft.to(&self.base.join(&path, query.as_deref()))?;
        let access = access.ok_or(Problem::CredentialMissing { provider: provider.name })?;
        bearer(&mut request, access, provider)?;
        request.extensions_mut().insert(LeftOut(left_out));
        Ok(request)
    }

    fn inbound(
        &self,
        _: &str,
        _: bool,
        status: &mut StatusCode,
        headers: &mut HeaderMap,
    ) -> Option<Box<dyn Inbound>> {
        // Errors are Google's, whoever made the model.
        if status.is_success() || self.dialect != Some(Dialect::Messages) {
            return None;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Some(Box::new(Retold { status: *status, body: Vec::new() }))
    }
}

impl Exchange for Vertex {
    fn assertion(&self, now: UnixMs) -> Option<(String, &Secret)> {
        Some((self.account.claims(now), &self.account.private_key))
    }

    fn request(&self, _: UnixMs, signed: Option<&str>) -> Result<Request<Bytes>, Problem> {
        let signed = signed.ok_or(Problem::Internal)?;
        token_request(&self.token_url, oauth::FORM, ServiceAccount::form(signed))
    }

    fn read(&self, status: StatusCode, body: &[u8], now: UnixMs) -> Result<Granted, Denied> {
        granted(status, body, now)
    }
}

/// An error in Anthropic's dialect.
struct Retold {
    status: StatusCode,
    body: Vec<u8>,
}

impl Inbound for Retold {
    fn push(&mut self, bytes: &[u8], _: &mut Vec<u8>) -> Result<(), Garbled> {
        let room = LONGEST_ERROR.saturating_sub(self.body.len()).min(bytes.len());
        self.body.extend_from_slice(bytes.get(..room).unwrap_or_default());
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Garbled> {
        let body = std::mem::take(&mut self.body);
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        if said.get("type").and_then(serde_json::Value::as_str) == Some("error") {
            *out = body;
        } else {
            let error = translate::error_in(Dialect::Messages, self.status.as_u16(), &body);
            out.extend_from_slice(error.body.to_string().as_bytes());
        }
        Ok(())
    }
}

fn models(text: &str) -> Result<ModelMap, &'static str> {
    ModelMap::parse(text, |name| VERTEX_MODEL.check(name))
}

const LONGEST_ERROR: usize = 1 << 20;
