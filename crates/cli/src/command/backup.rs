//! `proxyagent backup` and `proxyagent restore`: a consistent copy of this machine's store, and back. Stored credentials
//! stay sealed in it; the master key is not in it.

use crate::console::{home, start_failure};
use crate::failure::CliError;
use crate::output::Answer;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Copy this machine's store to a file while it is in use; the master key is not in the copy
#[derive(Debug, clap::Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct Backup {
    /// The file to make; it must not be there yet
    file: PathBuf,
}

/// Put a backup in the place of this machine's store, which is kept beside it; the server must not run
#[derive(Debug, clap::Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct Restore {
    /// A file that `proxyagent backup` has made
    file: PathBuf,
}

impl Backup {
    pub(crate) fn run(self, vars: &BTreeMap<String, String>) -> Result<Answer, CliError> {
        let bytes = proxyagent_local_server::backup(&home(vars)?, &self.file)
            .map_err(|error| start_failure(&error, "no backup was made"))?;
        let file = self.file.display().to_string();
        Ok(Answer {
            json: json!({"file": file, "bytes": bytes}),
            text: format!("{file}\n"),
            quiet: vec![file],
            notes: vec![
                "save the master key too, elsewhere: without it the credentials in the backup do not open"
                    .to_owned(),
            ],
        })
    }
}

impl Restore {
    pub(crate) fn run(self, vars: &BTreeMap<String, String>) -> Result<Answer, CliError> {
        let kept = proxyagent_local_server::restore(&home(vars)?, &self.file)
            .map_err(|error| start_failure(&error, "nothing was restored"))?;
        let kept = kept.map(|path| path.display().to_string());
        let mut notes = vec!["the store is the backup's now".to_owned()];
        notes.extend(kept.as_ref().map(|path| format!("what was there before is in {path}")));
        Ok(Answer { json: json!({"restored": true, "before": kept}), notes, ..Answer::default() })
    }
}

const BACKUP_EXAMPLES: &str = "Examples:
  proxyagent backup proxyagent-2026-11-24.db
  proxyagent backup /mnt/backup/proxyagent.db --json
  proxyagent backup \"$(date +%F).db\"";
const RESTORE_EXAMPLES: &str = "Examples:
  proxyagent restore proxyagent-2026-11-24.db
  PROXYAGENT_HOME=/srv/proxyagent proxyagent restore /mnt/backup/proxyagent.db
  proxyagent restore /mnt/backup/proxyagent.db --json";
