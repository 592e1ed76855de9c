// The agents that are checked: where they come from (`scripted`: an install script of theirs must run; `python`: from
// PyPI), and what makes each call its shell.

const COMMAND = "echo proxyagent-was-here > was-here.txt; env > environment.txt";

const SCRIPT = `await tools.exec_command(${JSON.stringify({ cmd: COMMAND })})`;

export const AGENTS = [
  {
    harness: "claude-code",
    package: "@anthropic-ai/claude-code",
    program: "claude",
    scripted: true,
    tool: `[[mock:tool Bash ${JSON.stringify({ command: COMMAND, description: "leave a mark" })}]]`,
    // What a user may have lying about; it must neither win nor change.
    files: {
      ".claude/settings.json": JSON.stringify({
        env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9/stale", ANTHROPIC_API_KEY: "sk-ant-stale-key" },
      }),
    },
  },
  {
    harness: "codex",
    package: "@openai/codex",
    program: "codex",
    // Models that it knows get a tool that takes a script, all others one that takes a command. Upstreams without such
    // tools get the script's as a function.
    tool: [
      `[[mock:tool exec_command ${JSON.stringify({ cmd: COMMAND })}]]`,
      `[[mock:tool exec ${SCRIPT}]]`,
      `[[mock:tool exec ${JSON.stringify({ input: SCRIPT })}]]`,
    ].join(" "),
    files: {
      ".codex/config.toml":
        'model_provider = "stale"\n\n[model_providers.stale]\nname = "stale"\nbase_url = "http://127.0.0.1:9/v1"\n',
    },
  },
  {
    harness: "gemini-cli",
    package: "@google/gemini-cli",
    program: "gemini",
    tool: `[[mock:tool run_shell_command ${JSON.stringify({ command: COMMAND, description: "leave a mark" })}]]`,
    files: { ".gemini/settings.json": JSON.stringify({ security: { auth: { selectedType: "oauth-personal" } } }) },
  },
  {
    harness: "opencode",
    package: "opencode-ai",
    program: "opencode",
    scripted: true,
    tool: `[[mock:tool bash ${JSON.stringify({ command: COMMAND, description: "leave a mark" })}]]`,
    files: {
      ".config/opencode/opencode.json": JSON.stringify({
        // Without this line opencode adds it by itself.
        $schema: "https://opencode.ai/config.json",
        provider: { anthropic: { options: { baseURL: "http://127.0.0.1:9/v1", apiKey: "sk-ant-stale-key" } } },
      }),
    },
  },
  {
    name: "aider",
    harness: "custom",
    package: "aider-chat",
    program: "aider",
    python: "aider",
    command:
      "aider --yes-always --no-git --no-check-update --no-show-model-warnings --analytics-disable --model openai/{model} --message {goal}",
    model: "gpt-4o",
    // It says more after what it was told to say, so that another dialect's mock repeats only that.
    text: /^mock: /m,
    files: {},
  },
];

/** What is installed from PyPI, each set into an environment of its own. */
export const PYTHON = {
  aider: ["aider-chat==0.86.2"],
  sdks: ["anthropic==2.13.0", "openai==3.57.0", "google-genai==3.6.1"],
};

/** Keys that look real. An agent that is shown one of them, or needs one, fails. */
export const CANARIES = {
  ANTHROPIC_API_KEY: "sk-ant-canary-1f0a",
  OPENAI_API_KEY: "sk-canary-2f0b",
  CODEX_API_KEY: "sk-canary-3f0c",
  GEMINI_API_KEY: "AIza-canary-4f0d",
  GOOGLE_API_KEY: "AIza-canary-5f0e",
  GROQ_API_KEY: "gsk-canary-6f0f",
  AWS_SECRET_ACCESS_KEY: "aws-canary-7f1a",
  PROXYAGENT_ADMIN_TOKEN: "admin-canary-8f1b-longer-than-sixteen",
};
