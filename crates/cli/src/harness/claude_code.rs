//! Claude Code.

use super::{Harness, Launch, Place, Setup, Value, Wish};
use proxyagent_core::dialect::Dialect;
use serde_json::{Map, json};

pub(super) static CLAUDE_CODE: Harness = Harness {
    name: "claude-code",
    label: "Claude Code",
    program: "claude",
    install: "npm install -g @anthropic-ai/claude-code",
    dialect: Dialect::Messages,
    launch,
    setup,
};

fn launch(wish: &Wish<'_>) -> Launch {
    let mut launch = Launch::default();
    // The `env` of a user's or a project's settings file replaces what the environment says, so a stale address or key
    // there would win. Settings given by flag win over both.
    let mut env = Map::new();
    for (name, value) in [
        ("ANTHROPIC_BASE_URL", wish.place.at(BASE)),
        ("ANTHROPIC_AUTH_TOKEN", wish.token.to_owned()),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1".to_owned()),
        ("DISABLE_TELEMETRY", "1".to_owned()),
        ("DISABLE_AUTOUPDATER", "1".to_owned()),
    ] {
        launch.variable(name, &value);
        env.insert(name.to_owned(), json!(value));
    }
    for name in NOT_WANTED {
        env.insert((*name).to_owned(), json!(""));
    }
    let settings = wish.profile.join(SETTINGS);
    launch.files.push((SETTINGS.into(), json!({"env": env}).to_string()));
    launch.argument("--settings");
    launch.argument(settings);
    if let Some(model) = wish.place.model {
        launch.arguments(["--model", model]);
    }
    match (wish.skip_permissions, wish.root) {
        (true, false) => launch.arguments(["--permission-mode", "bypassPermissions"]),
        // Root is refused that mode.
        (true, true) => launch.arguments(["--permission-mode", "acceptEdits", "--allowedTools", ROOT_TOOLS]),
        (false, _) => {}
    }
    if wish.goal.is_some() {
        launch.argument("--print");
    }
    launch.extra(wish);
    if let Some(goal) = wish.goal {
        launch.arguments(["--", goal]);
    }
    launch
}

fn setup(place: &Place<'_>) -> Setup {
    Setup {
        variables: vec![
            ("ANTHROPIC_BASE_URL", Value::Plain(place.at(BASE))),
            ("ANTHROPIC_AUTH_TOKEN", Value::Token),
            ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", Value::Plain("1".to_owned())),
        ],
        unset: NOT_WANTED,
        file: None,
        start: match place.model {
            Some(model) => format!("claude --model {model}"),
            None => "claude".to_owned(),
        },
    }
}

const BASE: &str = "/anthropic";
const SETTINGS: &str = "settings.json";

/// What would send calls past the proxy, or a foreign key to it.
const NOT_WANTED: &[&str] =
    &["ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"];

/// The tools that ask before they act.
const ROOT_TOOLS: &str = "Bash,Edit,NotebookEdit,Read,WebFetch,WebSearch,Write";
