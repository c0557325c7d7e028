//! Starts a sample app and asks it what a reader of its page would ask with curl.
//!
//! Only tests use it. Every `expect` here states what holds while the app does what its page says; where it doesn't, the panic
//! fails the test.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use socket2::{Domain, Socket, Type};

/// The user agent of a browser.
pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
/// The user agent of a bot.
pub const CURL: &str = "curl/8.5.0";

/// A sample app that runs until this is dropped.
pub struct Program {
    child: Child,
    address: String,
}

impl Program {
    /// Starts the program in `file` on a free port, and waits until it says where it listens, with a line that begins with
    /// `Listening on http://`.
    pub fn start(file: &str, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(file)
            .env("PORT", "0")
            .env_remove("RUST_LOG")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        let stdout = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let rest = line.strip_prefix("Listening on http://")?;
            Some(rest.split([' ', '/']).next()?.trim_end_matches('.').to_owned())
        });
        // What it says later must not stop it from saying so.
        std::thread::spawn(move || lines.for_each(drop));
        let Some(address) = address else {
            let status = child.wait();
            panic!("{file} ended without listening: {status:?}");
        };
        Self { child, address }
    }

    /// Where it listens, as in `127.0.0.1:3000`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A browser's `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("user-agent", FIREFOX)], "")
    }

    /// Sends a request on a connection of its own.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let stream = TcpStream::connect(&self.address).expect("the app listens");
        ask(stream, method, path, headers, body)
    }

    /// That curl is denied on `/`, and a browser is not.
    pub fn assert_denies_curl(&self) {
        assert_eq!(self.ask("GET", "/", &[("user-agent", CURL)], "").status, 403);
        assert_eq!(self.get("/").status, 200);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // As Ctrl-C does, so that the program ends what it has started itself.
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-INT", &id]).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Sends a request over HTTP/1.1 and reads the answer to its end.
pub fn ask(mut stream: TcpStream, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = body.len();
    write!(stream, "{head}content-length: {length}\r\n\r\n{body}").expect("the app reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the app answers with text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    let (line, fields) = head.split_once("\r\n").unwrap_or((head, ""));
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer {
        status: status.expect("a status"),
        head: fields.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

/// Connects from one of this machine's addresses.
pub fn connect_from(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket
        .bind(&SocketAddr::from((from, 0)).into())
        .expect("an address of this machine");
    socket.connect(&to.into()).expect("somebody listens");
    socket.into()
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    head: String,
    /// The body, with the framing of chunks if there is one.
    pub body: String,
}

impl Answer {
    /// The value of a header in lower case; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    }
}
