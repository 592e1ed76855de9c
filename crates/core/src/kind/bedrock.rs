//! Claude on Amazon Bedrock, paid with an AWS access key (signed requests) or with a Bedrock API key (a bearer).

use super::field::fits_a_header;
use super::{Draft, ENDPOINT, Field, Filled, Garbled, Inbound, Kind, LeftOut, Payer, Site, bearer, no_model};
use crate::cloud::bedrock::stream::ToEvents;
use crate::cloud::bedrock::{self, answer, betas, model_id};
use crate::cloud::model_map::ModelMap;
use crate::cloud::names::{AWS_REGION, Name};
use crate::credential::BaseUrl;
use crate::dialect::{Dialect, Operation};
use crate::headers;
use crate::problem::Problem;
use crate::provider::Endpoint;
use crate::secret::Secret;
use crate::sigv4::{self, AccessKey, Scope};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};

pub(super) static BEDROCK: Kind = Kind {
    name: "bedrock",
    label: "Amazon Bedrock",
    help: "an AWS access key, or a Bedrock API key",
    fields: &[
        Field::optional("region", "Region", "the AWS region, e.g. us-east-1", |text| {
            AWS_REGION.check(text).map(drop)
        })
        .required(),
        Field::optional(
            "access_key_id",
            "Access key id",
            "of the AWS access key; leave it out for a Bedrock API key",
            is_key_id,
        ),
        Field::optional("secret", "Secret", "the secret access key, or the Bedrock API key", fits_a_header)
            .secret()
            .required(),
        Field::optional("session_token", "Session token", "of a temporary access key", fits_a_header)
            .secret(),
        Field::optional(
            "profile",
            "Inference profile",
            "the geography that models are called through (global, us, eu, …), or none; by default global where there is one",
            model_id::check_profile,
        ),
        Field::optional(
            "models",
            "Models",
            "names that differ on Bedrock: model=id or model=ARN, with commas between them",
            |text| models(text).map(drop),
        ),
        Field::optional(
            "betas",
            "Beta flags",
            "the flags that Bedrock takes, with commas between them, instead of the known ones",
            fits_a_header,
        ),
        ENDPOINT,
    ],
    pays: |provider| provider.kinds.contains(&"bedrock"),
    build,
};

struct Bedrock {
    base: BaseUrl,
    region: Name,
    key: Key,
    profile: Option<String>,
    models: ModelMap,
    betas: Option<String>,
}

enum Key {
    Access(AccessKey),
    Bearer(Secret),
}

fn build(_: &Site<'_>, filled: &Filled) -> Result<Box<dyn Payer>, String> {
    let text = |name| filled.text(name).unwrap_or_default();
    let region = AWS_REGION.check(text("region")).map_err(|why| format!("region {why}"))?;
    let secret = filled.secret("secret").ok_or("secret is missing")?;
    let session = filled.secret("session_token");
    let key = match (filled.text("access_key_id"), session) {
        (Some(id), session) => Key::Access(AccessKey { id: id.to_owned(), secret, session }),
        (None, None) => Key::Bearer(secret),
        (None, Some(_)) => {
            return Err("a session_token belongs to an access_key_id, which is missing".to_owned());
        }
    };
    Ok(Box::new(Bedrock {
        base: Site::base_or(filled, || bedrock::base(&region))?,
        region,
        key,
        profile: filled.text("profile").map(str::to_owned),
        models: models(text("models")).map_err(|why| format!("models {why}"))?,
        betas: filled.text("betas").map(str::to_owned),
    }))
}

impl Bedrock {
    fn model(&self, model: &str) -> Result<Name, &'static str> {
        model_id::of(model, &self.region, self.profile.as_deref(), &self.models)
    }

    fn allowed(&self) -> Vec<&str> {
        self.betas.as_deref().map_or_else(|| betas::DEFAULT.to_vec(), |own| own.split(',').collect())
    }
}

impl Payer for Bedrock {
    fn base(&self) -> &BaseUrl {
        &self.base
    }

    fn secrets(&self) -> Vec<&Secret> {
        match &self.key {
            Key::Access(key) => [&key.secret].into_iter().chain(&key.session).collect(),
            Key::Bearer(key) => vec![key],
        }
    }

    fn serves(&self, endpoint: &Endpoint, model: &str) -> bool {
        let Ok(id) = self.model(model) else { return false };
        match endpoint.operation {
            Operation::Generate => endpoint.dialect == Dialect::Messages,
            // A count wants a model; an ARN may be anything.
            Operation::CountTokens => {
                endpoint.dialect == Dialect::Messages && !id.as_str().starts_with("arn:")
            }
            _ => false,
        }
    }

    fn prepare(&self, mut draft: Draft<'_>, _: Option<&Secret>) -> Result<Request<Bytes>, Problem> {
        let id = self.model(draft.model).map_err(|why| no_model(draft.model, why))?;
        let (path, left_out) = if draft.endpoint.operation == Operation::CountTokens {
            draft.body = bedrock::count_body(&draft.body, &draft.headers);
            (bedrock::count_path(&id), Vec::new())
        } else {
            let (body, left_out) = bedrock::invoke_body(&draft.body, &draft.headers, &self.allowed());
            draft.body = body;
            (bedrock::invoke_path(&id, draft.stream), left_out)
        };
        bedrock::strip_headers(&mut draft.headers);
        let accept = if draft.stream { answer::FRAMES } else { "application/json" };
        draft.headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        let (provider, now) = (draft.provider, draft.now);
        let mut request = draft.to(&self.base.join(&path, None))?;
        match &self.key {
            Key::Bearer(key) => bearer(&mut request, key, provider)?,
            Key::Access(key) => {
                let scope = Scope { region: self.region.as_str(), service: "bedrock" };
                sigv4::sign(&mut request, key, scope, now)
                    .map_err(|_| Problem::CredentialMissing { provider: provider.name })?;
            }
        }
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
        answer::retell_head(status, headers);
        if status.is_success() && headers::content_type(headers).starts_with(answer::FRAMES) {
            headers.insert(header::CONTENT_TYPE, answer::EVENTS);
            return Some(Box::new(Streamed(ToEvents::default())));
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Some(Box::new(Whole { status: *status, body: Vec::new() }))
    }
}

struct Streamed(ToEvents);

impl Inbound for Streamed {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Garbled> {
        self.0.push(bytes, out).map_err(|_| Garbled)
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), Garbled> {
        if self.0.is_whole() { Ok(()) } else { Err(Garbled) }
    }
}

/// An answer that is read to its end before it is told.
struct Whole {
    status: StatusCode,
    body: Vec<u8>,
}

impl Inbound for Whole {
    fn push(&mut self, bytes: &[u8], _: &mut Vec<u8>) -> Result<(), Garbled> {
        if self.body.len() + bytes.len() > LARGEST {
            return Err(Garbled);
        }
        self.body.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Garbled> {
        let body = std::mem::take(&mut self.body);
        if !self.status.is_success() {
            out.extend_from_slice(&answer::retell_error(self.status, &body));
            return Ok(());
        }
        match answer::retell_count(&body) {
            Some(count) => out.extend_from_slice(&count),
            None => *out = body,
        }
        Ok(())
    }
}

fn models(text: &str) -> Result<ModelMap, &'static str> {
    ModelMap::parse(text, model_id::check_id)
}

fn is_key_id(text: &str) -> Result<(), &'static str> {
    let fits = (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(()) } else { Err("is no id of an AWS access key (one begins with AKIA or ASIA)") }
}

/// A model's longest answer is far from it.
const LARGEST: usize = 32 << 20;
