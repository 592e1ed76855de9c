//! `setup`: lines to copy.

use crate::runner::Machine;

#[test]
fn lines_for_each_agent() {
    for (harness, lines) in [
        (
            "claude-code",
            vec![
                "export ANTHROPIC_BASE_URL=https://p.example/anthropic",
                "export ANTHROPIC_AUTH_TOKEN=\"$PROXYAGENT_TOKEN\"",
            ],
        ),
        (
            "codex",
            vec![
                "# ~/.codex/config.toml",
                "[model_providers.proxyagent]",
                "base_url = \"https://p.example/openai/v1\"",
            ],
        ),
        (
            "gemini-cli",
            vec!["export GEMINI_API_KEY=\"$PROXYAGENT_TOKEN\"", "      \"selectedType\": \"gemini-api-key\""],
        ),
        (
            "opencode",
            vec![
                "# ~/.config/opencode/opencode.json",
                "        \"baseURL\": \"https://p.example/anthropic/v1\",",
            ],
        ),
        ("custom", vec!["export OPENAI_BASE_URL=https://p.example/openai/v1"]),
    ] {
        // A token in the environment is not printed.
        let machine = Machine::new().with("PROXYAGENT_TOKEN", "pa_secret");
        let text = machine.run(&format!("setup {harness} --proxy https://p.example/")).ok();
        for line in lines {
            assert!(text.lines().any(|known| known == line), "{harness}: {line}\n{text}");
        }
        assert!(!text.contains("pa_secret"));
        let json = machine.run(&format!("setup {harness} --json")).json();
        assert_eq!(json.get("harness").unwrap(), harness);
    }
}

#[test]
fn a_token_that_is_given_is_printed_and_the_lines_are_for_a_shell() {
    let machine = Machine::new();
    let token = machine.run("token new t --scope mock").ok();
    let text = machine.run_with_input("setup claude-code --token - --quiet", &token).ok();
    assert!(text.contains(&format!("export ANTHROPIC_AUTH_TOKEN={token}")), "{text}");
    assert!(text.lines().all(|line| line.starts_with("export ") || line.starts_with("unset ")), "{text}");
}
