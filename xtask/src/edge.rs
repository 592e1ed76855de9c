//! `cargo xtask edge`: compiles the Worker and writes dist/edge, which wrangler uploads as it is. Needs nothing but
//! Cargo: the glue is made by the library behind the `wasm-bindgen` command, in the version that Cargo.lock names.

use crate::tools::{output, report, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// How to build.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Build {
    /// Quick and large instead of small.
    dev: bool,
    /// A panic fails one call instead of ending every stream of its isolate. Needs the standard library's source.
    unwind: bool,
}

impl Build {
    /// # Errors
    /// A flag that does not exist.
    pub(crate) fn from_flags(flags: &[&str]) -> Result<Self, String> {
        if let Some(flag) = flags.iter().find(|flag| !["--dev", "--no-unwind"].contains(flag)) {
            return Err(format!("there is no flag `{flag}`; try `cargo xtask`"));
        }
        let dev = flags.contains(&"--dev");
        Ok(Self { dev, unwind: !dev && !flags.contains(&"--no-unwind") })
    }

    /// # Errors
    /// What failed, and what to do about it where that is known.
    pub(crate) fn run(&self) -> Result<(), String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask is not in a workspace")?;
        let out = root.join("dist/edge");
        let compiled = self.compile(root)?;
        // What a dry run made of an earlier build; its wasm has another name each time, and would stay.
        empty(&root.join("dist/dry"))?;
        generate_glue(&compiled, &out)?;
        let entry = root.join("crates/edge-worker/src/worker.js");
        fs::copy(&entry, out.join("worker.js")).map_err(|error| format!("{}: {error}", entry.display()))?;
        self.check_size(&out.join("index_bg.wasm"))
    }

    fn profile(&self) -> &'static str {
        if self.dev { "dev" } else { "edge" }
    }

    /// Compiles the crate; returns where its wasm is.
    fn compile(&self, root: &Path) -> Result<PathBuf, String> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(root)
            .args(["build", "--package", "proxyagent-edge-worker", "--lib", "--locked"])
            .args(["--target", TRIPLE, "--profile", self.profile()])
            .env("CARGO_TARGET_DIR", &target)
            // The glue for asynchronous exports must come from the crate that `worker` uses, too.
            .env("WASM_BINDGEN_USE_JS_SYS", "1");
        if self.unwind {
            require("src/rust/library/Cargo.lock", "rustup component add rust-src")?;
            cargo
                // The pinned stable compiler may build its own standard library; no nightly is involved.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", "-Cpanic=unwind")
                .args(["-Z", "build-std=std,panic_unwind", "--config", "profile.edge.panic=\"unwind\""]);
        } else {
            require(TRIPLE, "rustup target add wasm32-unknown-unknown")?;
        }
        run(&mut cargo)?;
        let folder = if self.dev { "debug" } else { self.profile() };
        Ok(target.join(TRIPLE).join(folder).join("proxyagent_edge_worker.wasm"))
    }

    fn check_size(&self, wasm: &Path) -> Result<(), String> {
        let bytes = fs::metadata(wasm).map_err(|error| format!("{}: {error}", wasm.display()))?.len();
        report(&format!("{}: {bytes} bytes", wasm.display()));
        if !self.dev && bytes > MOST_BYTES {
            return Err(format!(
                "the Worker has outgrown its {MOST_BYTES} bytes; find out why, or raise MOST_BYTES"
            ));
        }
        Ok(())
    }
}

fn generate_glue(wasm: &Path, out: &Path) -> Result<(), String> {
    empty(out)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name("index")
        .typescript(false)
        .demangle(false)
        .reset_state_function(true)
        .force_enable_abort_handler(true);
    bindgen
        .module(true)
        .and_then(|bindgen| bindgen.generate(out))
        .map_err(|error| format!("wasm-bindgen: {error:?}"))?;
    // To workerd a plain import of a .wasm file is a WebAssembly.Module already; it does not know source-phase imports.
    let glue = out.join("index.js");
    let text = fs::read_to_string(&glue).map_err(|error| format!("{}: {error}", glue.display()))?;
    fs::write(&glue, text.replace("import source ", "import "))
        .map_err(|error| format!("{}: {error}", glue.display()))
}

/// An empty folder, whatever was there.
fn empty(folder: &Path) -> Result<(), String> {
    let remade = if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) };
    remade.and_then(|()| fs::create_dir_all(folder)).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Fails with the command to run when a component of the Rust toolchain is missing.
fn require(file: &str, remedy: &str) -> Result<(), String> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(&sysroot).join("lib/rustlib").join(file).exists() {
        return Ok(());
    }
    Err(format!("a part of the Rust toolchain is missing\nhelp: {remedy}"))
}

const TRIPLE: &str = "wasm32-unknown-unknown";
/// What index_bg.wasm of a release may weigh, in bytes before compression. Cloudflare's limit is far away; this notices
/// a dependency that was not meant to come along.
const MOST_BYTES: u64 = 4_200_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags() {
        for (flags, want) in [
            (&[][..], Ok(Build { dev: false, unwind: true })),
            (&["--no-unwind"], Ok(Build { dev: false, unwind: false })),
            (&["--dev"], Ok(Build { dev: true, unwind: false })),
            (&["--fast"], Err("there is no flag `--fast`; try `cargo xtask`".to_owned())),
        ] {
            assert_eq!(Build::from_flags(flags), want, "{flags:?}");
        }
    }
}
