//! What a request would meet: which rule, where it leads, whether a machine may, at which price, paid by which key.
//! Nothing is sent and nothing is counted.

use super::Admin;
use super::aliases;
use super::answer::Answer;
use super::body::percent_decoded;
use crate::call::ModelRef;
use crate::memory;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::tokens::{self, Entry};
use serde::Serialize;

#[derive(Serialize)]
struct Explained<'a> {
    asked: String,
    rule: Option<&'a str>,
    target: String,
    scope: Option<ScopeVerdict<'a>>,
    price: Price,
    credential_id: Option<&'a str>,
    /// Why the call would be refused; empty if it would be sent.
    refusals: Vec<String>,
}

#[derive(Serialize)]
struct ScopeVerdict<'a> {
    token_id: &'a str,
    token_label: &'a str,
    allowed: bool,
    entries: &'a [String],
}

#[derive(Serialize)]
struct Price {
    free: bool,
    known: bool,
    /// Nano-dollars per million tokens.
    input_nano: Option<i64>,
    output_nano: Option<i64>,
    cache_read_nano: Option<i64>,
    cache_write_nano: Option<i64>,
}

/// `?model=provider:model`, and `&token=` the id of a machine token.
pub(super) async fn explain<P: Platform>(
    proxy: &Proxy<P>,
    _: &Admin,
    query: &str,
) -> Result<Answer, Problem> {
    let (asked, token) = understand(proxy, query)?;
    let config = &proxy.house.config;
    let rules = aliases::holding(proxy).await?;
    let resolved = rules.resolve(&asked)?;
    let token = match &token {
        Some(id) => Some(read_token(proxy, id).await?),
        None => None,
    };
    let target = &resolved.target;
    let provider = config
        .directory
        .find(target.provider)
        .ok_or_else(|| Problem::NotFound(target.provider.to_owned()))?;
    // Which one pays is settled call by call; the first in order stands for them.
    let routing = memory::routing(proxy).await?;
    let credential = routing.wallet.of(provider).min_by_key(|credential| credential.priority);
    let prices = proxy.house.prices();
    let rates = prices.find(target.provider, &target.model).map(|row| row.rates_per_million());
    let free = provider.is_free(crate::dialect::Operation::Generate);
    let mut refusals = Vec::new();
    let allowed = |entry: &Entry| entry.token.scope.covers(&asked) || entry.token.scope.covers(target);
    if let Some(entry) = &token {
        if !allowed(entry) {
            refusals.push(Problem::OutOfScope(asked.clone()).to_string());
        }
        if entry.token.budget.is_some() && !free && rates.is_none() {
            refusals.push(Problem::PriceUnknown(target.clone()).to_string());
        }
        let live = std::sync::Arc::new(entry.token.clone()).live(proxy.platform.now());
        refusals.extend(live.err().map(|problem| problem.to_string()));
    }
    if credential.is_none() && !provider.offline {
        refusals.push(Problem::CredentialMissing { provider: provider.name }.to_string());
    }
    Answer::of(&Explained {
        asked: asked.to_string(),
        rule: resolved.rule.as_deref(),
        target: target.to_string(),
        scope: token.as_ref().map(|entry| ScopeVerdict {
            token_id: &entry.token.id,
            token_label: &entry.token.label,
            allowed: allowed(entry),
            entries: entry.token.scope.entries(),
        }),
        price: Price {
            free,
            known: free || rates.is_some(),
            input_nano: rates.as_ref().map(|rates| rates.input.0),
            output_nano: rates.as_ref().map(|rates| rates.output.0),
            cache_read_nano: rates.as_ref().map(|rates| rates.cache_read.0),
            cache_write_nano: rates.as_ref().map(|rates| rates.cache_write.0),
        },
        credential_id: credential.map(|credential| credential.id.as_str()),
        refusals,
    })
}

fn understand<P>(proxy: &Proxy<P>, query: &str) -> Result<(ModelRef, Option<String>), Problem> {
    let (mut model, mut token) = (None, None);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "model" => model = Some(percent_decoded(value)?),
            "token" => token = Some(percent_decoded(value)?).filter(|id| !id.is_empty()),
            _ => return Err(Problem::AdminInvalid(format!("there is no parameter {name:?}"))),
        }
    }
    let model = model.unwrap_or_default();
    let (provider, name) = model.split_once(':').filter(|(_, name)| !name.is_empty()).ok_or_else(|| {
        Problem::AdminInvalid(
            "model must be provider:model, such as the provider in a call's path and the model in its body"
                .to_owned(),
        )
    })?;
    let provider = proxy.house.config.directory.find(provider).ok_or_else(|| {
        Problem::AdminInvalid(format!(
            "there is no provider {provider:?}; there are {}",
            proxy.house.config.directory.names()
        ))
    })?;
    Ok((ModelRef { provider: provider.name, model: name.to_owned() }, token))
}

async fn read_token<P: Platform>(proxy: &Proxy<P>, id: &str) -> Result<Entry, Problem> {
    let rows = proxy.platform.batch(vec![tokens::one(id)]).await?;
    let row = rows.iter().flatten().next().ok_or_else(|| Problem::NotFound(format!("token {id:?}")))?;
    Ok(Entry::from_row(row)?)
}
