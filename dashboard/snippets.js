// How each harness is pointed at this proxy: the lines to paste, with this host and, once, the new token.

/** @typedef {{id: string, name: string, what: string, dialect: string, model: string, agent: RegExp, snippets: (url: string, token: string) => Array<[string, string]>}} Harness */

/** @type {Harness[]} */
export const HARNESSES = [
  {
    id: "claude-code", name: "Claude Code", what: "Anthropic Messages", dialect: "messages", model: "claude-", agent: /claude-(cli|code)/i,
    snippets: (url, token) => [
      ["Shell", `export ANTHROPIC_BASE_URL=${url}/anthropic\nexport ANTHROPIC_AUTH_TOKEN=${token}\nclaude`],
      ["settings.json", JSON.stringify({ env: { ANTHROPIC_BASE_URL: `${url}/anthropic`, ANTHROPIC_AUTH_TOKEN: token } }, null, 2)],
      ["proxyagent run", `export PROXYAGENT_PROXY=${url} PROXYAGENT_TOKEN=${token}\nproxyagent run claude-code --goal 'explain this repository'`],
    ],
  },
  {
    id: "codex", name: "Codex", what: "OpenAI Responses", dialect: "responses", model: "gpt-", agent: /codex/i,
    snippets: (url, token) => [
      ["config.toml", `model_provider = "proxyagent"\n\n[model_providers.proxyagent]\nname = "proxyagent"\nbase_url = "${url}/openai/v1"\nenv_key = "PROXYAGENT_TOKEN"\nwire_api = "responses"`],
      ["Shell", `export PROXYAGENT_TOKEN=${token}\ncodex`],
      ["proxyagent run", `export PROXYAGENT_PROXY=${url} PROXYAGENT_TOKEN=${token}\nproxyagent run codex --goal 'explain this repository'`],
    ],
  },
  {
    id: "gemini-cli", name: "Gemini CLI", what: "Gemini", dialect: "gemini", model: "gemini-", agent: /gemini/i,
    snippets: (url, token) => [
      ["Shell", `export GOOGLE_GEMINI_BASE_URL=${url}/gemini\nexport GEMINI_API_KEY=${token}\ngemini`],
      [".env", `GOOGLE_GEMINI_BASE_URL=${url}/gemini\nGEMINI_API_KEY=${token}`],
      ["proxyagent run", `export PROXYAGENT_PROXY=${url} PROXYAGENT_TOKEN=${token}\nproxyagent run gemini-cli --goal 'explain this repository'`],
    ],
  },
  {
    id: "custom", name: "curl and SDKs", what: "any dialect", dialect: "", model: "", agent: /./,
    snippets: (url, token) => [
      ["curl", `curl -s ${url}/anthropic/v1/messages \\\n  -H 'x-api-key: ${token}' \\\n  -H 'content-type: application/json' \\\n  -d '{"model": "mock", "max_tokens": 64, "messages": [{"role": "user", "content": "hello"}]}'`],
      ["OpenAI SDK", `export OPENAI_BASE_URL=${url}/openai/v1\nexport OPENAI_API_KEY=${token}`],
      ["Anthropic SDK", `export ANTHROPIC_BASE_URL=${url}/anthropic\nexport ANTHROPIC_API_KEY=${token}`],
    ],
  },
];

/** Where this page's proxy is reached. */
export const here = () => location.origin;
/** Stands where a token goes that is not known. */
export const PLACEHOLDER = "pa_…";
