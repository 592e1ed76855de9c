//! How each harness is started, as tables.

use super::*;
use std::ffi::OsStr;

const TOKEN: &str = "pa_TokenThatMustNotBeAnArgument";

fn wish<'a>(goal: Option<&'a str>, model: Option<&'a str>, extra: &'a [OsString]) -> Wish<'a> {
    Wish {
        place: Place { proxy: "https://p.example", model },
        token: TOKEN,
        goal,
        skip_permissions: false,
        root: false,
        extra,
        profile: Path::new("/profile"),
    }
}

fn line(launch: &Launch) -> String {
    launch.arguments.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn command_lines() {
    let extra = [OsString::from("--more")];
    let codex = "-c model_provider=\"proxyagent\" -c model_providers.proxyagent={name=\"proxyagent\",\
                 base_url=\"https://p.example/openai/v1\",env_key=\"PROXYAGENT_TOKEN\",wire_api=\"responses\",\
                 stream_max_retries=2} -c analytics.enabled=false";
    for (name, goal, model, want) in [
        ("claude-code", None, None, "--settings /profile/settings.json --more".to_owned()),
        (
            "claude-code",
            Some("-go"),
            Some("m"),
            "--settings /profile/settings.json --model m --print --more -- -go".to_owned(),
        ),
        ("codex", None, None, format!("{codex} --more")),
        (
            "codex",
            Some("-go"),
            Some("m"),
            format!("exec --skip-git-repo-check {codex} -c features.plugins=false --model m --more -- -go"),
        ),
        ("gemini-cli", None, Some("m"), "--model m --more".to_owned()),
        ("gemini-cli", Some("-go"), None, "--skip-trust --prompt=-go --more".to_owned()),
        ("opencode", None, None, "--more".to_owned()),
        ("opencode", Some("-go"), Some("m"), "run --model anthropic/m --more".to_owned()),
    ] {
        let harness = find(name).unwrap();
        assert_eq!(line(&(harness.launch)(&wish(goal, model, &extra))), want, "{name}");
    }
}

#[test]
fn prompts_are_skipped_only_when_that_is_asked_for() {
    for (name, root, want) in [
        ("claude-code", false, "--permission-mode bypassPermissions"),
        ("claude-code", true, "--permission-mode acceptEdits --allowedTools Bash,"),
        ("codex", false, "approval_policy=\"never\" --sandbox workspace-write"),
        ("gemini-cli", false, "--yolo"),
        ("opencode", false, "\"bash\":\"allow\""),
    ] {
        let harness = find(name).unwrap();
        let shown = |skip_permissions| {
            let launch = (harness.launch)(&Wish { skip_permissions, root, ..wish(Some("go"), None, &[]) });
            format!("{} {:?}", line(&launch), launch.variables).replace("\\\"", "\"")
        };
        assert!(shown(true).contains(want), "{name}: {}", shown(true));
        assert!(!shown(false).contains(want), "{name}: {}", shown(false));
    }
}

#[test]
fn the_token_is_never_an_argument_and_every_address_is_the_proxys() {
    for harness in HARNESSES {
        let launch = (harness.launch)(&wish(Some("go"), Some("m"), &[]));
        assert!(!line(&launch).contains(TOKEN), "{}", harness.name);
        let all = format!("{} {:?} {:?}", line(&launch), launch.variables, launch.files);
        let elsewhere = all.match_indices("http").map(|(at, _)| all.get(at..).unwrap()).find(|text| {
            !text.starts_with("https://p.example/") && !text.contains("opencode.ai/config.json")
        });
        assert_eq!(elsewhere, None, "{}", harness.name);
    }
}

#[test]
fn setups_never_hold_a_token_and_name_the_proxy() {
    for harness in HARNESSES {
        let setup = (harness.setup)(&Place { proxy: "https://p.example", model: Some("m") });
        assert!(setup.variables.iter().any(|(_, value)| matches!(value, Value::Token)), "{}", harness.name);
        assert!(format!("{setup:?}").contains("https://p.example/"), "{}", harness.name);
        assert!(setup.start.starts_with(harness.program), "{}", harness.name);
    }
}

#[test]
fn custom_templates() {
    let extra = [OsString::from("more")];
    for (template, goal, want) in [
        (Some("a {goal} -m {model}"), Some("$(x) 'y' {token}"), Ok("a: $(x) 'y' {token}|-m|m|more")),
        (
            Some("a --p={proxy} {{goal}} {other} {"),
            Some("g"),
            Ok("a: --p=https://p.example|{g}|{other}|{|more"),
        ),
        (Some("a"), None, Ok("a: more")),
        (None, None, Ok("more: ")),
        (Some("a"), Some("g"), Err("where the goal belongs")),
        (Some("a {goal}"), None, Err("there is no --goal")),
        (Some("  "), None, Err("empty")),
        (None, Some("g"), Err("--goal needs --command")),
    ] {
        let got = custom::launch(template, &wish(goal, Some("m"), &extra)).map(|(program, launch)| {
            let words: Vec<_> = launch.arguments.iter().map(|word| word.to_str().unwrap()).collect();
            format!("{}: {}", program.display(), words.join("|"))
        });
        match want {
            Ok(want) => assert_eq!(got.as_deref(), Ok(want), "{template:?}"),
            Err(want) => {
                assert!(got.as_ref().is_err_and(|said| said.contains(want)), "{template:?}: {got:?}")
            }
        }
    }
    assert!(custom::launch(None, &wish(None, None, &[])).is_err_and(|said| said.contains("say what to run")));
    let (_, launch) = custom::launch(Some("a"), &wish(None, None, &[])).unwrap();
    let variable =
        |name: &str| launch.variables.iter().find(|(known, _)| *known == name).map(|(_, v)| v.as_os_str());
    assert_eq!(variable("OPENAI_BASE_URL"), Some(OsStr::new("https://p.example/openai/v1")));
    assert_eq!(variable("ANTHROPIC_AUTH_TOKEN"), Some(OsStr::new(TOKEN)));
}
