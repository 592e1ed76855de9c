//! The rules of the house that a compiler does not check.

use proxyagent_core::provider::PROVIDERS;
use proxyagent_core::settings::SETTINGS;
use std::fs;
use std::path::{Path, PathBuf};

/// What core may depend on. Each of these decides or represents; none of them acts.
const ALLOWED: &[&str] = &[
    "aes-gcm",
    "base64",
    "bytes",
    "crc32fast",
    "futures-channel",
    "futures-core",
    "futures-util",
    "hmac",
    "http",
    "memchr",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
];
const LONGEST_FILE: usize = 400;
const LONGEST_ARCHITECTURE: usize = 110;

#[test]
fn core_depends_on_nothing_that_acts() {
    let manifest = read(&root().join("crates/core/Cargo.toml"));
    let section = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names: Vec<&str> = section
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|n| !n.is_empty())
        .collect();
    assert!(!names.is_empty());
    for name in names {
        assert!(ALLOWED.contains(&name), "core may not depend on {name}");
    }
}

#[test]
fn a_file_has_one_idea() {
    let mut seen = 0;
    for file in sources() {
        let lines = read(&file).lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines; which two ideas does it hold?", file.display());
        seen += 1;
    }
    assert!(seen > 50, "only {seen} source files were found");
}

#[test]
fn a_provider_is_named_in_its_own_file_only() {
    for file in rust_files(&root().join("crates")).into_iter().filter(|f| is_product(f)) {
        // One dialect has the name of the provider that speaks it.
        if file.ends_with("core/src/dialect.rs") {
            continue;
        }
        // A harness's file speaks of vendors in the harness's own words.
        if file.parent().is_some_and(|p| p.ends_with("core/src/provider") || p.ends_with("cli/src/harness")) {
            continue;
        }
        for (number, line) in product_lines(&read(&file)).enumerate() {
            for provider in PROVIDERS.iter().filter(|p| !p.offline) {
                let literal = format!("\"{}\"", provider.name);
                assert!(!line.contains(&literal), "{}:{}: {literal}", file.display(), number + 1);
            }
        }
    }
}

#[test]
fn the_words_of_nobody_are_file_names() {
    for file in sources() {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        for vague in ["util", "utils", "helper", "helpers", "common", "manager", "misc", "service"] {
            assert_ne!(stem, vague, "{}", file.display());
        }
    }
}

#[test]
fn the_readme_lists_every_setting_as_it_is() {
    let readme = read(&root().join("README.md"));
    for setting in SETTINGS {
        let row = format!("| `{}` | {} | {} |", setting.name, setting.default, setting.help);
        assert!(readme.contains(&row), "README.md lacks this row:\n{row}");
    }
    for provider in PROVIDERS.iter().filter(|p| !p.offline) {
        assert!(readme.contains(&format!("`{}`", provider.key_variable)), "{}", provider.key_variable);
    }
}

#[test]
fn the_architecture_fits_two_pages() {
    let lines = read(&root().join("ARCHITECTURE.md")).lines().count();
    assert!(lines <= LONGEST_ARCHITECTURE, "ARCHITECTURE.md has {lines} lines");
}

#[test]
fn the_tests_that_prove_a_promise_exist() {
    let mut everything: String = sources().iter().map(|file| read(file)).collect();
    everything.push('\n');
    let promises = read(&root().join("SECURITY.md"));
    let rows = promises.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let mut seen = 0;
    for name in rows.flat_map(|row| row.split('`').skip(1).step_by(2)) {
        let rust = format!("fn {name}(");
        assert!(everything.contains(&rust) || everything.contains(&format!("\"{name}\"")), "no test {name}");
        seen += 1;
    }
    assert!(seen > 40, "only {seen} tests are named");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// Everything people write here: Rust, and the suite's JavaScript.
fn sources() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in ["crates", "xtask", "bench"] {
        all.extend(rust_files(&root().join(folder)));
    }
    all.extend(files(&root().join("tests"), "mjs"));
    all
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder, "rs")
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "node_modules" && name != "target" {
                found.extend(files(&path, ending));
            }
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found
}

/// Not a test: neither under `tests/` nor a `tests.rs`.
fn is_product(file: &Path) -> bool {
    let parts: Vec<String> =
        file.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    !parts.iter().any(|part| part == "tests" || part == "tests.rs" || part == "benches")
}

/// The lines that are neither comments nor in the test module at a file's end.
fn product_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}
