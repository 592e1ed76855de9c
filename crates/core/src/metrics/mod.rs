//! `GET /metrics`: what was done, for Prometheus. Totals are the store's, whichever process answers, so they survive a
//! restart and agree with `usage`; no scrape reads calls. Labels are bounded: a model that no price row names is `other`.

mod exposition;

use crate::admin;
use crate::money::Nano;
use crate::ports::{Platform, Row, Rows, StoreError};
use crate::price::PriceBook;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::metrics;
use crate::tally::{CACHE_HITS, DURATION, FIRST_BYTE, LONG, OVERHEAD, REFUSED, RESPONSES, SHORT};
use bytes::Bytes;
use exposition::{Exposition, Form};
use http::request::Parts;
use http::{HeaderValue, Response, header};

/// Answers a scrape, to the administrator only unless the settings say otherwise.
pub(crate) async fn scrape<P: Platform>(proxy: &Proxy<P>, parts: &Parts) -> Result<Response<Bytes>, Problem> {
    if !proxy.house.config.metrics_public {
        admin::admit(proxy, parts).await?;
    }
    let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = Form::wanted(accept);
    let seen = read(proxy).await?;
    let mut response = Response::new(Bytes::from(seen.text(form)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// What the store and the settings say at one moment.
struct Seen {
    /// (provider, model); the model is empty in the sums of a whole provider.
    sums: Vec<(String, String, Sums)>,
    /// (series, label, bucket, value).
    counters: Vec<(String, String, i64, i64)>,
    active_tokens: i64,
    credentials: i64,
    /// Where it is known.
    answers_kept: Option<i64>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    requests: i64,
    prompt: i64,
    completion: i64,
    cost: Nano,
}

/// Writes what this process has counted, and reads it all in the same batch.
async fn read<P: Platform>(proxy: &Proxy<P>) -> Result<Seen, StoreError> {
    let counted = proxy.house.tally.take();
    let mut statements: Vec<_> = counted.statements().collect();
    let written = statements.len();
    statements.extend(metrics::read(proxy.platform.now()));
    let rows = match proxy.platform.batch(statements).await {
        Ok(rows) => rows,
        Err(error) => {
            proxy.house.tally.put_back(counted);
            return Err(error);
        }
    };
    let Some([providers, models, counters, tokens]) = rows.get(written..) else {
        return Err(StoreError::Malformed);
    };
    let counter =
        |row: &Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.int(2)?, row.int(3)?));
    let (active_tokens, stored) = match tokens.first() {
        Some(row) => (row.int(0)?, row.int(1)?),
        None => (0, 0),
    };
    Ok(Seen {
        sums: sums(providers, models, &proxy.house.prices())?,
        counters: counters.iter().map(counter).collect::<Result<_, StoreError>>()?,
        active_tokens,
        credentials: stored + i64::try_from(proxy.house.config.credentials().len()).unwrap_or(0),
        answers_kept: proxy.platform.answers_kept().and_then(|kept| i64::try_from(kept).ok()),
    })
}

/// Per provider its whole, then its known models, then what is left of the whole as `other`.
fn sums(
    providers: &Rows,
    models: &Rows,
    prices: &PriceBook,
) -> Result<Vec<(String, String, Sums)>, StoreError> {
    let mut all = Vec::new();
    for row in providers {
        let (provider, whole) = (row.text(4)?, Sums::from_row(row)?);
        all.push((provider.to_owned(), String::new(), whole));
        let mut other = whole;
        for row in models {
            let model = row.text(5)?;
            if row.text(4)? == provider && prices.models(provider).any(|known| known == model) {
                let sums = Sums::from_row(row)?;
                other = other.less(sums);
                all.push((provider.to_owned(), model.to_owned(), sums));
            }
        }
        if other.requests > 0 && !provider.is_empty() {
            all.push((provider.to_owned(), OTHER.to_owned(), other));
        }
    }
    Ok(all)
}

impl Sums {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            requests: row.int(0)?,
            prompt: row.int(1)?,
            completion: row.int(2)?,
            cost: Nano(row.int(3)?),
        })
    }

    fn less(self, part: Self) -> Self {
        Self {
            requests: self.requests - part.requests,
            prompt: self.prompt - part.prompt,
            completion: self.completion - part.completion,
            cost: self.cost - part.cost,
        }
    }
}

impl Seen {
    fn text(&self, form: Form) -> String {
        let mut out = Exposition::new(form);
        let whole = || self.sums.iter().filter(|(_, model, _)| model.is_empty());
        let total = |part: fn(&Sums) -> i64| whole().map(|(.., sums)| part(sums)).sum::<i64>();

        out.counter("proxyagent_requests", "Calls, refused ones too.").add(&[], total(|s| s.requests));
        let mut responses = out.counter("proxyagent_responses", "Answers to calls by status.");
        for (_, _, status, count) in self.series(RESPONSES) {
            responses.add(&[("status", &status.to_string())], *count);
        }
        let mut refused =
            out.counter("proxyagent_refused", "Calls that were refused, by the code of the reason.");
        for (_, reason, _, count) in self.series(REFUSED) {
            refused.add(&[("reason", reason)], *count);
        }
        let mut tokens =
            out.counter("proxyagent_tokens", "Tokens read by models (input) and written by them (output).");
        tokens.add(&[("direction", "input")], total(|s| s.prompt));
        tokens.add(&[("direction", "output")], total(|s| s.completion));
        let mut cost = out.counter("proxyagent_cost_usd", "What calls cost, in US dollars.");
        for (provider, _, sums) in whole().filter(|(provider, ..)| !provider.is_empty()) {
            cost.dollars(&[("provider", provider)], sums.cost);
        }
        self.models(&mut out);
        let hits = self.series(CACHE_HITS).map(|(.., count)| count).sum();
        out.counter("proxyagent_cache_hits", "Calls that were answered with a kept answer.").add(&[], hits);
        if let Some(kept) = self.answers_kept {
            out.gauge("proxyagent_cache_size", "Answers that this process keeps.", kept);
        }
        out.gauge(
            "proxyagent_active_tokens",
            "Machine tokens that are neither revoked nor expired.",
            self.active_tokens,
        );
        out.gauge("proxyagent_credentials", "Credentials of providers.", self.credentials);
        for (name, help, series, bounds) in [
            (
                "proxyagent_request_duration_seconds",
                "From a request to the end of its answer.",
                DURATION,
                LONG,
            ),
            (
                "proxyagent_time_to_first_byte_seconds",
                "From a request to the first byte of its answer.",
                FIRST_BYTE,
                LONG,
            ),
            (
                "proxyagent_overhead_seconds",
                "The part of the time to the first byte that was not spent waiting for the provider.",
                OVERHEAD,
                SHORT,
            ),
        ] {
            let counts: Vec<(&str, i64, i64)> = self
                .series(series)
                .map(|(_, provider, bucket, count)| (provider.as_str(), *bucket, *count))
                .collect();
            out.histogram(name, help, "provider", bounds, &counts);
        }
        out.finish()
    }

    fn models(&self, out: &mut Exposition) {
        let each = || self.sums.iter().filter(|(_, model, _)| !model.is_empty());
        let mut requests = out.counter("proxyagent_model_requests", "Calls by model, refused ones as other.");
        for (provider, model, sums) in each() {
            requests.add(&[("provider", provider), ("model", model)], sums.requests);
        }
        let mut tokens = out.counter("proxyagent_model_tokens", "Tokens by model.");
        for (provider, model, sums) in each() {
            for (direction, count) in [("input", sums.prompt), ("output", sums.completion)] {
                tokens.add(&[("provider", provider), ("model", model), ("direction", direction)], count);
            }
        }
        let mut cost = out.counter("proxyagent_model_cost_usd", "What calls cost by model, in US dollars.");
        for (provider, model, sums) in each() {
            cost.dollars(&[("provider", provider), ("model", model)], sums.cost);
        }
    }

    fn series(&self, name: &'static str) -> impl Iterator<Item = &(String, String, i64, i64)> {
        self.counters.iter().filter(move |(series, ..)| series == name)
    }
}

/// Models that no price row names: callers may invent names, and no counter may grow with them.
const OTHER: &str = "other";
