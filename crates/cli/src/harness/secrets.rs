//! Which variables an agent must not inherit: keys of real providers, what would send its calls past the proxy, and our
//! own settings. Names only; no value is ever looked at.

use proxyagent_core::provider::PROVIDERS;

/// Whether a variable of this name is kept from agents.
pub(crate) fn is_kept_back(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name) || pays_a_provider(name)
}

/// Whether a variable of this name holds what a provider is paid with.
pub(crate) fn is_provider_key(name: &str) -> bool {
    pays_a_provider(name) || KEYS.contains(&name) || (NAMES.contains(&name) && name.ends_with("_KEY"))
}

fn pays_a_provider(name: &str) -> bool {
    !name.is_empty() && PROVIDERS.iter().any(|provider| provider.key_variable == name)
}

/// Whole families: clouds hold more than one name for the same secret.
const PREFIXES: &[&str] = &[
    "ANTHROPIC_",
    "AWS_",
    "AZURE_",
    "BEDROCK_",
    "CLAUDE_CODE_OAUTH_",
    "CLAUDE_CODE_SKIP_",
    "CLAUDE_CODE_USE_",
    "CLOUDSDK_",
    "GEMINI_",
    "GOOGLE_",
    "OPENAI_",
    "PROXYAGENT_",
    "VERTEX",
];

/// Secrets within those families that a warning should name.
const KEYS: &[&str] = &[
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AZURE_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "OPENAI_API_KEY",
];

/// Providers and tools that are known by one name each.
const NAMES: &[&str] = &[
    "AI_GATEWAY_API_KEY",
    "CEREBRAS_API_KEY",
    "CLOUDFLARE_API_TOKEN",
    "CODEX_ACCESS_TOKEN",
    "CODEX_API_KEY",
    "COHERE_API_KEY",
    "CO_API_KEY",
    "DASHSCOPE_API_KEY",
    "DATABRICKS_TOKEN",
    "DEEPINFRA_API_KEY",
    "DEEPINFRA_TOKEN",
    "DEEPSEEK_API_KEY",
    "FIREWORKS_API_KEY",
    "FRIENDLI_TOKEN",
    "GROQ_API_KEY",
    "HF_TOKEN",
    "HYPERBOLIC_API_KEY",
    "MINIMAX_API_KEY",
    "MISTRAL_API_KEY",
    "MOONSHOT_API_KEY",
    "NEBIUS_API_KEY",
    "NOVITA_API_KEY",
    "NVIDIA_API_KEY",
    "NVIDIA_NIM_API_KEY",
    "OPENCODE_API_KEY",
    "OPENROUTER_API_KEY",
    "PERPLEXITYAI_API_KEY",
    "PERPLEXITY_API_KEY",
    "SAMBANOVA_API_KEY",
    "TAVILY_API_KEY",
    "TOGETHER_API_KEY",
    "VERCEL_AI_GATEWAY_API_KEY",
    "XAI_API_KEY",
    "ZAI_API_KEY",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_of_the_table_is_covered() {
        for provider in PROVIDERS.iter().filter(|provider| !provider.offline) {
            assert!(is_kept_back(provider.key_variable), "{}", provider.name);
            assert!(is_provider_key(provider.key_variable), "{}", provider.name);
        }
    }

    #[test]
    fn names() {
        for (name, kept_back, key) in [
            ("ANTHROPIC_API_KEY", true, true),
            ("ANTHROPIC_BASE_URL", true, false),
            ("ANTHROPIC_CUSTOM_HEADERS", true, false),
            ("AWS_SECRET_ACCESS_KEY", true, false),
            ("GOOGLE_APPLICATION_CREDENTIALS", true, false),
            ("CLAUDE_CODE_USE_BEDROCK", true, false),
            ("CLAUDE_CODE_MAX_RETRIES", false, false),
            ("GROQ_API_KEY", true, true),
            ("PROXYAGENT_ADMIN_TOKEN", true, false),
            ("PROXYAGENT_SECRET_KEY", true, false),
            ("GITHUB_TOKEN", false, false),
            ("STRIPE_API_KEY", false, false),
            ("PATH", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_kept_back(name), is_provider_key(name)), (kept_back, key), "{name}");
        }
    }
}
