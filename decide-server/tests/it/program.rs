//! The program: its output, its exit, and its errors.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use http::{Request, StatusCode};
use http_body_util::Full;

use crate::client::{DECIDE, REPORT, json, post, proto, send};

/// A running `arcjet-decide` on a free port; killed with the value.
pub(crate) struct Program {
    child: Child,
    /// Collects standard error, which would otherwise stop the program when its pipe is full.
    log: Option<JoinHandle<String>>,
    pub(crate) address: SocketAddr,
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arcjet-decide"));
    // What the developer has set for a server of their own means nothing here.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ARCJET_DECIDE_") {
            command.env_remove(name);
        }
    }
    command
}

impl Program {
    pub(crate) fn start(configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = command();
        command
            .env("ARCJET_DECIDE_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        configure(&mut command);
        let mut child = command.spawn().unwrap();
        let mut errors = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            errors.read_to_string(&mut log).unwrap();
            log
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim_end()
            .strip_prefix("listening on ")
            .and_then(|url| url.split_once("://"))
            .map(|(_, address)| address)
            .unwrap_or_else(|| panic!("{line:?}"));
        Self {
            child,
            log: Some(log),
            address: address.parse().unwrap(),
        }
    }

    /// The value of a counter in `/metrics`, summed over the series with these labels.
    pub(crate) async fn counter(&self, name: &str, labels: &[&str]) -> u64 {
        let request = Request::get("/metrics").body(Full::default()).unwrap();
        let answer = send(self.address, request).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        let series = text
            .lines()
            .filter(|line| line.starts_with(name) && labels.iter().all(|label| line.contains(label)));
        series
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
    }

    /// Sends a signal and waits for the end; returns success and what stood on standard error.
    #[cfg(unix)]
    fn end(mut self, signal: &str) -> (bool, String) {
        self.signal(signal);
        let log = self.log.take().unwrap().join().unwrap();
        (self.child.wait().unwrap().success(), log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn serves_until_a_signal_and_ends_well() {
    for signal in ["-TERM", "-INT"] {
        let program = Program::start(|_| {});
        assert_eq!(
            send(program.address, json(DECIDE, "{}")).await.status,
            StatusCode::OK
        );
        let (success, log) = program.end(signal);
        assert!(success, "{signal}: {log}");
        assert!(log.contains("draining") && log.contains("stopped"), "{log}");
    }
}

#[tokio::test]
async fn counts_what_it_answers() {
    let program = Program::start(|_| {});
    send(program.address, json(DECIDE, "{}")).await;
    send(program.address, json(DECIDE, "{}")).await;
    send(program.address, json(DECIDE, "{")).await;
    let requests = "arcjet_decide_requests_total";
    assert_eq!(
        program
            .counter(requests, &[r#"protocol="connect_json""#, r#"code="ok""#])
            .await,
        2
    );
    assert_eq!(
        program.counter(requests, &[r#"code="invalid_argument""#]).await,
        1
    );
    assert_eq!(program.counter(requests, &[]).await, 3);
    let durations = "arcjet_decide_request_duration_seconds_count";
    assert_eq!(program.counter(durations, &[r#"method="Decide""#]).await, 3);
    assert_eq!(program.counter("arcjet_decide_requests_in_flight", &[]).await, 0);
}

#[cfg(unix)]
#[tokio::test]
async fn keys_come_from_the_environment_and_stay_out_of_the_log() {
    let program = Program::start(|command| {
        command.env("ARCJET_DECIDE_KEYS", "ajkey_one, ajkey_two").args([
            "--log",
            "arcjet_decide_server=trace,arcjet_engine=trace",
            "--log-format",
            "json",
        ]);
    });
    assert_eq!(
        send(program.address, json(DECIDE, "{}")).await.status,
        StatusCode::UNAUTHORIZED
    );
    let mut request = proto(DECIDE, &crate::client::decide("203.0.113.77", vec![]));
    request
        .headers_mut()
        .insert("authorization", "Bearer ajkey_two".parse().unwrap());
    assert_eq!(send(program.address, request).await.status, StatusCode::OK);
    let (_, log) = program.end("-TERM");
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
        "{log}"
    );
    assert!(log.contains("answered"), "{log}");
    assert!(!log.contains("ajkey_"), "{log}");
}

/// Everything that could give a person or a secret away, in every place of a request.
#[cfg(unix)]
#[tokio::test]
async fn nothing_personal_is_logged() {
    let program = Program::start(|command| {
        command
            .env("ARCJET_DECIDE_KEYS", "ajkey_one")
            .args(["--log", "trace"]);
    });
    let mut message = crate::client::decide("203.0.113.77", vec![crate::client::fixed_window(1)]);
    let details = message.details.as_mut().unwrap();
    details.email = "secret-mail@example.com".to_owned();
    details.path = "/secret-path".to_owned();
    details.query = "?secret-query=1".to_owned();
    details.cookies = "session=secret-cookie".to_owned();
    details
        .headers
        .insert("x-secret".to_owned(), "secret-header".to_owned());
    details
        .extra
        .insert("userId".to_owned(), "secret-user".to_owned());
    details.body = bytes::Bytes::from_static(b"secret-body");
    for version in [http::Version::HTTP_11, http::Version::HTTP_2] {
        for path in [DECIDE, REPORT] {
            for (key, broken) in [("ajkey_one", false), ("ajkey_wrong", false), ("ajkey_one", true)] {
                let mut body = prost::Message::encode_to_vec(&message);
                if broken {
                    body.truncate(body.len() / 2);
                }
                let mut request = post(version, path, "application/proto", body);
                let headers = request.headers_mut();
                headers.insert("authorization", format!("Bearer {key}").parse().unwrap());
                headers.insert("cookie", "session=secret-outer-cookie".parse().unwrap());
                headers.insert("x-forwarded-for", "203.0.113.77".parse().unwrap());
                send(program.address, request).await;
            }
        }
    }
    let (_, log) = program.end("-TERM");
    // That is what this level is like.
    assert!(log.contains("TRACE") && log.contains("answered"), "{log}");
    for secret in ["ajkey_", "secret-", "203.0.113.77"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[test]
fn errors_name_the_flag() {
    for (arguments, part) in [
        (&["--listen", "here"][..], "--listen"),
        (&["--listen", "0.0.0.0:0"], "--key"),
        (&["--key", "two words"], "--key"),
        (&["--drain-timeout", "soon"], "--drain-timeout"),
        (&["--limit-capacity", "0"], "--limit-capacity"),
        (&["--log", "loud=very=much"], "--log"),
        (&["--log-format", "xml"], "--log-format"),
    ] {
        let output = command().args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(
            error.starts_with("error: ") && error.contains(part),
            "{arguments:?}: {error}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_address_in_use_is_said_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = command().args(["--listen", &address]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains(&address), "{error}");
}

#[test]
fn help_shows_how_to_begin_and_no_key() {
    let output = command()
        .env("ARCJET_DECIDE_KEYS", "ajkey_secret")
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for part in [
        "ARCJET_DECIDE_LISTEN",
        "curl http://",
        "createRemoteClient",
        "/metrics",
    ] {
        assert!(help.contains(part), "{part} is missing in {help}");
    }
    assert!(!help.contains("ajkey_secret"));
}

/// What systemd does with a unit of the type `notify`: it listens, starts, reloads and stops.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_service_manager_is_told_and_certificates_are_read_again() {
    use std::os::unix::net::UnixDatagram;

    use crate::certificates::Authority;

    let authority = Authority::new();
    let pair = authority.server("server");
    let path = authority.directory().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(std::time::Duration::from_secs(30)))
        .unwrap();
    let told = || {
        let mut message = [0; 200];
        let length = socket.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    let program = Program::start(|command| {
        command
            .env("NOTIFY_SOCKET", &path)
            .env("ARCJET_DECIDE_TLS_CERT", &pair.certificate)
            .env("ARCJET_DECIDE_TLS_KEY", &pair.key);
    });
    assert_eq!(told(), "READY=1");
    std::fs::write(&pair.certificate, "nonsense").unwrap();
    program.signal("-HUP");
    assert!(told().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(told(), "READY=1");
    let (success, log) = program.end("-TERM");
    assert!(success && log.contains("certificates not loaded"), "{log}");
    assert_eq!(told(), "STOPPING=1");
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_in_the_file_system_is_served_and_removed() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let path = std::env::temp_dir().join(format!("arcjet-decide-{}.sock", std::process::id()));
    // One that a server left behind: nobody listens on it any more.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let program = Program::start(|command| {
        command.env("ARCJET_DECIDE_UNIX_SOCKET", &path);
    });
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // One that is in use is left alone.
    let mut second = command();
    second
        .env("ARCJET_DECIDE_LISTEN", "127.0.0.1:0")
        .arg("--unix-socket")
        .arg(&path);
    let error = String::from_utf8(second.output().unwrap().stderr).unwrap();
    assert!(error.contains("--unix-socket"), "{error}");
    let (success, log) = program.end("-TERM");
    assert!(success, "{log}");
    assert!(!path.exists());
}
