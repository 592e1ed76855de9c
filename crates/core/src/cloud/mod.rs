//! Clouds that resell models, each with its own URLs, bodies and keys. Pure: plain values in, requests out.

pub mod azure;
pub mod bedrock;
pub mod model_map;
pub mod names;
pub mod vertex;
