//! `proxyagent prices [FIND]`, `prices set|rm|update`: what models cost.

use crate::console::{Console, segment};
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use crate::table::{Side, Table};
use crate::visible::visible;
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Show what models cost, and set prices of your own
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only models whose `provider:model` holds this text
    find: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(Box<Set>),
    Rm(Rm),
    Update(Update),
}

/// Set the price of a model, in dollars per million tokens
#[derive(Debug, clap::Args)]
#[command(after_help = SET_EXAMPLES)]
struct Set {
    /// `provider:model`, with `*` for any run of characters
    #[arg(value_name = "PROVIDER:MODEL")]
    name: String,
    /// Input
    #[arg(long = "in", value_name = "USD", value_parser = amount)]
    input: Value,
    /// Output
    #[arg(long = "out", value_name = "USD", value_parser = amount)]
    output: Value,
    /// Input read from a cache; without it, as input
    #[arg(long, value_name = "USD", value_parser = amount)]
    cache_read: Option<Value>,
    /// Input written to a cache; without it, as input
    #[arg(long, value_name = "USD", value_parser = amount)]
    cache_write: Option<Value>,
    /// Input written to a cache for an hour or more; without it, as --cache-write
    #[arg(long, value_name = "USD", value_parser = amount)]
    cache_write_long: Option<Value>,
    /// The most output tokens of one call, which a budget holds where the caller names no limit
    #[arg(long, value_name = "N")]
    max_output: Option<u64>,
}

/// Remove a price of your own, or with `*` the whole table that was put in
#[derive(Debug, clap::Args)]
#[command(after_help = RM_EXAMPLES)]
struct Rm {
    #[arg(value_name = "PROVIDER:MODEL")]
    name: String,
}

/// Put a whole table in the place of the one that ships
#[derive(Debug, clap::Args)]
#[command(after_help = UPDATE_EXAMPLES)]
struct Update {
    /// A table of the format proxyagent-prices/1
    #[arg(long, value_name = "PATH")]
    file: PathBuf,
}

#[derive(Deserialize)]
struct Shown {
    generated: String,
    replaced: bool,
    default_usd_per_million: Option<[f64; 2]>,
    own: Vec<Own>,
    prices: Vec<Listed>,
}

#[derive(Deserialize)]
struct Own {
    name: String,
    price: Value,
}

#[derive(Deserialize)]
struct Listed {
    provider: String,
    model: String,
    input_usd: f64,
    output_usd: f64,
    cache_read_usd: f64,
    cache_write_usd: f64,
}

impl Args {
    pub(crate) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        match self.command {
            None => show(console, self.find.as_deref()).await,
            Some(Command::Set(set)) => {
                let json = console.send(Method::PUT, &path(&set.name), Some(&set.row())).await?;
                let note = format!("{} has a price of your own from the next call on", set.name);
                Ok(Answer { json, quiet: vec![set.name], notes: vec![note], ..Answer::default() })
            }
            Some(Command::Rm(Rm { name })) => {
                let json = console.send(Method::DELETE, &path(&name), None).await?;
                let note = format!("the price {name} is removed");
                Ok(Answer { json, quiet: vec![name], notes: vec![note], ..Answer::default() })
            }
            Some(Command::Update(update)) => update.run(console).await,
        }
    }
}

impl Set {
    fn row(&self) -> Value {
        let mut row = Map::new();
        row.insert("in".to_owned(), self.input.clone());
        row.insert("out".to_owned(), self.output.clone());
        let further = [
            ("cr", self.cache_read.clone()),
            ("cw", self.cache_write.clone()),
            ("cwl", self.cache_write_long.clone()),
            ("max_out", self.max_output.map(|n| json!(n))),
        ];
        row.extend(further.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Value::Object(row)
    }
}

impl Update {
    async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let unreadable = |cause: String| {
            CliError::new(Kind::Usage, format!("{} is not a price table", self.file.display())).cause(cause)
        };
        let text = std::fs::read_to_string(&self.file).map_err(|error| unreadable(error.to_string()))?;
        let table: Value = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        let json = console.send(Method::PUT, "/admin/prices", Some(&table)).await?;
        let note = format!("the prices are those of {} from the next call on", self.file.display());
        let back = "the table that ships comes back with: proxyagent prices rm '*'".to_owned();
        Ok(Answer { json, notes: vec![note, back], ..Answer::default() })
    }
}

async fn show(console: &Console, find: Option<&str>) -> Result<Answer, CliError> {
    let path = match find {
        Some(text) => format!("/admin/prices?find={}", segment(text)),
        None => "/admin/prices".to_owned(),
    };
    let json = console.send(Method::GET, &path, None).await?;
    let shown: Shown = super::read(&json)?;
    let mut table = Table::new(&[
        ("MODEL", Side::Left),
        ("IN", Side::Right),
        ("OUT", Side::Right),
        ("CACHE READ", Side::Right),
        ("CACHE WRITE", Side::Right),
    ]);
    let usd = |amount: f64| format!("${amount}");
    let quiet = shown.prices.iter().map(|price| format!("{}:{}", price.provider, price.model)).collect();
    for price in &shown.prices {
        table.row([
            format!("{}:{}", price.provider, price.model),
            usd(price.input_usd),
            usd(price.output_usd),
            usd(price.cache_read_usd),
            usd(price.cache_write_usd),
        ]);
    }
    let whose = if shown.replaced { "your own table" } else { "the table that ships" };
    let mut notes = vec![format!("dollars per million tokens; {whose}, made {}", visible(&shown.generated))];
    notes.extend(shown.own.iter().map(|own| format!("your own: {} {}", visible(&own.name), own.price)));
    notes.push(match shown.default_usd_per_million {
        Some([input, output]) => format!("a model without a price costs ${input} in, ${output} out"),
        None => "a model without a price is refused for tokens with a budget".to_owned(),
    });
    Ok(Answer { text: table.render(), quiet, notes, json })
}

/// Exactly as it is written: prices are no floats.
fn amount(text: &str) -> Result<Value, String> {
    let number: serde_json::Number =
        text.strip_prefix('$').unwrap_or(text).parse().map_err(|_| "write dollars: 5, 0.25".to_owned())?;
    if number.as_f64().is_some_and(|n| n >= 0.0) {
        Ok(Value::Number(number))
    } else {
        Err("a price is not negative".to_owned())
    }
}

fn path(name: &str) -> String {
    format!("/admin/prices/{}", segment(name))
}

const EXAMPLES: &str = "Examples:
  proxyagent prices claude-opus
  proxyagent prices set openai:my-model --in 1 --out 5
  proxyagent prices update --file prices.json";
const SET_EXAMPLES: &str = "Examples:
  proxyagent prices set openai:my-model --in 1 --out 5
  proxyagent prices set 'groq:*' --in 0.6 --out 0.8 --max-output 32768
  proxyagent --proxy https://proxy.example.com prices set openai:my-model --in 1 --out 5";
const RM_EXAMPLES: &str = "Examples:
  proxyagent prices rm openai:my-model
  proxyagent prices rm '*'
  proxyagent --proxy https://proxy.example.com prices rm openai:my-model";
const UPDATE_EXAMPLES: &str = "Examples:
  proxyagent prices update --file prices.json
  proxyagent prices update --file prices.json --json
  proxyagent --proxy https://proxy.example.com prices update --file prices.json";
