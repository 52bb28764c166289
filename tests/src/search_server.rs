//! A real Elasticsearch or OpenSearch as a process, from where `scripts/search_servers.sh` has put it.

use crate::processor;
use crate::server::{cached, free_port};
use crate::{skipped, wait_for};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// `nobody`: neither server runs as root.
const NOBODY: &str = "65534";
/// Elasticsearch knows two users of one password: the owner may do all, the writer may write to `catchwater-*`. The test
/// build of OpenSearch knows none.
pub const OWNER: &str = "owner";
/// See [`OWNER`].
pub const WRITER: &str = "writer";
/// Name of an environment variable, set in all tests that Cargo runs, whose value is the users' password: a test cannot
/// set one of its own without unsafe code.
pub const PASSWORD_ENV: &str = "CARGO_PKG_NAME";
const PASSWORD: &str = env!("CARGO_PKG_NAME");
/// The password as `elasticsearch-users` hashes it (bcrypt).
const PASSWORD_HASH: &str = "$2a$10$gRAoqmbweORGMooHGPFyD.7l/gN3U3gJ6of/YJAghJJynQMOQlgYS";
const ROLES: &str =
    "writer:\n  indices:\n    - {names: ['catchwater-*'], privileges: [index, auto_configure]}\n";

/// A server on a free loopback port, with a folder of its own. Ends when it is dropped.
pub struct SearchServer {
    name: &'static str,
    folder: TempDir,
    java_home: String,
    port: u16,
    settings: Vec<String>,
    running: Option<Child>,
}

/// Runs a command that must succeed.
fn run(program: &str, args: &[&str]) {
    let status = Command::new(program).args(args).status();
    assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "{program} {args:?}: {status:?}");
}

/// The servers' own tool takes three seconds a user.
fn add_users(config: &Path) {
    let hashes = format!("{OWNER}:{PASSWORD_HASH}\n{WRITER}:{PASSWORD_HASH}\n");
    let roles = format!("superuser:{OWNER}\nwriter:{WRITER}\n");
    for (file, text) in [("users", hashes), ("users_roles", roles), ("roles.yml", ROLES.into())] {
        std::fs::write(config.join(file), text).expect("the copy can be written");
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("there is a command `id`");
    id.stdout.starts_with(b"0\n")
}

impl SearchServer {
    /// Starts `elasticsearch` or `opensearch` with further settings, `key=value`; `None`, and a word of it, where it is
    /// not installed.
    pub fn start(name: &'static str, settings: &[&str]) -> Option<Self> {
        let Some(installed) = installed(name) else {
            skipped(&format!("no {name}: run scripts/setup.sh"));
            return None;
        };
        // A copy, for the cache may lie where only root can read, and the server writes beside its files.
        let folder = tempfile::Builder::new().prefix("catchwater-search-").tempdir().expect("a folder");
        let (from, to) = (format!("{}/.", installed.display()), folder.path().join("home"));
        run("cp", &["-r", &from, to.to_str().expect("a path of text")]);
        if name == "elasticsearch" {
            add_users(&to.join("config"));
        }
        if is_root() {
            run(
                "chown",
                &["-R", &format!("{NOBODY}:{NOBODY}"), folder.path().to_str().expect("a path of text")],
            );
        }
        let java_home = std::fs::read_to_string(to.join("java-home")).expect("its Java is named");
        let port = free_port();
        let settings = settings.iter().map(|s| format!("-E{s}")).collect();
        let java_home = java_home.trim().to_string();
        let mut server = Self { name, folder, java_home, port, settings, running: None };
        server.start_again();
        Some(server)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it after [`SearchServer::kill`], on the same port and data, and waits until it answers.
    pub fn start_again(&mut self) {
        let home = self.folder.path().join("home");
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
                command.arg(home.join("bin").join(self.name));
                command
            }
            false => Command::new(home.join("bin").join(self.name)),
        };
        let log = File::create(self.folder.path().join("log")).expect("a log file");
        command
            .args(["-Ediscovery.type=single-node", "-Enetwork.host=127.0.0.1", "-Etransport.port=0"])
            .arg(format!("-Ehttp.port={}", self.port))
            // A disk that is 85 % full would keep new indices from starting.
            .arg("-Ecluster.routing.allocation.disk.threshold_enabled=false")
            .args(&self.settings)
            .current_dir(&home)
            .env_remove("JAVA_HOME")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            // A group of its own: the starter and the server that it starts end together.
            .process_group(0);
        for prefix in ["ES", "OPENSEARCH"] {
            command.env(format!("{prefix}_JAVA_HOME"), &self.java_home);
            command.env(format!("{prefix}_JAVA_OPTS"), "-Xms512m -Xmx512m");
        }
        self.running = Some(command.spawn().expect("the server starts"));
        let health = format!("{}/_cluster/health?wait_for_status=yellow&timeout=1s", self.url());
        wait_for(self.name, Duration::from_secs(180), || {
            let ended = self.running.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "{} ended: {ended:?}\n{}", self.name, self.log());
            let user = format!("Basic {}", STANDARD.encode(format!("{OWNER}:{PASSWORD}")));
            ureq::get(&health)
                .header("authorization", user)
                .call()
                .ok()
                .filter(|answer| answer.status() == 200)
                .map(drop)
        });
    }

    /// Time that processors have worked for it.
    pub fn processor_time(&self) -> Duration {
        self.running.as_ref().map_or(Duration::ZERO, |child| processor::time_of_group(child.id()))
    }

    /// What it printed.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Kills it, without a word before.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = child.wait();
            wait_for("the server is gone", Duration::from_secs(20), || {
                std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err().then_some(())
            });
        }
    }
}

impl Drop for SearchServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(20).collect();
            eprintln!("{}'s last lines, newest first:\n{}", self.name, tail.join("\n"));
        }
        self.kill();
    }
}

fn installed(name: &str) -> Option<PathBuf> {
    cached(&format!("search/{name}/java-home")).and_then(|file| file.parent().map(Path::to_path_buf))
}
