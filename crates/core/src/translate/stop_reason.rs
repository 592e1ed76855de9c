//! Why an answer stopped, in each dialect's words. A row's first word in a dialect is the one used on the way back.
//! Content outranks it: an answer that calls a tool stopped for the tool.

/// One reason. Responses says it as status and `incomplete_details.reason`.
pub struct StopReason {
    pub messages: &'static str,
    pub chat: &'static str,
    pub responses: &'static str,
    pub gemini: &'static str,
}

/// PROTOCOLS.md I4.
pub static STOP_REASONS: &[StopReason] = &[
    row("end_turn", "stop", "completed", "STOP"),
    row("stop_sequence", "stop", "completed", "STOP"),
    row("max_tokens", "length", "incomplete:max_output_tokens", "MAX_TOKENS"),
    row("model_context_window_exceeded", "length", "incomplete:max_output_tokens", "MAX_TOKENS"),
    row("tool_use", "tool_calls", "completed", "STOP"),
    row("pause_turn", "stop", "completed", "STOP"),
    row("refusal", "content_filter", "incomplete:content_filter", "SAFETY"),
    // Only ever read, for an earlier row has the same word.
    row("tool_use", "function_call", "completed", "STOP"),
];

/// The row of a Messages `stop_reason`. A word nobody knows is an ordinary end.
pub(crate) fn of_messages(word: &str) -> &'static StopReason {
    STOP_REASONS.iter().find(|row| row.messages == word).unwrap_or(&ENDED)
}

/// The row of a Chat `finish_reason`.
pub(crate) fn of_chat(word: &str) -> &'static StopReason {
    STOP_REASONS.iter().find(|row| row.chat == word).unwrap_or(&ENDED)
}

/// The row of a Responses status, with the reason behind a colon where it is incomplete.
pub(crate) fn of_responses(word: &str) -> &'static StopReason {
    STOP_REASONS.iter().find(|row| row.responses == word).unwrap_or(&ENDED)
}

static ENDED: StopReason = row("end_turn", "stop", "completed", "STOP");

const fn row(
    messages: &'static str,
    chat: &'static str,
    responses: &'static str,
    gemini: &'static str,
) -> StopReason {
    StopReason { messages, chat, responses, gemini }
}
