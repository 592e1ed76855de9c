//! OpenAI's models and Claude on Microsoft's Azure, paid with the resource's key or as a Microsoft Entra application.

use super::field::fits_a_header;
use super::{
    Denied, Draft, ENDPOINT, Exchange, Field, Filled, Granted, Kind, Payer, Site, TOKEN_ENDPOINT, bearer,
    granted, no_model, token_request,
};
use crate::cloud::azure;
use crate::cloud::model_map::ModelMap;
use crate::cloud::names::{AZURE_API_VERSION, AZURE_DEPLOYMENT, AZURE_RESOURCE, ENTRA_TENANT, Name};
use crate::credential::BaseUrl;
use crate::dialect::Dialect;
use crate::envelope;
use crate::headers;
use crate::oauth;
use crate::problem::Problem;
use crate::provider::Endpoint;
use crate::secret::Secret;
use crate::time::UnixMs;
use bytes::Bytes;
use http::{HeaderName, Request, StatusCode};

pub(super) static AZURE: Kind = Kind {
    name: "azure",
    label: "Microsoft Azure",
    help: "a resource's key, or a Microsoft Entra application",
    fields: &[
        Field::optional("resource", "Resource", "the name of the Azure resource", |text| {
            AZURE_RESOURCE.check(text).map(drop)
        }),
        Field::optional(
            "secret",
            "API key",
            "the resource's key; leave it out for an application",
            fits_a_header,
        )
        .secret(),
        Field::optional("tenant", "Tenant", "the application's Microsoft Entra tenant", |text| {
            ENTRA_TENANT.check(text).map(drop)
        }),
        Field::optional("client_id", "Client id", "the application's id", fits_a_header),
        Field::optional("client_secret", "Client secret", "the application's secret", fits_a_header).secret(),
        Field::optional(
            "api_version",
            "API version",
            "use the API of this version with deployments in the path; by default the v1 API",
            |text| AZURE_API_VERSION.check(text).map(drop),
        ),
        Field::optional(
            "deployments",
            "Deployments",
            "deployments that are not named like their model: model=deployment, with commas between them",
            |text| deployments(text).map(drop),
        ),
        ENDPOINT,
        TOKEN_ENDPOINT,
    ],
    pays: |provider| provider.kinds.contains(&"azure"),
    build,
};

struct Azure {
    base: BaseUrl,
    key: Key,
    api_version: Option<Name>,
    deployments: ModelMap,
}

enum Key {
    Resource(Secret),
    Application(Application),
}

struct Application {
    id: String,
    secret: Secret,
    token_url: BaseUrl,
    scope: &'static str,
}

fn build(site: &Site<'_>, filled: &Filled) -> Result<Box<dyn Payer>, String> {
    let dialect = site.provider.dialects().next().unwrap_or(Dialect::Chat);
    let resource = filled.text("resource").map(|text| AZURE_RESOURCE.check(text)).transpose();
    let resource = resource.map_err(|why| format!("resource {why}"))?;
    let base = match (&resource, filled.text(ENDPOINT.name)) {
        (None, None) => return Err("resource is missing: the name of the Azure resource".to_owned()),
        (Some(resource), None) => BaseUrl::fixed(azure::base(resource, dialect)),
        (_, Some(text)) => BaseUrl::exact(text)?,
    };
    let application = (filled.text("tenant"), filled.text("client_id"), filled.secret("client_secret"));
    let key = match (filled.secret("secret"), application) {
        (Some(key), (None, None, None)) => Key::Resource(key),
        (None, (Some(tenant), Some(id), Some(secret))) => {
            let tenant = ENTRA_TENANT.check(tenant).map_err(|why| format!("tenant {why}"))?;
            let token_url = match filled.text(TOKEN_ENDPOINT.name) {
                None => BaseUrl::fixed(azure::token_url(&tenant)),
                Some(text) => BaseUrl::exact(text)?,
            };
            Key::Application(Application {
                id: id.to_owned(),
                secret,
                token_url,
                scope: azure::token_scope(dialect),
            })
        }
        _ => {
            return Err(
                "give either secret (the resource's key) or tenant, client_id and client_secret".to_owned()
            );
        }
    };
    let api_version = filled.text("api_version").map(|text| AZURE_API_VERSION.check(text)).transpose();
    Ok(Box::new(Azure {
        base,
        key,
        api_version: api_version.map_err(|why| format!("api_version {why}"))?,
        deployments: deployments(filled.text("deployments").unwrap_or_default())
            .map_err(|why| format!("deployments {why}"))?,
    }))
}

impl Payer for Azure {
    fn base(&self) -> &BaseUrl {
        &self.base
    }

    fn secrets(&self) -> Vec<&Secret> {
        match &self.key {
            Key::Resource(key) => vec![key],
            Key::Application(application) => vec![&application.secret],
        }
    }

    fn serves(&self, endpoint: &Endpoint, model: &str) -> bool {
        azure::deployment(model, &self.deployments)
            .is_ok_and(|name| azure::path(endpoint.dialect, endpoint.operation, &name, None, false).is_some())
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        match &self.key {
            Key::Resource(_) => None,
            Key::Application(application) => Some(application),
        }
    }

    fn prepare(&self, mut draft: Draft<'_>, access: Option<&Secret>) -> Result<Request<Bytes>, Problem> {
        let (dialect, operation) = (draft.endpoint.dialect, draft.endpoint.operation);
        let provider = draft.provider;
        let missing = Problem::CredentialMissing { provider: provider.name };
        let name =
            azure::deployment(draft.model, &self.deployments).map_err(|why| no_model(draft.model, why))?;
        let form = envelope::is_form(headers::content_type(&draft.headers));
        let (path, own) = azure::path(dialect, operation, &name, self.api_version.as_ref(), form)
            .ok_or(Problem::DialectUnsupported { provider: provider.name })?;
        let query = azure::query(draft.query.take().as_deref(), own.as_deref());
        if !form {
            draft.body = azure::body(&draft.body, &name);
        }
        let mut request = draft.to(&self.base.join(&path, query.as_deref()))?;
        match (&self.key, access) {
            (Key::Resource(key), _) => {
                let value = key.header("").ok_or(missing)?;
                if dialect == Dialect::Messages {
                    request.headers_mut().insert(X_API_KEY, value.clone());
                }
                request.headers_mut().insert(API_KEY, value);
            }
            (Key::Application(_), Some(access)) => bearer(&mut request, access, provider)?,
            (Key::Application(_), None) => return Err(missing),
        }
        Ok(request)
    }
}

impl Exchange for Application {
    fn request(&self, _: UnixMs, _: Option<&str>) -> Result<Request<Bytes>, Problem> {
        let form = oauth::form(&[
            ("client_id", &self.id),
            ("client_secret", self.secret.expose()),
            ("grant_type", "client_credentials"),
            ("scope", self.scope),
        ]);
        token_request(&self.token_url, oauth::FORM, form)
    }

    fn read(&self, status: StatusCode, body: &[u8], now: UnixMs) -> Result<Granted, Denied> {
        granted(status, body, now)
    }
}

fn deployments(text: &str) -> Result<ModelMap, &'static str> {
    ModelMap::parse(text, |name| AZURE_DEPLOYMENT.check(name))
}

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
