//! Lists of models: what a token may use here, in the caller's dialect. Made from the price table, the aliases and the
//! credentials that are there; no upstream is asked.
//!
//! A list costs nothing and reaches no provider, so it is neither admitted nor recorded: clients poll it, and rows of it
//! would bury the calls. The token is read from the store each time: a revoked one lists nothing.

mod shape;

use crate::admin::percent_decoded;
use crate::call::ModelRef;
use crate::dialect::Dialect;
use crate::memory::{self, Freshness, Routing};
use crate::ports::Platform;
use crate::price::{Price, PriceBook};
use crate::problem::Problem;
use crate::provider::Provider;
use crate::proxy::{House, Proxy};
use crate::route::ModelsRoute;
use crate::scope::Scope;
use crate::time::UnixMs;
use crate::token::TokenHash;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response, header};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A model that a token may use.
struct Listed<'a> {
    id: String,
    provider: &'static Provider,
    /// Its target's.
    price: Option<&'a Price>,
}

/// # Errors
/// What is wrong with the token; [`Problem::NotFound`] for one model that is not there.
pub(crate) async fn answer<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    route: &ModelsRoute,
    parts: &Parts,
    token: Result<TokenHash, Problem>,
    now: UnixMs,
) -> Result<Response<Bytes>, Problem> {
    let hash = token?;
    let (token, routing) = memory::look_up(proxy, &hash, Freshness::Fresh).await?;
    let live = token.ok_or(Problem::TokenUnknown)?.live(now)?;
    let prices = proxy.house.prices();
    let shelf =
        Shelf { house: &proxy.house, prices: &prices, routing: &routing, scope: &live.token().scope, now };
    let mut listed = shelf.list(route.provider);
    let dialect = dialect(route, parts);
    let body = match &route.id {
        None => shape::list(dialect, &listed, parts.uri.query().unwrap_or_default()),
        Some(id) => {
            let id = percent_decoded(id)?;
            let place = listed.iter().position(|one| one.id == id);
            let place =
                place.ok_or_else(|| Problem::NotFound(format!("model {id:?} that this token may use")))?;
            shape::one(dialect, &listed.swap_remove(place))
        }
    };
    let mut response = Response::new(Bytes::from(body.to_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-proxyagent-origin", HeaderValue::from_static("proxy"));
    Ok(response)
}

/// The dialect of the answer. Where paths are shared, each vendor's SDK is known by a header of its own.
pub(crate) fn dialect(route: &ModelsRoute, parts: &Parts) -> Dialect {
    if let Some(dialect) = route.dialect {
        return dialect;
    }
    let key_in_query =
        || parts.uri.query().is_some_and(|query| query.split('&').any(|p| p.starts_with("key=")));
    if parts.headers.contains_key("anthropic-version") {
        return Dialect::Messages;
    }
    if parts.headers.contains_key("x-goog-api-key") || key_in_query() {
        return Dialect::Gemini;
    }
    let speaks = |dialect| route.provider.is_some_and(|provider| provider.speaks(dialect));
    if speaks(Dialect::Messages) && !speaks(Dialect::Chat) { Dialect::Messages } else { Dialect::Chat }
}

struct Shelf<'a> {
    house: &'a House,
    prices: &'a PriceBook,
    routing: &'a Routing,
    scope: &'a Scope,
    now: UnixMs,
}

impl<'a> Shelf<'a> {
    /// Aliases first, then each provider's models by name.
    fn list(&self, of: Option<&'static Provider>) -> Vec<Listed<'a>> {
        let directory = &self.house.config.directory;
        let asked: Vec<&'static Provider> = match of {
            Some(provider) => vec![provider],
            None => directory.all().filter(|provider| self.is_paid(provider)).collect(),
        };
        let mut seen = BTreeSet::new();
        let mut listed = Vec::new();
        for name in
            self.routing.aliases.entries().map(|(written, _)| written).filter(|name| !name.contains('*'))
        {
            let (wanted, model) = match name.split_once(':') {
                Some((provider, model)) => (Some(provider), model),
                None => (None, name),
            };
            for provider in
                asked.iter().filter(|provider| wanted.is_none_or(|wanted| wanted == provider.name))
            {
                self.put(provider, model, &mut seen, &mut listed);
            }
        }
        for provider in &asked {
            // The offline models answer whoever is asked for them.
            let offline =
                directory.all().filter(|known| known.offline && of.is_some() && known.name != provider.name);
            for owner in std::iter::once(*provider).chain(offline) {
                let priced = self.prices.models(owner.name).filter(|id| self.is_current(owner, id));
                let names: BTreeSet<&str> = priced.chain(owner.example_models.iter().copied()).collect();
                for name in names {
                    self.put(provider, name, &mut seen, &mut listed);
                }
            }
        }
        listed
    }

    /// Lists a model if the token may ask this provider for it and something pays where it leads.
    fn put(
        &self,
        provider: &'static Provider,
        model: &str,
        seen: &mut BTreeSet<(String, &'static str)>,
        listed: &mut Vec<Listed<'a>>,
    ) {
        let asked = ModelRef { provider: provider.name, model: model.to_owned() };
        let Ok(resolved) = self.routing.aliases.resolve(&asked) else { return };
        let target = resolved.target;
        let Some(goes_to) = self.house.config.directory.find(target.provider) else { return };
        let price = self.prices.declared(target.provider, &target.model);
        // An alias that stays with the provider asked is of use only where that provider has such a model.
        let known = price.is_some() || goes_to.example_models.contains(&target.model.as_str());
        let may = self.scope.covers(&asked) || self.scope.covers(&target);
        if known && may && self.is_paid(goes_to) && seen.insert((asked.model.clone(), provider.name)) {
            listed.push(Listed { id: asked.model, provider, price });
        }
    }

    fn is_paid(&self, provider: &Provider) -> bool {
        provider.offline || self.routing.wallet.of(provider).next().is_some()
    }

    /// Generates text, and has not been shut down.
    fn is_current(&self, owner: &Provider, id: &str) -> bool {
        let today = self.now.rfc3339();
        self.prices.declared(owner.name, id).is_some_and(|price| {
            matches!(price.mode(), None | Some("responses"))
                && price.retires().is_none_or(|date| date > today.as_str())
        })
    }
}
