//! Requests made to be expensive.
