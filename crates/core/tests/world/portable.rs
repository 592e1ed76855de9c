//! What SQLite takes and Postgres does not. The Postgres store rewrites `?1`, `OR FAIL`, `json_each`, `json_extract` and
//! `rowid`; everything else must read the same on both.

/// Panics with the reason when a statement would not run on Postgres.
pub(super) fn check(sql: &str) {
    let words = words(sql);
    for pair in words.windows(2) {
        if let [first, second] = pair {
            assert!(
                !(first == "or" && ["ignore", "replace", "abort", "rollback"].contains(&second.as_str())),
                "not on Postgres: OR {second} (write ON CONFLICT): {sql}"
            );
        }
    }
    for only in SQLITE_ONLY {
        assert!(!words.iter().any(|word| word == only), "not on Postgres: {only}: {sql}");
    }
    for (at, word) in words.iter().enumerate() {
        let next = |n: usize| words.get(at + n).map(String::as_str).unwrap_or_default();
        if word == "when" && next(1).starts_with('?') {
            assert_ne!(next(2), "then", "not on Postgres: a number as a condition (write ?n = 1): {sql}");
        }
    }
    if let Some(at) = words.windows(3).position(|w| w == ["do", "update", "set"]) {
        let mut depth = 0;
        for triple in words[at..].windows(4) {
            depth += i32::from(triple[0] == "(") - i32::from(triple[0] == ")");
            let column = &triple[1];
            if depth == 0 && triple[2] == "=" && column == &triple[3] {
                panic!("not on Postgres: which {column}? (write table.{column}): {sql}");
            }
        }
    }
}

/// Lower-case words, numbers with their `?`, and single signs; strings are left out.
fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\'' {
            while rest.next_if(|c| *c != '\'').is_some() {}
            rest.next();
        } else if c.is_ascii_alphanumeric() || "_?.\"".contains(c) {
            let mut word = c.to_ascii_lowercase().to_string();
            while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || "_.\"".contains(*c)) {
                word.push(c.to_ascii_lowercase());
            }
            words.push(word);
        } else if !c.is_whitespace() {
            words.push(c.to_string());
        }
    }
    words
}

const SQLITE_ONLY: [&str; 24] = [
    "ifnull",
    "iif",
    "glob",
    "instr",
    "printf",
    "typeof",
    "strftime",
    "datetime",
    "julianday",
    "unixepoch",
    "total",
    "group_concat",
    "last_insert_rowid",
    "changes",
    "hex",
    "unhex",
    "randomblob",
    "json",
    "json_array",
    "json_object",
    "json_group_array",
    "json_array_length",
    "pragma",
    "indexed",
];
