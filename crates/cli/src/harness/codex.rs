//! Codex. It takes no base URL from the environment, but any setting by `-c`, which wins over the user's config.toml.

use super::{Harness, Launch, Place, Setup, Value, Wish};
use proxyagent_core::dialect::Dialect;
use serde_json::json;

pub(super) static CODEX: Harness = Harness {
    name: "codex",
    label: "Codex",
    program: "codex",
    install: "npm install -g @openai/codex",
    dialect: Dialect::Responses,
    launch,
    setup,
};

fn launch(wish: &Wish<'_>) -> Launch {
    let mut launch = Launch::default();
    if wish.goal.is_some() {
        launch.arguments(["exec", "--skip-git-repo-check"]);
    }
    launch.arguments(["-c", "model_provider=\"proxyagent\""]);
    let provider: Vec<String> =
        provider(&wish.place).iter().map(|(name, value)| format!("{name}={value}")).collect();
    launch.arguments(["-c", &format!("model_providers.proxyagent={{{}}}", provider.join(","))]);
    launch.arguments(["-c", "analytics.enabled=false"]);
    if wish.goal.is_some() {
        // Plugins are fetched from elsewhere before the first word is said.
        launch.arguments(["-c", "features.plugins=false"]);
    }
    if let Some(model) = wish.place.model {
        launch.arguments(["--model", model]);
    }
    if wish.skip_permissions {
        // Nothing is asked; its sandbox stays.
        launch.arguments(["-c", "approval_policy=\"never\"", "--sandbox", "workspace-write"]);
    }
    launch.extra(wish);
    if let Some(goal) = wish.goal {
        launch.arguments(["--", goal]);
    }
    launch
}

fn setup(place: &Place<'_>) -> Setup {
    let mut file = String::new();
    if let Some(model) = place.model {
        file.push_str(&format!("model = {}\n", json!(model)));
    }
    file.push_str("model_provider = \"proxyagent\"\n\n[model_providers.proxyagent]\n");
    for (name, value) in provider(place) {
        file.push_str(&format!("{name} = {value}\n"));
    }
    Setup {
        variables: vec![(TOKEN, Value::Token)],
        unset: &[],
        file: Some(("~/.codex/config.toml", file)),
        start: "codex".to_owned(),
    }
}

/// The provider table, values in TOML. (A JSON string is one in TOML too.)
fn provider(place: &Place<'_>) -> [(&'static str, String); 5] {
    [
        ("name", json!("proxyagent").to_string()),
        ("base_url", json!(place.at("/openai/v1")).to_string()),
        ("env_key", json!(TOKEN).to_string()),
        ("wire_api", json!("responses").to_string()),
        ("stream_max_retries", "2".to_owned()),
    ]
}

const TOKEN: &str = "PROXYAGENT_TOKEN";
