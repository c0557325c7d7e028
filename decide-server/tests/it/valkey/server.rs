//! Valkey or Redis servers that live as long as a test.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use arcjet_decide_server::{TimeSource, ValkeyConfig, ValkeyStore};
use redis::{Client, Cmd, FromRedisValue};

/// A running server, killed at the end of its life.
pub(crate) struct ValkeyServer {
    process: Child,
    pub(crate) port: u16,
    arguments: Vec<String>,
    folder: PathBuf,
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// An empty folder of the test's own.
pub(crate) fn fresh_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nth = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("arcjet-valkey-{}-{nth}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl ValkeyServer {
    /// A server that keeps nothing on disk, with these arguments besides.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let folder = fresh_folder();
        // Somebody else may take the port between the look and the start.
        for _ in 0..5 {
            let port = free_port();
            if let Some(process) = launch(port, &arguments, &folder) {
                return Self {
                    process,
                    port,
                    arguments,
                    folder,
                };
            }
        }
        panic!("no server started with {arguments:?}");
    }

    pub(crate) fn url(&self) -> String {
        format!("valkey://127.0.0.1:{}", self.port)
    }

    /// A store over this server, under the test's clock.
    pub(crate) fn store(&self) -> ValkeyStore {
        ValkeyStore::new(self.config().time(TimeSource::Caller)).unwrap()
    }

    /// The configuration of a store over this server. The machine may be busy with other tests, so the deadline is long.
    pub(crate) fn config(&self) -> ValkeyConfig {
        let config: ValkeyConfig = self.url().parse().unwrap();
        config.deadline(Duration::from_secs(10))
    }

    /// Runs a command over a connection of its own.
    pub(crate) async fn run<T: FromRedisValue>(&self, command: &str) -> T {
        self.try_run(command).await.unwrap()
    }

    pub(crate) async fn try_run<T: FromRedisValue>(&self, command: &str) -> redis::RedisResult<T> {
        let client = Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut cmd = Cmd::new();
        for word in command.split(' ') {
            cmd.arg(word);
        }
        cmd.query_async(&mut connection).await
    }

    /// Stops the process as it is: its connections stay open and nothing answers.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again on the same port, after [`kill`](Self::kill).
    pub(crate) fn restart(&mut self) {
        self.process = launch(self.port, &self.arguments, &self.folder).expect("the port was free");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .arg(signal)
            .arg(self.process.id().to_string())
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for ValkeyServer {
    fn drop(&mut self) {
        // It may be dead already; a frozen one dies of this too.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts a server and waits until it accepts connections; `None` if it ends instead.
fn launch(port: u16, arguments: &[String], folder: &Path) -> Option<Child> {
    let mut last = None;
    // Valkey where it is installed, else Redis, which `cargo xtask setup` checks for.
    for program in ["valkey-server", "redis-server"] {
        let mut command = Command::new(program);
        if arguments.iter().any(|argument| argument == "--sentinel") {
            // Sentinels need a file to write to.
            let file = folder.join("sentinel.conf");
            std::fs::write(&file, "").unwrap();
            command.arg(file);
        }
        let spawned = command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--dir", folder.to_str().unwrap()])
            .args(if arguments.iter().any(|argument| argument == "--sentinel") {
                &[][..]
            } else {
                &["--save", "", "--appendonly", "no"][..]
            })
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        match spawned {
            Ok(process) => return until_ready(process),
            Err(error) => last = Some(error),
        }
    }
    panic!("no valkey-server or redis-server: run `cargo xtask setup` ({last:?})");
}

fn until_ready(mut process: Child) -> Option<Child> {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let ready = lines.by_ref().map_while(Result::ok).any(|line| {
        line.contains("Ready to accept connections")
            || line.contains("Sentinel ID is")
            || line.contains("Sentinel new configuration")
    });
    if !ready {
        let _ = process.wait();
        return None;
    }
    // Somebody has to read what it says, or it would wait for that one day.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Some(process)
}
