//! Stand-ins for agents: small scripts that write down how they were started.

use crate::runner::Machine;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A directory of programs, and where they write to.
pub(crate) struct Agents {
    directory: tempfile::TempDir,
}

/// How a program was started.
pub(crate) struct Started {
    pub(crate) arguments: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) input: String,
    pub(crate) cwd: String,
}

impl Agents {
    /// Programs of these names; each writes down what it was given and then does `then`.
    pub(crate) fn of(names: &[&str], then: &str) -> Self {
        let agents = Self { directory: tempfile::tempdir().unwrap() };
        for name in names {
            let notes = agents.directory.path().display();
            agents.program(
                name,
                &format!(
                    "#!/bin/sh\nprintf '%s\\0' \"$@\" > {notes}/arguments\n/usr/bin/env -0 > {notes}/variables\n\
                     /bin/cat > {notes}/input\n/bin/pwd > {notes}/cwd\n{then}\n"
                ),
                0o755,
            );
        }
        agents
    }

    /// A file in PATH.
    pub(crate) fn program(&self, name: &str, text: &str, mode: u32) {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A file that a program wrote.
    pub(crate) fn note(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// A machine that finds these programs, and has a token.
    pub(crate) fn machine(&self) -> Machine {
        let token = Machine::new().run("token new t --scope mock").ok();
        Machine::new()
            .with("PATH", self.path().to_str().unwrap())
            .with("TMPDIR", self.path().to_str().unwrap())
            .with("PROXYAGENT_TOKEN", token.trim())
    }

    pub(crate) fn started(&self) -> Started {
        let read = |name: &str| std::fs::read_to_string(self.note(name)).unwrap();
        let list = |name: &str| read(name).split_terminator('\0').map(str::to_owned).collect::<Vec<_>>();
        Started {
            arguments: list("arguments"),
            variables: list("variables")
                .iter()
                .map(|line| line.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned())).unwrap())
                .collect(),
            input: read("input"),
            cwd: read("cwd").trim_end().to_owned(),
        }
    }

    /// Whether a run left a profile behind.
    pub(crate) fn has_profile(&self) -> bool {
        std::fs::read_dir(self.path())
            .unwrap()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("proxyagent-run-"))
    }
}

impl Started {
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
