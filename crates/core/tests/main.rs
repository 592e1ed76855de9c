//! The rules of the house, and the whole path against an in-memory world: no runtime, no network, the clock moved by hand. One binary, so that the
//! world is compiled once.

// `cfg(test)` tells clippy that this is test code all through.
#[cfg(test)]
mod admin;
#[cfg(test)]
mod path;
#[cfg(test)]
mod structure;
#[cfg(test)]
mod tool;
#[cfg(test)]
mod translate;
#[cfg(test)]
mod world;
