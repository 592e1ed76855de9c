//! Server-sent events, incrementally.
