//! `run`: what an agent is given, what is kept from it, and what becomes of its end.

use crate::fake_agent::Agents;
use crate::runner::Machine;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn each_agent_is_pointed_at_the_proxy() {
    for (harness, program, variable, address) in [
        ("claude-code", "claude", "ANTHROPIC_BASE_URL", "http://127.0.0.1:7/anthropic"),
        ("gemini-cli", "gemini", "GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:7/gemini"),
        ("codex", "codex", "PROXYAGENT_PROXY", "http://127.0.0.1:7"),
        ("opencode", "opencode", "PROXYAGENT_PROXY", "http://127.0.0.1:7"),
    ] {
        let agents = Agents::of(&[program], "exit 0");
        agents
            .machine()
            .run(&format!("run {harness} --goal hello --proxy http://127.0.0.1:7/ -- --more"))
            .ok();
        let started = agents.started();
        assert_eq!(started.variable(variable), Some(address), "{harness}");
        let token = started.variable("PROXYAGENT_TOKEN").unwrap();
        assert!(token.starts_with("pa_"));
        assert!(started.arguments.iter().all(|argument| !argument.contains(token)), "{harness}");
        assert!(started.arguments.contains(&"--more".to_owned()), "{harness}: {:?}", started.arguments);
        let told = format!("{:?} {}", started.arguments, started.input);
        assert!(told.contains("hello"), "{harness}: {told}");
        assert!(!agents.has_profile(), "{harness}");
    }
}

#[test]
fn the_profile_is_private_and_gone_afterwards() {
    let look = "/usr/bin/stat -c '%a %n' \"$GEMINI_CLI_HOME\" \"$GEMINI_CLI_HOME\"/.gemini/* | /usr/bin/cut -d' ' -f1";
    let agents = Agents::of(&["gemini"], look);
    assert_eq!(agents.machine().run("run gemini-cli --goal x").ok(), "700\n600\n");
    assert!(!agents.has_profile());
}

#[test]
fn secrets_of_the_environment_stay_outside() {
    let agents = Agents::of(&["claude"], "");
    let kept_back = [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_CUSTOM_HEADERS",
        "OPENAI_API_KEY",
        "GEMINI_API_KEY",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "AWS_SECRET_ACCESS_KEY",
        "AZURE_OPENAI_API_KEY",
        "GROQ_API_KEY",
        "OPENROUTER_API_KEY",
        "CODEX_API_KEY",
        "CLAUDE_CODE_USE_BEDROCK",
        "PROXYAGENT_ADMIN_TOKEN",
        "PROXYAGENT_SECRET_KEY",
        "PROXYAGENT_HOME",
    ];
    let mut machine = agents.machine().with("EDITOR", "vi").with("GITHUB_TOKEN", "needed");
    for name in kept_back {
        machine = machine.with(name, "secret");
    }
    machine.run("run claude-code --goal x").ok();
    let started = agents.started();
    assert!(started.variables.iter().all(|(_, value)| value != "secret"), "{:?}", started.variables);
    assert_eq!((started.variable("EDITOR"), started.variable("GITHUB_TOKEN")), (Some("vi"), Some("needed")));
}

#[test]
fn a_variable_that_is_no_text_is_kept_back_too() {
    use std::os::unix::ffi::OsStrExt;
    let agents = Agents::of(&["claude"], "");
    let mut command = agents.machine().command("run claude-code --goal x");
    let not_text = std::ffi::OsStr::from_bytes(b"\xff");
    command.env("OPENAI_ORGANIZATION", not_text).env("OTHER", not_text);
    assert!(command.output().unwrap().status.success());
    let raw = std::fs::read(agents.note("variables")).unwrap();
    let names: Vec<_> = raw.split(|byte| *byte == 0).map(|line| line.split(|b| *b == b'=').next()).collect();
    assert!(names.contains(&Some(b"OTHER")) && !names.contains(&Some(b"OPENAI_ORGANIZATION")));
}

#[test]
fn exit_codes_are_handed_back() {
    for (then, code) in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -15 $$", 143)] {
        let agents = Agents::of(&["claude"], then);
        let ended = agents.machine().run("run claude-code --goal x");
        assert_eq!((ended.code, ended.err.as_str()), (code, ""), "{then}");
        assert!(!agents.has_profile());
    }
}

#[test]
fn a_program_that_is_not_there_or_not_executable() {
    let agents = Agents::of(&[], "");
    let said = agents.machine().run("run claude-code --goal x").failed(127);
    assert!(said.contains("npm install -g @anthropic-ai/claude-code"), "{said}");
    agents.program("codex", "#!/bin/sh\n", 0o644);
    assert!(agents.machine().run("run codex").failed(126).contains("not executable"));
    agents.program("gemini", "#!/no/such/interpreter\n", 0o755);
    agents.machine().run("run gemini-cli").failed(127);
    agents.machine().run("run custom -- ./nothing-here").failed(127);
    assert!(!agents.has_profile());
}

#[test]
fn a_goal_closes_standard_input_and_a_session_has_it() {
    let agents = Agents::of(&["claude", "opencode"], "");
    agents.machine().run_with_input("run claude-code --goal x", "typed").ok();
    assert_eq!(agents.started().input, "");
    agents.machine().run_with_input("run opencode --goal x", "typed").ok();
    assert_eq!(agents.started().input, "x");
    agents.machine().run_with_input("run claude-code", "typed").ok();
    assert_eq!(agents.started().input, "typed");
}

#[test]
fn a_custom_command_is_never_run_by_a_shell() {
    let agents = Agents::of(&["my-agent"], "");
    let mut command = agents.machine().command("run custom --model m --cwd / --proxy http://127.0.0.1:7");
    command.args(["--command", "my-agent --task '{goal}; x' $(touch y) {model}", "--goal", "a 'b' $(c)"]);
    assert!(command.output().unwrap().status.success());
    let started = agents.started();
    assert_eq!(started.arguments, ["--task", "a 'b' $(c); x", "$(touch", "y)", "m"]);
    assert_eq!(started.cwd, "/");
    assert_eq!(started.variable("OPENAI_BASE_URL"), Some("http://127.0.0.1:7/openai/v1"));
    for name in ["OPENAI_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY"] {
        assert_eq!(started.variable(name), started.variable("PROXYAGENT_TOKEN"), "{name}");
    }
    agents.machine().run("run custom -- my-agent --flag").ok();
    assert_eq!(agents.started().arguments, ["--flag"]);
}

#[test]
fn the_token_comes_from_input_environment_or_argument() {
    let agents = Agents::of(&["claude"], "");
    let machine = agents.machine();
    let other = Machine::new().run("token new other --scope mock").ok();
    machine.run_with_input("run claude-code --goal x --token -", &other).ok();
    assert_eq!(agents.started().variable("PROXYAGENT_TOKEN"), Some(other.trim()));
    let ended = machine.run(&format!("run claude-code --goal x --token {other}"));
    assert!(
        ended.code == 0 && ended.err.starts_with("warning: --token") && !ended.err.contains(other.trim())
    );

    let nobody = Machine::new().with("PATH", agents.path().to_str().unwrap());
    assert!(nobody.run("run claude-code").failed(4).contains("PROXYAGENT_TOKEN"));
    for wrong in ["sk-ant-api03-real", "admin_0123456789abcdef", "pa_short"] {
        let said = nobody.run_with_input("run claude-code --token -", wrong).failed(4);
        assert!(said.contains("not a machine token") && !said.contains(wrong), "{said}");
    }
}

#[test]
fn a_network_in_the_clear_is_warned_of() {
    let agents = Agents::of(&["claude"], "");
    let ended = agents.machine().run("run claude-code --goal x --proxy http://proxy.example.com");
    assert!(ended.code == 0 && ended.err.contains("unencrypted"), "{}", ended.err);
}

#[test]
fn signals_are_handed_on_and_the_profile_is_removed() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        // It says that it is ready, and then waits for its end.
        let then =
            format!("trap 'exit {code}' TERM HUP INT; /bin/echo ready; while :; do /bin/sleep 0.05; done");
        let agents = Agents::of(&["gemini"], &then);
        let mut child =
            agents.machine().command("run gemini-cli --goal x").stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        assert!(agents.has_profile());
        let pid = child.id().to_string();
        assert!(Command::new("/bin/kill").args(["-s", signal, &pid]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert!(!agents.has_profile(), "{signal}");
    }
}
