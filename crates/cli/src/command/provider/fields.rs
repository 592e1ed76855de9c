//! The flags of `provider add` and `provider replace`: one for each field of each kind, made of the kinds' own table. A
//! secret comes by hidden prompt, from standard input (`-`) or from a file; on the command line it is taken, with a
//! warning.

use crate::console::first_line_of_input;
use crate::failure::{CliError, Kind};
use crate::output::{self, Shape};
use clap::{Arg, ArgMatches, Command, FromArgMatches};
use proxyagent_core::kind::{Field, KINDS, Kind as CredentialKind};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};

/// The values that were given, by field.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    given: BTreeMap<String, Source>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// On the command line.
    Text(String),
    /// The first line of standard input.
    Input,
    File(String),
}

impl Fields {
    /// The body's `fields`. What is required and missing is asked for at a terminal.
    ///
    /// # Errors
    /// A flag of another kind, a file or an input that cannot be read, a required field that is nowhere.
    pub(super) fn read(
        self,
        kind: &CredentialKind,
        ask: bool,
        shape: Shape,
    ) -> Result<Map<String, Value>, CliError> {
        if let Some(name) = self.given.keys().find(|name| !kind.fields.iter().any(|f| f.name == **name)) {
            let flags: Vec<String> = kind.fields.iter().map(|field| format!("--{}", flag(field))).collect();
            return Err(CliError::new(
                Kind::Usage,
                format!("a credential of kind {} has no {}", kind.name, name.replace('_', "-")),
            )
            .help(format!("it has {}", flags.join(", "))));
        }
        if self.given.values().filter(|source| **source == Source::Input).count() > 1 {
            return Err(CliError::new(Kind::Usage, "only one value can come from standard input")
                .help("give the others with --…-file FILE"));
        }
        let mut fields = Map::new();
        for field in kind.fields {
            let value = match self.given.get(field.name) {
                Some(source) => Some(source.read(field, shape)?),
                None if ask && field.required => Some(prompt(field)?),
                None => None,
            };
            if let Some(value) = value {
                fields.insert(field.name.to_owned(), value.into());
            }
        }
        Ok(fields)
    }
}

impl Source {
    fn read(&self, field: &Field, shape: Shape) -> Result<String, CliError> {
        match self {
            Self::Input if field.name.ends_with("account") => {
                let mut all = String::new();
                std::io::stdin().lock().read_to_string(&mut all).map_err(unread("standard input"))?;
                Ok(all)
            }
            Self::Input => first_line_of_input(),
            Self::File(path) => std::fs::read_to_string(path).map_err(unread(path)),
            Self::Text(text) => {
                if field.secret {
                    output::warn(
                        &format!(
                            "--{0} can be read by every user of this machine; prefer --{0} - or --{0}-file FILE",
                            flag(field)
                        ),
                        shape,
                    );
                }
                Ok(text.clone())
            }
        }
    }
}

fn unread(what: &str) -> impl FnOnce(std::io::Error) -> CliError {
    let what = what.to_owned();
    move |error| CliError::new(Kind::Usage, format!("{what} could not be read")).causes_of(&error)
}

fn prompt(field: &Field) -> Result<String, CliError> {
    let missing = || {
        CliError::new(Kind::Usage, format!("{} is missing: {}", field.label, field.help))
            .help(format!("pipe it to --{0} - or name a file with --{0}-file FILE", flag(field)))
    };
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(missing());
    }
    let question = format!("{}: ", field.label);
    if field.secret {
        return rpassword::prompt_password(question).map_err(|_| missing());
    }
    output::say(&question);
    first_line_of_input()
}

/// A field's flag. The first secret of a key has the short name that everyone expects.
fn flag(field: &Field) -> String {
    match field.name {
        "secret" => "key".to_owned(),
        name => name.replace('_', "-"),
    }
}

/// Every field of every kind, once.
fn all() -> Vec<&'static Field> {
    let mut fields: Vec<&Field> = Vec::new();
    for field in KINDS.iter().flat_map(|kind| kind.fields) {
        if !fields.iter().any(|known| known.name == field.name) {
            fields.push(field);
        }
    }
    fields
}

impl clap::Args for Fields {
    fn augment_args(mut command: Command) -> Command {
        for field in all() {
            let kinds: Vec<&str> = KINDS
                .iter()
                .filter(|kind| kind.fields.iter().any(|other| other.name == field.name))
                .map(|kind| kind.name)
                .collect();
            let of =
                if kinds.len() == KINDS.len() { String::new() } else { format!(" [{}]", kinds.join(", ")) };
            let value = if field.secret { "VALUE|-" } else { "VALUE" };
            command = command.arg(
                Arg::new(field.name)
                    .long(flag(field))
                    .value_name(value)
                    .help(format!("{}{of}", capitalised(field.help)))
                    .help_heading("The credential"),
            );
            if field.secret {
                command = command.arg(
                    Arg::new(format!("{}_file", field.name))
                        .long(format!("{}-file", flag(field)))
                        .value_name("FILE")
                        .conflicts_with(field.name)
                        .help(format!("The same from a file{of}"))
                        .help_heading("The credential"),
                );
            }
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Fields {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut fields = Self::default();
        fields.update_from_arg_matches(matches)?;
        Ok(fields)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for field in all() {
            let text = |id: &str| matches.try_get_one::<String>(id).ok().flatten().cloned();
            let source = match (text(field.name), text(&format!("{}_file", field.name))) {
                (Some(text), _) if text == "-" => Source::Input,
                (Some(text), _) => Source::Text(text),
                (None, Some(path)) => Source::File(path),
                (None, None) => continue,
            };
            self.given.insert(field.name.to_owned(), source);
        }
        Ok(())
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        fields: Fields,
    }

    fn read(line: &str) -> Result<Map<String, Value>, Kind> {
        let parsed = Line::try_parse_from(line.split(' ')).map_err(|_| Kind::Usage)?;
        let kind = proxyagent_core::kind::find("api_key").unwrap();
        parsed.fields.read(kind, false, Shape::Json).map_err(|error| error.kind)
    }

    #[test]
    fn values_come_from_the_line_or_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "sk-file\n").unwrap();
        let path = file.path().display();
        assert_eq!(read("x").unwrap().len(), 0);
        assert_eq!(read("x --key sk-1 --endpoint https://h").unwrap()["endpoint"], "https://h");
        assert_eq!(read(&format!("x --key-file {path}")).unwrap()["secret"], "sk-file\n");
        assert_eq!(read(&format!("x --key a --key-file {path}")), Err(Kind::Usage));
        assert_eq!(read("x --key-file /nowhere"), Err(Kind::Usage));
        assert_eq!(read("x --colour red"), Err(Kind::Usage));
    }
}
