//! The wire dialects a caller may speak, and the operations of each.

/// A family of request, answer, stream and error shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Anthropic Messages.
    Messages,
    /// OpenAI Chat Completions, and OpenAI's other endpoints that are not Responses.
    Chat,
    /// OpenAI Responses.
    Responses,
    /// Gemini generateContent.
    Gemini,
}

impl Dialect {
    pub const ALL: [Self; 4] = [Self::Messages, Self::Chat, Self::Responses, Self::Gemini];

    pub fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Gemini => "gemini",
        }
    }
}

/// What is asked of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// A generation: metered and priced.
    Generate,
    /// A token count: passes every check, costs nothing.
    CountTokens,
    /// A conversation made shorter by the model (Responses).
    Compact,
    /// The older completion of a text.
    Completions,
    Embeddings,
    Moderations,
    Images,
    /// An image made from images; usually a form.
    ImageEdits,
    /// Text spoken.
    Speech,
    /// Speech written down; a form.
    Transcriptions,
    /// Speech written down in English; a form.
    Translations,
    /// A tool that the proxy itself runs; no model is asked.
    Tool,
}

impl Operation {
    pub fn name(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::CountTokens => "count_tokens",
            Self::Compact => "compact",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
            Self::Moderations => "moderations",
            Self::Images => "images",
            Self::ImageEdits => "image_edits",
            Self::Speech => "speech",
            Self::Transcriptions => "transcriptions",
            Self::Translations => "translations",
            Self::Tool => "tool",
        }
    }

    /// Its request may be a form (`multipart/form-data`) instead of JSON.
    pub fn takes_forms(self) -> bool {
        matches!(self, Self::ImageEdits | Self::Transcriptions | Self::Translations)
    }

    /// Its stream reports usage only when `stream_options` ask for it, where the provider says so.
    pub fn has_stream_options(self) -> bool {
        matches!(self, Self::Generate | Self::Completions)
    }
}
