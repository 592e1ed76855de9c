//! This machine's own proxy: settings, store, admin token, provider keys. What is not there is not made.

use super::check::{Check, Status};
use crate::console::{Console, Target, home};
use crate::output::Shape;
use http::Method;
use proxyagent_core::settings::Config;
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(super) async fn look(vars: &BTreeMap<String, String>, proxy_named: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    let config = match Config::resolve(&proxyagent_local_server::without_passphrase(vars)) {
        Ok(config) => {
            checks.push(Check::ok("settings", "every PROXYAGENT_* variable is known and valid"));
            Some(config)
        }
        Err(mistakes) => {
            let help = "correct or unset them; the README lists every setting";
            checks.push(Check::fail("settings", mistakes.join("; "), help));
            None
        }
    };
    let home = match home(vars) {
        Ok(home) => home,
        Err(error) => {
            checks.push(Check::failed("store", &error));
            return checks;
        }
    };
    if !home.join(DATABASE).exists() {
        checks.push(match proxy_named {
            true => Check::ok("store", "none on this machine; it uses a proxy elsewhere"),
            false => Check::warn(
                "store",
                format!("none in {} yet", home.display()),
                "`proxyagent serve` makes it; or name a proxy with --proxy URL",
            ),
        });
        return checks;
    }
    let files = files(&home);
    let private = files.status == Status::Ok;
    checks.push(files);
    if let Some(config) = config {
        checks.push(admin_token(&home, vars));
        // Opening would make the files private, which is not ours to do here.
        if private {
            checks.push(store(vars).await);
        }
        checks.push(provider_keys(&config));
    }
    checks
}

/// Who else can read or change what the store holds.
fn files(home: &Path) -> Check {
    let mode = |path: &Path| std::fs::metadata(path).map(|data| data.permissions().mode() & 0o7777);
    let entries: Vec<_> = match std::fs::read_dir(home) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect(),
        Err(error) => {
            return Check::fail(
                "files",
                format!("{}: {error}", home.display()),
                "run it as the store's owner",
            );
        }
    };
    if mode(home).is_ok_and(|mode| mode & 0o022 != 0 && mode & 0o1000 == 0) {
        let help = format!("chmod 700 {}", home.display());
        return Check::fail("files", format!("others can change {}", home.display()), help);
    }
    match entries.iter().find(|path| mode(path).is_ok_and(|mode| mode & 0o077 != 0)) {
        Some(path) => {
            let help = format!("chmod 600 {}", path.display());
            Check::fail("files", format!("others can read {}", path.display()), help)
        }
        None => Check::ok("files", format!("{} is private", home.display())),
    }
}

fn admin_token(home: &Path, vars: &BTreeMap<String, String>) -> Check {
    if vars.get("PROXYAGENT_ADMIN_TOKEN").is_some_and(|text| !text.trim().is_empty()) {
        return Check::ok("admin token", "from PROXYAGENT_ADMIN_TOKEN");
    }
    match home.join("admin-token").exists() {
        true => Check::ok("admin token", "in its file"),
        false => Check::warn("admin token", "none yet", "`proxyagent admin-token` makes and shows it"),
    }
}

async fn store(vars: &BTreeMap<String, String>) -> Check {
    // The store of this machine, whatever proxy the environment names.
    let mut vars = vars.clone();
    vars.remove("PROXYAGENT_PROXY");
    let listing = async {
        let console = Console::open(&Target::default(), &vars, Shape::Json).await?;
        console.send(Method::GET, "/admin/tokens", None).await
    };
    match listing.await {
        Ok(listing) => {
            let count = listing.get("tokens").and_then(Value::as_array).map_or(0, Vec::len);
            Check::ok("store", format!("opens; machine tokens: {count}"))
        }
        Err(error) => Check::failed("store", &error),
    }
}

fn provider_keys(config: &Config) -> Check {
    let names: Vec<&str> = config.credentials().iter().map(|credential| credential.provider.name).collect();
    match names.is_empty() {
        false => Check::ok("provider keys", format!("in the environment: {}", names.join(", "))),
        true => Check::warn(
            "provider keys",
            "none in this environment, so a proxy started from it answers with the mock only",
            "set ANTHROPIC_API_KEY, OPENAI_API_KEY, … where `proxyagent serve` is started",
        ),
    }
}

const DATABASE: &str = "proxyagent.db";
