//! The native home.
