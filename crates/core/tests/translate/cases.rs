//! The golden cases, by pair and kind.

pub(super) struct Cases {
    pub(super) pair: &'static str,
    pub(super) request: &'static [&'static str],
    pub(super) answer: &'static [&'static str],
    pub(super) stream: &'static [&'static str],
    pub(super) error: &'static [&'static str],
}

pub(super) const CASES: &[Cases] = &[
    Cases { pair: "messages-to-chat", request: &[], answer: &[], stream: &[], error: &[] },
    Cases { pair: "chat-to-messages", request: &[], answer: &[], stream: &[], error: &[] },
];
