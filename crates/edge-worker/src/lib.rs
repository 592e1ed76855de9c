//! The edge home.
