//! Tries one credential with the smallest real call, for an operator who wants to know whether it works. It is no
//! caller's call: there is no token, nothing is held, and the few tokens that it costs are the operator's.

use crate::access;
use crate::attempt::Failed;
use crate::credential::Credential;
use crate::dialect::{Dialect, Operation};
use crate::headers;
use crate::kind::Draft;
use crate::pool::{Trouble, judge};
use crate::ports::Platform;
use crate::problem::Problem;
use crate::provider::{Endpoint, Provider};
use crate::proxy::Proxy;
use crate::source::Source;
use crate::time::Millis;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use serde_json::{Value, json};

/// What was found out.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// `ok`, `limited`, `auth_failed`, `unreachable` or `failed`.
    pub(crate) verdict: &'static str,
    /// The upstream's, if it answered.
    pub(crate) status: Option<u16>,
    pub(crate) detail: String,
    pub(crate) model: String,
    pub(crate) took_ms: u64,
}

/// # Errors
/// [`Problem::AdminInvalid`] where no model is known to try.
pub(crate) async fn probe<P: Platform>(
    proxy: &Proxy<P>,
    credential: &Credential,
    model: Option<&str>,
) -> Result<Finding, Problem> {
    let provider = credential.provider;
    let cheapest =
        || provider.example_models.iter().min_by_key(|model| price(proxy, provider, model)).copied();
    let model = model.or_else(cheapest).ok_or_else(|| {
        Problem::AdminInvalid(format!("no model of {} is known; name one to try", provider.name))
    })?;
    let started = proxy.platform.now();
    let (verdict, status, detail) = match ask(proxy, credential, model).await {
        Ok((verdict, status, detail)) => (verdict, Some(status), detail),
        Err((verdict, detail)) => (verdict, None, detail),
    };
    let Millis(took_ms) = proxy.platform.now().since(started);
    Ok(Finding { verdict, status, detail, model: model.to_owned(), took_ms })
}

type Found = (&'static str, u16, String);

async fn ask<P: Platform>(
    proxy: &Proxy<P>,
    credential: &Credential,
    model: &str,
) -> Result<Found, (&'static str, String)> {
    let provider = credential.provider;
    let generating = |endpoint: &&Endpoint| endpoint.operation == Operation::Generate;
    let able = |endpoint: &&Endpoint| credential.serves(endpoint, model);
    let endpoint = provider.endpoints.iter().filter(generating).find(able);
    let endpoint = endpoint.ok_or_else(|| ("failed", format!("it cannot serve {model}")))?;
    let access = access::token(proxy, credential, None).await.map_err(unpaid)?;
    let path = endpoint.path_for(model, false).map_err(|why| ("failed", why.to_string()))?;
    let mut headers = headers::upstream(&HeaderMap::new(), provider.default_headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let draft = Draft {
        provider,
        endpoint,
        model,
        stream: false,
        path: &path,
        query: None,
        headers,
        body: Bytes::from(question(endpoint, model).to_string()),
        now: proxy.platform.now(),
    };
    let request = credential.prepare(draft, access.as_ref()).map_err(|why| ("failed", why.to_string()))?;
    let sent = proxy.platform.send(request, proxy.house.config.patience).await;
    let answer = sent.map_err(|cause| ("unreachable", cause.to_string()))?;
    let (head, body) = answer.into_parts();
    let status = head.status.as_u16();
    if head.status.is_success() {
        return Ok(("ok", status, "it works".to_owned()));
    }
    let body = Source::Live(body).whole(&proxy.platform, LONGEST).await.unwrap_or_default();
    let (verdict, detail) = match judge(head.status, &head.headers, &body, proxy.platform.now()) {
        Some(Trouble::Refused | Trouble::Ended | Trouble::Forbidden) => {
            ("auth_failed", "the provider refused it")
        }
        Some(Trouble::UsedUp) => ("limited", "its quota or balance is used up"),
        Some(Trouble::Limited(_)) => ("limited", "it is accepted, and its limit is reached now"),
        Some(Trouble::Overloaded(_) | Trouble::Unreachable | Trouble::Slow) => {
            ("unreachable", "the provider answered with an error of its own")
        }
        None if status == 404 => {
            ("failed", "the provider does not know the model or the address; name another model to try")
        }
        None => ("failed", "the provider refused the request"),
    };
    Ok((verdict, status, detail.to_owned()))
}

fn unpaid(failed: Failed) -> (&'static str, String) {
    match failed.problem {
        Problem::CredentialRefused { .. } => {
            ("auth_failed", "it was refused when an access token was asked for".to_owned())
        }
        problem => ("unreachable", problem.to_string()),
    }
}

/// What costs the least, in each dialect. Some models refuse to answer in fewer tokens than 16.
fn question(endpoint: &Endpoint, model: &str) -> Value {
    let said = json!([{"role": "user", "content": "Hi"}]);
    match endpoint.dialect {
        Dialect::Messages => json!({"model": model, "max_tokens": 1, "messages": said}),
        Dialect::Chat => {
            let limit =
                if endpoint.takes.max_completion_tokens { "max_completion_tokens" } else { "max_tokens" };
            json!({"model": model, limit: 16, "messages": said})
        }
        Dialect::Responses => {
            json!({"model": model, "max_output_tokens": 16, "input": "Hi", "store": false})
        }
        Dialect::Gemini => json!({
            "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
            "generationConfig": {"maxOutputTokens": 1}
        }),
    }
}

/// For comparison only. A model without a price is the last choice.
fn price<P: Platform>(proxy: &Proxy<P>, provider: &Provider, model: &str) -> i64 {
    let prices = proxy.house.prices();
    prices.find(provider.name, model).map_or(i64::MAX, |price| {
        price
            .worst_of(&crate::price::Ask {
                input_tokens: 10,
                output_tokens: 10,
                searches: 0,
                caching: false,
                variant: None,
                when: proxy.platform.now(),
            })
            .0
    })
}

const LONGEST: usize = 64 << 10;
