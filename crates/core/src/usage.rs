//! What a call consumed: one normalised record for every provider's way of saying it.

/// Counts of one call. `input` excludes cache reads and writes; `output` includes reasoning.
/// `audio_in`/`image_in` are parts of `input`; `reasoning`/`audio_out`/`image_out` are parts of `output`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub input: u64,
    pub cache_read: u64,
    /// Cache writes with the short time to live (Anthropic 5 minutes).
    pub cache_write: u64,
    /// Cache writes with the long one (Anthropic 1 hour, OpenAI 12 hours).
    pub cache_write_long: u64,
    pub output: u64,
    pub reasoning: u64,
    pub audio_in: u64,
    pub image_in: u64,
    pub audio_out: u64,
    pub image_out: u64,
    /// Number of web searches and fetches the provider ran.
    pub web_search: u64,
    pub web_fetch: u64,
}

impl Usage {
    /// Every count added, saturating.
    pub fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            cache_write_long: self.cache_write_long.saturating_add(other.cache_write_long),
            output: self.output.saturating_add(other.output),
            reasoning: self.reasoning.saturating_add(other.reasoning),
            audio_in: self.audio_in.saturating_add(other.audio_in),
            image_in: self.image_in.saturating_add(other.image_in),
            audio_out: self.audio_out.saturating_add(other.audio_out),
            image_out: self.image_out.saturating_add(other.image_out),
            web_search: self.web_search.saturating_add(other.web_search),
            web_fetch: self.web_fetch.saturating_add(other.web_fetch),
        }
    }

    /// All input tokens, cached or not: what long-context tiers go by, and the `prompt_tokens` of a call's row.
    pub fn total_input(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
            .saturating_add(self.cache_write_long)
    }
}

/// What was read from an answer so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    pub usage: Usage,
    /// A final usage arrived. Without it the usage is a lower bound and must be charged as uncertain.
    pub complete: bool,
    /// The price variant the provider says it used: `batch`, `flex`, `priority`, `fast`, …
    pub variant: Option<String>,
    /// Where the provider says it ran, when that changes the price (Anthropic `inference_geo`).
    pub geo: Option<String>,
    /// The cost as the provider states it, in nano-dollars.
    pub reported_cost: Option<crate::money::Nano>,
    /// The answer carried an in-stream error or a failure status.
    pub failed: bool,
    /// Text bytes of output seen so far, for an estimate when no final usage arrives.
    pub output_bytes: u64,
    /// What other models consumed inside the same call; not part of `usage`, to be priced by their own rows.
    pub asides: Vec<Aside>,
    /// The id under which the provider may keep the answer (Responses).
    pub answer_id: Option<String>,
}

/// Usage of another model that the provider ran inside the same call (an Anthropic advisor or fallback model).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aside {
    pub model: String,
    pub usage: Usage,
}
