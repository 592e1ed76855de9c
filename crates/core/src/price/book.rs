//! The prices in force: the operator's own before those that ship with the proxy, and what a model costs that nobody
//! has a price for. Every call keeps the book it was held at until it is settled.

use super::row::Price;
use super::table::{PriceError, PriceTable};
use crate::money::Nano;
use crate::time::UnixMs;
use crate::usage::Reading;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Layers of price tables; the first that knows a model says what it costs.
pub struct PriceBook {
    layers: Vec<PriceTable>,
    /// For models without a price.
    default: Option<Price>,
    /// Of the stored prices among them.
    version: i64,
}

/// Prices as settings and the store have them, not yet read together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct OwnPrices {
    /// A JSON text of the form [`PriceBook::read`] takes.
    pub settings: Option<String>,
    pub default: Option<String>,
}

/// The operator's rows in the store, by name; [`WHOLE`] names a whole table.
pub type Stored = BTreeMap<String, String>;

/// The prices that ship with the proxy.
impl Default for PriceBook {
    fn default() -> Self {
        Self { layers: vec![PriceTable::builtin()], default: None, version: 0 }
    }
}

impl PriceBook {
    /// The book made of the settings and of what is stored.
    ///
    /// # Errors
    /// What is wrong with any of it.
    pub fn open(own: &OwnPrices, stored: &Stored, version: i64) -> Result<Self, PriceError> {
        let mut layers = Vec::new();
        let rows: Vec<(&str, &str)> =
            stored.iter().filter(|(name, _)| *name != WHOLE).map(|(n, p)| (n.as_str(), p.as_str())).collect();
        if !rows.is_empty() {
            layers.push(named(&rows)?);
        }
        if let Some(text) = &own.settings {
            layers.push(Self::read(text)?);
        }
        layers.push(match stored.get(WHOLE) {
            Some(text) => PriceTable::parse(text)?,
            None => PriceTable::builtin(),
        });
        let default = own.default.as_deref().map(Self::flat).transpose()?;
        Ok(Self { layers, default, version })
    }

    /// Reads `PROXYAGENT_PRICING`: a table of the format `proxyagent-prices/1`, or an object of `provider:model` (with
    /// `*` for any run of characters) and rows, or `[in, out]`.
    ///
    /// # Errors
    /// What is wrong.
    pub fn read(text: &str) -> Result<PriceTable, PriceError> {
        let object: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(text).map_err(|error| PriceError::Shape(error.to_string()))?;
        if object.contains_key("providers") {
            return PriceTable::parse_alone(text);
        }
        let rows: Vec<(&str, &str)> = object.iter().map(|(name, raw)| (name.as_str(), raw.get())).collect();
        named(&rows)
    }

    /// Reads a default: `IN/OUT` in dollars per million tokens.
    ///
    /// # Errors
    /// How to write it.
    pub fn flat(text: &str) -> Result<Price, PriceError> {
        let wrong = || PriceError::Shape(format!("{text:?} is not IN/OUT in dollars per million tokens"));
        let (input, output) = text.split_once('/').ok_or_else(wrong)?;
        let rates = [input, output].map(|rate| rate.trim().parse::<serde_json::Number>().ok());
        let [Some(input), Some(output)] = rates else { return Err(wrong()) };
        let row = json!({"in": input, "out": output}).to_string();
        let raw: Box<RawValue> = serde_json::from_str(&row).map_err(|_| wrong())?;
        Price::read(&raw, None).ok().flatten().ok_or_else(wrong)
    }

    /// The table below the operator's own.
    pub fn base(&self) -> Option<&PriceTable> {
        self.layers.last()
    }

    /// The version of the stored prices in it.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The price of a model, however it is spelt; the default where nobody has declared one, `None` without a default.
    pub fn find(&self, provider: &str, model: &str) -> Option<&Price> {
        self.declared(provider, model).or(self.default.as_ref())
    }

    /// The price that somebody has declared.
    pub fn declared(&self, provider: &str, model: &str) -> Option<&Price> {
        self.layers.iter().find_map(|layer| layer.find(provider, model))
    }

    /// The model ids of a provider, patterns left out.
    pub fn models(&self, provider: &str) -> impl Iterator<Item = &str> {
        self.layers.iter().flat_map(move |layer| layer.models(provider)).filter(|id| !id.contains('*'))
    }

    /// The providers that have prices, each at least once.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.layers.iter().flat_map(PriceTable::providers)
    }

    /// What a reading costs, its asides (other models inside the same call) included. `None` when one of the prices is
    /// not known.
    pub fn cost(&self, provider: &str, model: &str, reading: &Reading, when: UnixMs) -> Option<Nano> {
        let own = self.find(provider, model)?.cost(reading, when);
        reading.asides.iter().try_fold(own, |sum, aside| {
            let price = self.find(provider, &aside.model)?;
            Some(sum + price.usage_cost(&aside.usage, None, reading.geo.as_deref(), when))
        })
    }
}

/// A table of rows named `provider:model`.
fn named(rows: &[(&str, &str)]) -> Result<PriceTable, PriceError> {
    let mut providers: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (name, text) in rows {
        let wrong = |reason: &str| PriceError::Shape(format!("{name:?} {reason}"));
        let (provider, model) =
            name.split_once(':').ok_or_else(|| wrong("is not a price's name: write provider:model"))?;
        if provider.is_empty() || model.is_empty() {
            return Err(wrong("is not a price's name: write provider:model"));
        }
        let mut row: Value = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        if let Value::Array(pair) = &row {
            let [input, output] = pair.as_slice() else { return Err(wrong("must be a row or [in, out]")) };
            row = json!({"in": input, "out": output});
        }
        let Value::Object(fields) = &mut row else { return Err(wrong("must be a row or [in, out]")) };
        if model.contains('*') {
            fields.insert("glob".to_owned(), json!([model]));
        }
        let models = providers.entry(provider).or_default();
        models.insert(model.to_owned(), row);
    }
    let providers: Map<String, Value> =
        providers.into_iter().map(|(name, models)| (name.to_owned(), json!({ "models": models }))).collect();
    PriceTable::parse_alone(&json!({ "providers": providers }).to_string())
}

/// The name of a whole table among the stored prices.
pub const WHOLE: &str = "*";

#[cfg(test)]
mod tests {
    use super::*;

    fn book(settings: Option<&str>, default: Option<&str>, stored: &[(&str, &str)]) -> PriceBook {
        let own = OwnPrices { settings: settings.map(str::to_owned), default: default.map(str::to_owned) };
        let stored = stored.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        PriceBook::open(&own, &stored, 7).unwrap()
    }

    /// Dollars for a million tokens in and out.
    fn rates(book: &PriceBook, provider: &str, model: &str) -> Option<(i64, i64)> {
        let rates = book.find(provider, model)?.rates_per_million();
        Some((rates.input.0 / 1_000_000_000, rates.output.0 / 1_000_000_000))
    }

    #[test]
    fn the_operator_s_prices_come_first() {
        let settings = r#"{"openai:gpt-x": {"in": 3, "out": 7}, "openai:local-*": [1, 2], "anthropic:claude-opus-5-5": [9, 9]}"#;
        let plain = book(Some(settings), None, &[]);
        for (provider, model, want) in [
            ("openai", "gpt-x", Some((3, 7))),
            ("OpenAI", "GPT-X-2026-01-01", Some((3, 7))),
            ("openai", "local-llama", Some((1, 2))),
            ("anthropic", "claude-opus-5-5", Some((9, 9))),
            ("anthropic", "claude-sonnet-5-5", Some((2, 10))),
            ("mock", "mock-paid", Some((10, 50))),
            ("openai", "nobody-knows", None),
        ] {
            assert_eq!(rates(&plain, provider, model), want, "{provider}:{model}");
        }
        let stored = [("openai:gpt-x", r#"{"in": 4, "out": 8}"#), ("groq:*", "[5, 6]")];
        let over = book(Some(settings), Some("20/30"), &stored);
        assert_eq!(rates(&over, "openai", "gpt-x"), Some((4, 8)));
        assert_eq!(rates(&over, "groq", "whatever"), Some((5, 6)));
        assert_eq!(rates(&over, "openai", "nobody-knows"), Some((20, 30)));
        assert!(over.declared("openai", "nobody-knows").is_none());
        assert_eq!(over.version(), 7);
        assert!(over.models("groq").all(|id| !id.contains('*')));
    }

    #[test]
    fn a_stored_table_takes_the_place_of_the_built_in_one() {
        let table = r#"{"schema": "proxyagent-prices/1", "generated": "2027-01-01", "providers": {"openai": {"models": {"only": {"in": 1, "out": 1}}}}}"#;
        let book = book(None, None, &[(WHOLE, table)]);
        assert_eq!(rates(&book, "openai", "only"), Some((1, 1)));
        assert_eq!(rates(&book, "anthropic", "claude-opus-5-5"), None);
        assert_eq!(rates(&book, "mock", "mock-paid"), Some((10, 50)));
        assert_eq!(book.base().map(PriceTable::generated), Some("2027-01-01"));
    }

    #[test]
    fn mistakes_are_named() {
        for text in [
            "[]",
            "{",
            r#"{"gpt-x": [1, 2]}"#,
            r#"{"openai:": [1, 2]}"#,
            r#"{"openai:x": [1]}"#,
            r#"{"openai:x": 1}"#,
            r#"{"openai:x": {"in": -1}}"#,
            r#"{"openai:x": {}}"#,
        ] {
            assert!(PriceBook::read(text).is_err(), "{text}");
        }
        for text in ["", "5", "a/b", "-1/2", "1/2/3"] {
            assert!(PriceBook::flat(text).is_err(), "{text}");
        }
    }
}
