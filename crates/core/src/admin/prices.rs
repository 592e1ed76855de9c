//! What models cost: the table that ships with the proxy, and the operator's own prices before it.

use super::Admin;
use super::answer::Answer;
use super::body::percent_decoded;
use super::dollars::Dollars;
use crate::audit::{self, Deed};
use crate::money::Nano;
use crate::ports::Platform;
use crate::price::{OwnPrices, PriceBook, PriceTable, Source, Stored, WHOLE};
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::audit::Only;
use crate::{prices, store};
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Serialize)]
struct Shown<'a> {
    generated: &'a str,
    sources: Vec<From<'a>>,
    /// The table in force below the operator's own prices is a stored one.
    replaced: bool,
    default_usd_per_million: Option<[Dollars; 2]>,
    own: Vec<Own<'a>>,
    prices: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct From<'a> {
    name: &'a str,
    version: &'a str,
    licence: &'a str,
}

#[derive(Serialize)]
struct Own<'a> {
    name: &'a str,
    price: Box<RawValue>,
}

/// Dollars per million tokens.
#[derive(Serialize)]
struct Listed<'a> {
    provider: &'a str,
    model: &'a str,
    input_usd: Dollars,
    output_usd: Dollars,
    cache_read_usd: Dollars,
    cache_write_usd: Dollars,
    context: Option<u64>,
    max_output: Option<u64>,
}

#[derive(Serialize)]
struct Done<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
}

/// All prices, or with `?find=TEXT` those of the models whose `provider:model` holds it.
pub(super) async fn list<P: Platform>(proxy: &Proxy<P>, _: &Admin, query: &str) -> Result<Answer, Problem> {
    let rows = proxy.platform.batch(vec![store::prices::version(), store::prices::all()]).await?;
    let [version, all] = rows.as_slice() else { return Err(Problem::Internal) };
    let version = version.first().map_or(Ok(0), |row| row.int(0))?;
    if version != proxy.house.prices().version() {
        prices::load(proxy, version).await?;
    }
    let find = query.split('&').find_map(|pair| pair.strip_prefix("find=")).unwrap_or_default();
    let find = percent_decoded(find)?.to_ascii_lowercase();
    let stored: Stored = all.iter().map(store::prices::from_row).collect::<Result<_, _>>()?;
    let book = proxy.house.prices();
    let providers: BTreeSet<&str> = book.providers().collect();
    let models = providers.into_iter().flat_map(|provider| {
        let models: BTreeSet<&str> = book.models(provider).collect();
        models.into_iter().map(move |model| (provider, model))
    });
    let wanted = models.filter(|(provider, model)| {
        find.is_empty() || format!("{provider}:{model}").to_ascii_lowercase().contains(&find)
    });
    let listed = wanted.filter_map(|(provider, model)| {
        let price = book.declared(provider, model)?;
        let rates = price.rates_per_million();
        Some(Listed {
            provider,
            model,
            input_usd: Dollars(rates.input),
            output_usd: Dollars(rates.output),
            cache_read_usd: Dollars(rates.cache_read),
            cache_write_usd: Dollars(rates.cache_write),
            context: price.context(),
            max_output: price.max_output(),
        })
    });
    let own = stored.iter().filter(|(name, _)| *name != WHOLE).map(|(name, price)| {
        let price = RawValue::from_string(price.clone()).map_err(|_| Problem::Internal)?;
        Ok(Own { name, price })
    });
    let default = proxy.house.config.prices.default.as_deref().and_then(|text| PriceBook::flat(text).ok());
    Answer::of(&Shown {
        generated: book.base().map_or("", PriceTable::generated),
        sources: book.base().map_or(&[][..], PriceTable::sources).iter().map(from).collect(),
        replaced: stored.contains_key(WHOLE),
        default_usd_per_million: default.map(|price| {
            let rates = price.rates_per_million();
            [rates.input, rates.output].map(|rate: Nano| Dollars(rate))
        }),
        own: own.collect::<Result<_, Problem>>()?,
        prices: listed.collect(),
    })
}

/// Puts a whole table in the place of the one that ships.
pub(super) async fn replace<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    body: &Bytes,
) -> Result<Answer, Problem> {
    put(proxy, admin, WHOLE, body).await
}

/// Sets one price: `provider:model`, with `*` for any run of characters.
pub(super) async fn set<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    encoded: &str,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let name = percent_decoded(encoded)?;
    if name == WHOLE {
        return Err(Problem::AdminInvalid("write provider:model, e.g. openai:*".to_owned()));
    }
    put(proxy, admin, &name, body).await
}

/// Takes one price away, or with `*` the whole stored table.
pub(super) async fn remove<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    encoded: &str,
) -> Result<Answer, Problem> {
    let name = percent_decoded(encoded)?;
    let deed = Deed { action: "price.remove", subject: &name, detail: json!({}), only: Only::price(&name) };
    let rows = audit::carry_out(proxy, admin, deed, store::prices::remove(&name)).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Problem::NotFound(format!("price {name:?} of your own")));
    }
    Answer::of(&Done { name: &name, removed: true })
}

async fn put<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    name: &str,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let text =
        std::str::from_utf8(body).map_err(|_| Problem::AdminInvalid("the body is not UTF-8".to_owned()))?;
    let stored = Stored::from([(name.to_owned(), text.to_owned())]);
    PriceBook::open(&OwnPrices::default(), &stored, 0)
        .map_err(|error| Problem::AdminInvalid(error.to_string()))?;
    if let Some((provider, _)) = name.split_once(':') {
        // A price of a provider that is not there would never be asked for.
        if proxy.house.config.directory.find(provider).is_none() {
            return Err(Problem::NotFound(format!("provider {provider:?}")));
        }
    }
    // A whole table is too long to be repeated.
    let detail = match name {
        WHOLE => json!({ "bytes": text.len() }),
        _ => json!({ "price": serde_json::from_str::<Value>(text).unwrap_or_default() }),
    };
    let deed = Deed { action: "price.set", subject: name, detail, only: Only::Always };
    audit::carry_out(proxy, admin, deed, store::prices::put(name, text, proxy.platform.now())).await?;
    Answer::of(&Done { name, removed: false })
}

fn from(source: &Source) -> From<'_> {
    From { name: &source.name, version: &source.version, licence: &source.licence }
}
