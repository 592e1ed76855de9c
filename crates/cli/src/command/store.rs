//! `proxyagent store migrate`: moves this machine's store to a database that several instances can share.

use crate::console::{first_line_of_input, home, start_failure};
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use crate::table::{Side, Table};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Look after the store
#[derive(Debug, clap::Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    Migrate(Migrate),
}

/// Copy a SQLite store into an empty PostgreSQL database
///
/// Everything is copied or nothing is. The file is left as it was; stop the server that uses it first, or what it
/// writes afterwards is not copied.
#[derive(Debug, clap::Args)]
#[command(after_help = MIGRATE_EXAMPLES)]
pub(crate) struct Migrate {
    /// The SQLite file; without it, the one in PROXYAGENT_HOME
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The database, postgres://…; `-` reads the URL from standard input [env: PROXYAGENT_DATABASE_URL]
    #[arg(long, value_name = "URL|-")]
    to: Option<String>,
}

impl Command {
    pub(crate) async fn run(self, vars: &BTreeMap<String, String>) -> Result<Answer, CliError> {
        let Self::Migrate(args) = self;
        args.run(vars).await
    }
}

impl Migrate {
    async fn run(self, vars: &BTreeMap<String, String>) -> Result<Answer, CliError> {
        let from = match self.from {
            Some(file) => file,
            None => home(vars)?.join("proxyagent.db"),
        };
        let to = match self.to.as_deref() {
            Some("-") => first_line_of_input()?,
            Some(url) => url.to_owned(),
            None => vars.get("PROXYAGENT_DATABASE_URL").cloned().unwrap_or_default(),
        };
        if to.trim().is_empty() {
            return Err(CliError::new(Kind::Usage, "it is not said where to")
                .help("give --to postgres://USER@HOST/DATABASE, or set PROXYAGENT_DATABASE_URL"));
        }
        let copied = proxyagent_local_server::copy_store(&from, to.trim())
            .await
            .map_err(|error| start_failure(&error, "the store was not moved; nothing was written"))?;
        let mut table = Table::new(&[("TABLE", Side::Left), ("ROWS", Side::Right)]);
        let mut json = Map::new();
        for (name, rows) in &copied {
            table.row([name.clone(), rows.to_string()]);
            json.insert(name.clone(), (*rows).into());
        }
        Ok(Answer {
            json: Value::Object(json),
            text: table.render(),
            quiet: Vec::new(),
            notes: vec!["start the server with PROXYAGENT_DATABASE_URL; the file is as it was".to_owned()],
        })
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent store migrate --to postgres://proxyagent@db.example.com/proxyagent
  proxyagent store migrate --to - < database-url
  proxyagent store migrate --from backup/proxyagent.db --to -";

const MIGRATE_EXAMPLES: &str = EXAMPLES;
