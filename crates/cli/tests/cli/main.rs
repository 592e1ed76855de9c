//! The binary as its users meet it: arguments in, standard output, standard error and an exit code out.

// `cfg(test)` tells clippy that this is test code all through.
#[cfg(test)]
mod arguments;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod fake_agent;
#[cfg(test)]
mod fake_proxy;
#[cfg(test)]
mod local_store;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod run;
#[cfg(test)]
mod runner;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod setup;
