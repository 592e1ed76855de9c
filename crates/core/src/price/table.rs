//! All known prices, and how a provider's model finds its row: exact id, alias, declared expression, longest declared
//! glob, then the same without the date. Never a bare prefix. Rows are read when they are first asked for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::model_name::{Pattern, canonical, glob, without_date};
use super::row::Price;
use crate::decimal::{Rounding, scaled};

/// All known prices.
#[derive(Default)]
pub struct PriceTable {
    outline: OnceLock<Outline>,
}

/// Where prices come from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Source {
    pub name: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub licence: String,
}

/// Why a price table is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("the price table is not what it should be: {0}")]
    Shape(String),
    #[error("price of {provider}:{model}: {reason}")]
    Row { provider: String, model: String, reason: String },
}

impl PriceTable {
    /// The table that ships with the proxy. Nothing is read before the first question.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// A table that takes the built-in one's place. Every row is read at once. The mock provider's prices are added
    /// where it has none.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let mut outline = Self::checked(text)?;
        outline.adopt(Outline::read(MOCK)?);
        Ok(Self::of(outline))
    }

    /// A table beside another, with nothing added.
    pub fn parse_alone(text: &str) -> Result<Self, PriceError> {
        Self::checked(text).map(Self::of)
    }

    fn of(outline: Outline) -> Self {
        let table = Self::default();
        table.outline.get_or_init(|| outline);
        table
    }

    fn checked(text: &str) -> Result<Outline, PriceError> {
        let outline = Outline::read(text)?;
        for (name, provider) in &outline.providers {
            provider.check().map_err(|(model, reason)| PriceError::Row {
                provider: name.clone(),
                model,
                reason,
            })?;
        }
        Ok(outline)
    }

    /// The date the table was made, `2026-11-23`.
    pub fn generated(&self) -> &str {
        &self.outline().generated
    }

    /// The data sets it was made from.
    pub fn sources(&self) -> &[Source] {
        &self.outline().sources
    }

    /// The providers that have prices.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.outline().providers.keys().map(String::as_str)
    }

    /// The row ids of a provider.
    pub fn models(&self, provider: &str) -> impl Iterator<Item = &str> {
        self.provider(provider).into_iter().flat_map(|rows| rows.rows.iter().map(|row| row.id.as_str()))
    }

    /// The price of a model, however it is spelt; `None` where nobody has declared one.
    pub fn find(&self, provider: &str, model: &str) -> Option<&Price> {
        let rows = self.provider(provider)?;
        let model = canonical(model);
        let bare = model.strip_prefix("models/").unwrap_or(&model);
        let bare = bare
            .split_once('/')
            .filter(|(prefix, _)| prefix.eq_ignore_ascii_case(provider.trim()))
            .map_or(bare, |(_, rest)| rest);
        [Some(model.as_str()), Some(bare), without_date(&model), without_date(bare)]
            .into_iter()
            .flatten()
            .find_map(|name| rows.matching(name))
            .and_then(|row| row.price(rows.search))
    }

    fn outline(&self) -> &Outline {
        self.outline.get_or_init(|| {
            // A test reads every row of both; an unreadable table would know no price, and so refuse.
            let mut outline = Outline::read(CORE).unwrap_or_default();
            outline.adopt(Outline::read(MOCK).unwrap_or_default());
            outline
        })
    }

    fn provider(&self, name: &str) -> Option<&Rows> {
        let provider = self.outline().providers.get(canonical(name).as_str())?;
        Some(provider.rows.get_or_init(|| Rows::read(&provider.models).unwrap_or_default()))
    }
}

/// The table with its rows unread.
#[derive(Default)]
struct Outline {
    generated: String,
    sources: Vec<Source>,
    providers: BTreeMap<String, Provider>,
}

#[derive(Deserialize)]
struct Provider {
    models: Box<RawValue>,
    #[serde(skip)]
    rows: OnceLock<Rows>,
}

/// One provider's rows and the ways to them. The numbers are places in `rows`.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    exact: BTreeMap<String, usize>,
    aliases: BTreeMap<String, usize>,
    patterns: Vec<(Pattern, usize)>,
    /// The longest first.
    globs: Vec<(String, usize)>,
    /// The dearest web search of the provider, for rows that do not state one.
    search: Option<u64>,
}

struct Row {
    id: String,
    raw: Box<RawValue>,
    price: OnceLock<Option<Price>>,
}

/// The names of a row.
#[derive(Deserialize)]
struct Names<'a> {
    #[serde(default)]
    alias: Vec<String>,
    #[serde(default)]
    glob: Vec<String>,
    #[serde(default)]
    re: Vec<String>,
    #[serde(borrow, default)]
    search_k: Option<&'a RawValue>,
}

impl Outline {
    fn read(text: &str) -> Result<Self, PriceError> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            schema: Option<String>,
            #[serde(default)]
            generated: String,
            #[serde(default)]
            sources: BTreeMap<String, Source>,
            providers: BTreeMap<String, Provider>,
        }
        let file: File = serde_json::from_str(text).map_err(|error| PriceError::Shape(error.to_string()))?;
        if let Some(schema) = file.schema.filter(|schema| schema != SCHEMA) {
            return Err(PriceError::Shape(format!("schema is {schema:?}, this version reads {SCHEMA:?}")));
        }
        let providers =
            file.providers.into_iter().map(|(name, provider)| (canonical(&name), provider)).collect();
        Ok(Self { generated: file.generated, sources: file.sources.into_values().collect(), providers })
    }

    fn adopt(&mut self, other: Self) {
        for (name, provider) in other.providers {
            self.providers.entry(name).or_insert(provider);
        }
    }
}

impl Provider {
    /// Reads every row; an error is the model and the reason.
    fn check(&self) -> Result<(), (String, String)> {
        let rows = Rows::read(&self.models)?;
        for row in &rows.rows {
            Price::read(&row.raw, rows.search).map_err(|reason| (row.id.clone(), reason))?;
        }
        Ok(())
    }
}

impl Rows {
    fn read(models: &RawValue) -> Result<Self, (String, String)> {
        let models: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(models.get()).map_err(|error| ("*".to_owned(), error.to_string()))?;
        let mut out = Self::default();
        for (place, (id, raw)) in models.into_iter().enumerate() {
            let names: Names<'_> =
                serde_json::from_str(raw.get()).map_err(|error| (id.clone(), error.to_string()))?;
            out.exact.entry(canonical(&id)).or_insert(place);
            for alias in &names.alias {
                out.aliases.entry(canonical(alias)).or_insert(place);
            }
            for text in &names.re {
                let pattern = Pattern::parse(text)
                    .ok_or_else(|| (id.clone(), format!("the expression {text:?} is not supported")))?;
                out.patterns.push((pattern, place));
            }
            out.globs.extend(names.glob.iter().map(|pattern| (canonical(pattern), place)));
            let search = names.search_k.and_then(|raw| scaled(raw.get(), 9, Rounding::Up));
            out.search = out.search.max(search);
            out.rows.push(Row { id, raw, price: OnceLock::new() });
        }
        out.globs.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
        Ok(out)
    }

    fn matching(&self, name: &str) -> Option<&Row> {
        let pattern =
            || self.patterns.iter().find(|(pattern, _)| pattern.matches(name)).map(|(_, place)| place);
        let globbed = || self.globs.iter().find(|(pattern, _)| glob(pattern, name)).map(|(_, place)| place);
        let place =
            self.exact.get(name).or_else(|| self.aliases.get(name)).or_else(pattern).or_else(globbed)?;
        self.rows.get(*place)
    }
}

impl Row {
    fn price(&self, search: Option<u64>) -> Option<&Price> {
        self.price.get_or_init(|| Price::read(&self.raw, search).unwrap_or_default()).as_ref()
    }
}

const SCHEMA: &str = "proxyagent-prices/1";
/// Made from the data sets named in THIRD_PARTY.md.
const CORE: &str = include_str!("../../prices/prices.core.json");
/// The offline provider: free, and a paid model to try budgets with.
const MOCK: &str = include_str!("../../prices/prices.mock.json");

#[cfg(test)]
mod tests;
