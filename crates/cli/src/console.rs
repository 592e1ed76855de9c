//! One way to administer a proxy: the store on this machine, or any proxy over HTTP. Commands cannot tell which.

mod remote;

use crate::failure::{CliError, Kind};
use crate::output::{self, Shape};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use proxyagent_core::admin::{self, Admin};
use proxyagent_core::proxy::Proxy;
use proxyagent_core::secret::Secret;
use proxyagent_local_server::Native;
pub(crate) use remote::Remote;
pub(crate) use remote::base;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

/// What a management command speaks to.
pub(crate) enum Console {
    /// The store of this machine; no admin token is needed, because whoever can open its files owns it.
    Local(Arc<Proxy<Native>>),
    /// A running proxy, native or Worker.
    Remote(Box<Remote>),
}

/// Which proxy was meant, as given on the command line.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Target {
    /// The proxy at this URL [env: PROXYAGENT_PROXY]; without it, management is of this machine's store
    #[arg(long, visible_alias = "url", global = true, value_name = "URL", help_heading = "Which proxy")]
    pub(crate) proxy: Option<String>,
    /// The admin token for --proxy [env: PROXYAGENT_ADMIN_TOKEN]; `-` reads it from standard input
    #[arg(long, global = true, value_name = "TOKEN|-", help_heading = "Which proxy")]
    pub(crate) admin: Option<String>,
}

impl Console {
    /// The remote proxy if one is named by flag or environment, else the local store.
    ///
    /// # Errors
    /// A URL that is none, a missing admin token, a store that cannot be opened.
    pub(crate) async fn open(
        target: &Target,
        vars: &BTreeMap<String, String>,
        shape: Shape,
    ) -> Result<Self, CliError> {
        let named = target.proxy.as_ref().or_else(|| vars.get("PROXYAGENT_PROXY"));
        if let Some(url) = named.filter(|url| !url.is_empty()) {
            let base = base(url)?;
            let remote = Remote::new(base, Some(&admin_token(target, vars, url, shape)?))?;
            if remote.in_the_clear() {
                output::warn("the admin token travels unencrypted over http://; use https://", shape);
            }
            return Ok(Self::Remote(Box::new(remote)));
        }
        if target.admin.is_some() {
            return Err(CliError::new(Kind::Usage, "--admin is for a proxy named with --proxy URL")
                .help("leave --admin out to administer this machine's store"));
        }
        proxyagent_local_server::open(&home(vars)?, vars.clone())
            .await
            .map(Self::Local)
            .map_err(|error| start_failure(&error, "this machine's store cannot be opened"))
    }

    /// The console of a server in this process.
    pub(crate) fn local(proxy: Arc<Proxy<Native>>) -> Self {
        Self::Local(proxy)
    }

    /// Asks the admin API. `path` begins with `/admin/`; the answer is its JSON body.
    ///
    /// # Errors
    /// What the API refused, and why it could not be asked.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, CliError> {
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(unsendable)?;
        match self {
            Self::Local(proxy) => {
                let answer = admin::handle(proxy, Admin::local(), request).await;
                understand(answer.status(), answer.body(), "this machine's store")
            }
            Self::Remote(remote) => {
                let answer = remote.send(request).await?;
                understand(answer.status(), answer.body(), &remote.name())
            }
        }
    }
}

/// Where the store is: `PROXYAGENT_HOME`, else `~/.proxyagent`.
///
/// # Errors
/// Neither that nor the user's directory is known.
pub(crate) fn home(vars: &BTreeMap<String, String>) -> Result<PathBuf, CliError> {
    let set = |name: &str| vars.get(name).filter(|value| !value.is_empty());
    if let Some(home) = set("PROXYAGENT_HOME") {
        return Ok(PathBuf::from(home));
    }
    set("HOME").or_else(|| set("USERPROFILE")).map(|user| PathBuf::from(user).join(".proxyagent")).ok_or_else(
        || {
            CliError::new(Kind::Configuration, "it is not known where to keep the store: HOME is not set")
                .help("set PROXYAGENT_HOME to a directory")
        },
    )
}

/// A request that cannot be built.
pub(crate) fn unsendable(error: http::Error) -> CliError {
    CliError::new(Kind::Failed, "the request cannot be made").causes_of(&error)
}

/// One segment of a path, percent-encoded.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Why the native home did not start, with the exit code that fits.
pub(crate) fn start_failure(error: &proxyagent_local_server::StartError, what: &str) -> CliError {
    use proxyagent_local_server::StartError as Start;
    match error {
        Start::BadSettings(mistakes) => {
            mistakes.iter().fold(CliError::new(Kind::Configuration, what), CliError::cause)
        }
        Start::NotLoopback(_) => CliError::new(Kind::Configuration, what).causes_of(error),
        _ => CliError::new(Kind::Failed, what).causes_of(error),
    }
}

fn admin_token(
    target: &Target,
    vars: &BTreeMap<String, String>,
    url: &str,
    shape: Shape,
) -> Result<Secret, CliError> {
    let missing = || {
        CliError::new(Kind::Authentication, format!("{url} wants an admin token"))
            .help("set PROXYAGENT_ADMIN_TOKEN, or pipe it to --admin - ; on the proxy's host, `proxyagent admin-token` shows it")
    };
    let text = match target.admin.as_deref() {
        Some("-") => first_line_of_input()?,
        Some(text) => {
            output::warn(
                "--admin TOKEN can be read by every user of this machine; prefer --admin - or PROXYAGENT_ADMIN_TOKEN",
                shape,
            );
            text.to_owned()
        }
        None => match vars.get("PROXYAGENT_ADMIN_TOKEN") {
            Some(text) => text.clone(),
            None if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() => {
                rpassword::prompt_password("admin token: ").map_err(|_| missing())?
            }
            None => return Err(missing()),
        },
    };
    Secret::new(&text).ok_or_else(missing)
}

/// The first line of standard input: a token that was piped in.
pub(crate) fn first_line_of_input() -> Result<String, CliError> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| CliError::new(Kind::Failed, "standard input could not be read").causes_of(&error))?;
    Ok(line)
}

/// The admin API's answer, or the failure it describes.
fn understand(status: StatusCode, body: &[u8], whose: &str) -> Result<Value, CliError> {
    let value = if body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(body).ok() };
    match value {
        Some(value) if status.is_success() => Ok(value),
        Some(value) => match value.get("error") {
            Some(error) => {
                let said = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
                let message = said("message").unwrap_or_else(|| format!("{whose} answered {status}"));
                // Said to agents, who see upstreams' messages too; here it is clear who speaks.
                let message = message.strip_prefix("proxyagent: ").unwrap_or(&message);
                let failure = CliError::new(Kind::of_status(status), message).code(said("code"));
                Err(match status {
                    StatusCode::UNAUTHORIZED => {
                        failure.help("on the proxy's host, `proxyagent admin-token` shows it")
                    }
                    _ => failure,
                })
            }
            None => Err(foreign(status, whose)),
        },
        None => Err(foreign(status, whose)),
    }
}

fn foreign(status: StatusCode, whose: &str) -> CliError {
    CliError::new(Kind::Failed, format!("{whose} does not answer as a proxyagent does"))
        .cause(format!("its status was {status}"))
        .help("check the URL: the admin API is below it at /admin/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments() {
        for (text, encoded) in [
            ("tok_1", "tok_1"),
            ("anthropic:*", "anthropic%3A%2A"),
            ("a/b?c#d", "a%2Fb%3Fc%23d"),
            ("é ", "%C3%A9%20"),
            ("..", ".."),
        ] {
            assert_eq!(segment(text), encoded);
        }
    }

    #[test]
    fn answers() {
        let kind = |status: u16, body: &str| {
            understand(StatusCode::from_u16(status).unwrap(), body.as_bytes(), "x").map_err(|e| e.kind)
        };
        assert_eq!(kind(200, "{\"a\":1}"), Ok(serde_json::json!({"a": 1})));
        assert_eq!(kind(204, ""), Ok(Value::Null));
        assert_eq!(kind(404, r#"{"error":{"message":"there is no token x"}}"#), Err(Kind::NotFound));
        assert_eq!(kind(401, r#"{"error":{"message":"no"}}"#), Err(Kind::Authentication));
        assert_eq!(kind(404, "<html>nginx</html>"), Err(Kind::Failed));
        assert_eq!(kind(200, "<html>nginx</html>"), Err(Kind::Failed));
        assert_eq!(kind(404, "{\"detail\":\"Not Found\"}"), Err(Kind::Failed));
    }

    #[test]
    fn homes() {
        let vars = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(home(&vars(&[("PROXYAGENT_HOME", "/x"), ("HOME", "/h")])).unwrap(), PathBuf::from("/x"));
        assert_eq!(home(&vars(&[("HOME", "/h")])).unwrap(), PathBuf::from("/h/.proxyagent"));
        assert_eq!(home(&vars(&[])).unwrap_err().kind, Kind::Configuration);
    }
}
