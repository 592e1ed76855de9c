//! Build tasks that Cargo cannot express. Run as `cargo xtask TASK`.

mod bill;
mod edge;
mod tools;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["edge", flags @ ..] => edge::Build::from_flags(flags).and_then(|build| build.run()),
        ["sbom"] => bill::print(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tools::complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "\
usage: cargo xtask edge [--dev] [--no-unwind]
  Builds the Worker into dist/edge.
  --dev        quick and large, for trying things out
  --no-unwind  without the rust-src component; a panic then ends every stream of its isolate, so not for releases

usage: cargo xtask sbom > proxyagent.cdx.json
  What the `proxyagent` binary is made of, as a CycloneDX 1.6 document.";
