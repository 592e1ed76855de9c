//! A PostgreSQL of the tests' own: a private folder, a unix socket, no network. It ends with the last test that uses it.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

pub(crate) struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    databases: AtomicU32,
}

impl Server {
    /// The server that runs, or a new one. `None`, with a word, where PostgreSQL is not installed.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        static RUNNING: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = running.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::start()?);
        *running = Arc::downgrade(&server);
        Some(server)
    }

    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!(
                "skipped: PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin or on the PATH)"
            );
            return None;
        };
        let folder = tempfile::Builder::new().prefix("pa-pg-").tempdir().unwrap();
        if let Some((user, group)) = other_user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let server = Self { folder, programs, databases: AtomicU32::new(0) };
        let data = server.data();
        let arguments =
            ["-D", &data, "-U", "proxyagent", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "-N"];
        server.run("initdb", &arguments);
        server.control("start", &[]);
        Some(server)
    }

    /// The URL of a new, empty database.
    pub(crate) async fn new_database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute(&self.url("postgres"), &format!("CREATE DATABASE {name}")).await;
        self.url(&name)
    }

    /// Runs a statement as somebody else than the proxy would.
    pub(crate) async fn execute(&self, url: &str, sql: &str) {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }

    /// Stops it in an orderly way and starts it again.
    pub(crate) fn restart(&self) {
        self.control("restart", &["-m", "fast"]);
    }

    pub(crate) fn stop(&self, mode: &str) {
        self.control("stop", &["-m", mode]);
    }

    pub(crate) fn start_again(&self) {
        self.control("start", &[]);
    }

    fn url(&self, database: &str) -> String {
        let socket = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://proxyagent@{socket}/{database}")
    }

    fn data(&self) -> String {
        self.folder.path().join("data").to_str().unwrap().to_owned()
    }

    fn control(&self, action: &str, more: &[&str]) {
        let options = format!(
            "-k {} -c listen_addresses= -c fsync=off -c max_connections=200 -c shared_buffers=16MB",
            self.folder.path().display()
        );
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let mut arguments = vec![action, "-w", "-s", "-D", &data, "-l", log.to_str().unwrap()];
        if action != "stop" {
            arguments.extend(["-o", &options]);
        }
        arguments.extend(more);
        self.run("pg_ctl", &arguments);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("programs.log"))
            .unwrap();
        let status = command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        let said = || std::fs::read_to_string(self.folder.path().join("programs.log")).unwrap_or_default();
        assert!(status.success(), "{program} {arguments:?}: {}", said());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop("immediate");
    }
}

/// The newest that is installed.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    versions.into_iter().rev().chain(on_path).find(|folder| folder.join("initdb").is_file())
}

/// PostgreSQL refuses to run as root: somebody else then, with that user's group.
fn other_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        return None;
    }
    let users = std::fs::read_to_string(Path::new("/etc/passwd")).unwrap();
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody"))
}
