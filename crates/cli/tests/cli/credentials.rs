//! Stored credentials on this machine: in by a pipe or a file, never out again; their key changed; the store copied.

use crate::runner::Machine;
use serde_json::{Value, json};

const CANARY: &str = "gsk_CANARY_0123456789abcdef";

/// Everything that is stored, as bytes.
fn stored(machine: &Machine) -> Vec<u8> {
    let home = machine.home().join(".proxyagent");
    let files = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    files.flat_map(|path| std::fs::read(path).unwrap()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn listed(machine: &Machine) -> Vec<Value> {
    // What cannot be used is a fault that is told on standard error.
    let out = machine.run("provider ls --json").out;
    serde_json::from_str::<Value>(&out).unwrap()["credentials"].as_array().unwrap().clone()
}

#[test]
fn a_credential_goes_in_by_a_pipe_or_a_file_and_never_comes_out() {
    let machine = Machine::new();
    let first = machine.run_with_input("provider add groq --key - --label team", CANARY).ok();
    let file = machine.home().join("key");
    std::fs::write(&file, format!("{CANARY}\n")).unwrap();
    let line = format!("provider add groq --key-file {} --priority 5 --quiet", file.display());
    machine.run(&line).ok();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(listed(&machine).len(), 2);
    let table = machine.run("provider ls").ok();
    assert!(table.contains(first.trim_end()) && table.contains("team") && table.contains("ok"), "{table}");
    assert!(!table.contains("CANARY") && !holds(&stored(&machine), "CANARY"));

    let err = machine.run(&format!("provider add groq --key {CANARY}"));
    assert!(err.code == 0 && err.err.contains("every user of this machine"), "{}", err.err);
    assert!(machine.run("provider add groq").failed(2).contains("--key-file FILE"));
    assert!(machine.run("provider add groq --key -").failed(2).contains("is missing"));
    assert!(machine.run_with_input("provider add nobody --key -", CANARY).failed(2).contains("no provider"));
    assert!(machine.run("provider add groq --kind iou").failed(2).contains("api_key"));

    machine.run("provider disable team").ok();
    assert!(machine.run("provider ls").ok().contains("disabled"));
    machine.run("provider enable team").ok();
    machine.run_with_input("provider replace team --key -", "gsk_another").ok();
    machine.run("provider rm team").ok();
    assert!(machine.run("provider rm team").failed(5).contains("provider ls"));
}

#[test]
fn the_master_key_is_changed_and_the_old_one_forgotten() {
    let machine = Machine::new();
    machine.run_with_input("provider add groq --key - --label team", CANARY).ok();
    let file = machine.home().join(".proxyagent/master-key");
    let keys = || std::fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let before = keys();
    let id = machine.run("keys rotate --quiet").ok();
    assert_eq!(keys().get(1..), Some(&before[..]));
    machine.run("keys retire").ok();
    assert!(keys().len() == 1 && keys() != before);
    assert_eq!(machine.run("provider ls --json").json()["key_id"], json!(id.trim_end()));
    assert_eq!(listed(&machine)[0]["state"], json!("ok"));
    // The old key is of no use any more, and nothing is changed while a credential does not open.
    let new = keys();
    std::fs::write(&file, format!("{}\n", before[0])).unwrap();
    assert_eq!(listed(&machine)[0]["state"], json!("unusable"));
    let rotated = machine.run("keys rotate");
    assert!(rotated.code == 1 && rotated.err.contains("cannot be opened"), "{}", rotated.err);
    std::fs::write(&file, format!("{}\n", new[0])).unwrap();
    assert_eq!(listed(&machine)[0]["state"], json!("ok"));
}

#[test]
fn a_copy_of_the_store_is_made_and_put_back() {
    let machine = Machine::new();
    machine.run_with_input("provider add groq --key - --label team", CANARY).ok();
    let copy = machine.home().join("copy.db");
    machine.run(&format!("backup {}", copy.display())).ok();
    assert!(!holds(&std::fs::read(&copy).unwrap(), "CANARY"));
    assert!(machine.run(&format!("backup {}", copy.display())).code != 0, "it is there already");
    machine.run("provider rm team").ok();
    assert!(listed(&machine).is_empty());
    machine.run(&format!("restore {}", copy.display())).ok();
    assert_eq!(listed(&machine)[0]["state"], json!("ok"));
    // Elsewhere, without the key, nothing opens.
    let other = Machine::new();
    other.run(&format!("restore {}", copy.display())).ok();
    assert_eq!(listed(&other)[0]["state"], json!("unusable"));
}
