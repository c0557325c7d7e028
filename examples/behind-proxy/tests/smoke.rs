//! Starts the program, each of the proxies in front of it, and does what its page says.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use smoke::{Answer, CURL, FIREFOX, Program};

/// A program that stands in front of the app, started as the example's page says.
struct Proxy {
    child: Child,
    address: SocketAddr,
}

impl Proxy {
    fn nginx(app: &str) -> Self {
        let arguments = ["-e", "stderr", "-p", ".", "-c", "nginx.conf"];
        Self::start(
            "nginx",
            &arguments,
            ("nginx.conf", include_str!("../nginx.conf")),
            app,
        )
    }

    fn caddy(app: &str) -> Self {
        // Without the port by which it can be configured anew: there is one on a machine.
        let config = format!("{{\n\tadmin off\n}}\n{}", include_str!("../Caddyfile"));
        Self::start("caddy", &["run"], ("Caddyfile", &config), app)
    }

    /// Starts a program with a configuration of the example, its ports aside.
    fn start(program: &str, arguments: &[&str], (file, config): (&str, &str), app: &str) -> Self {
        // Somebody else could take the port before the proxy does; then it ends, and the test fails loudly.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{program}-{}", address.port()));
        fs::create_dir_all(folder.join("temp")).unwrap();
        let config = config
            .replace(":8080", &format!(":{}", address.port()))
            .replace("127.0.0.1:3000", app);
        fs::write(folder.join(file), config).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .current_dir(&folder)
            // Caddy keeps files in its user's home.
            .env("HOME", &folder)
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}, which `cargo xtask setup` installs: {error}"));
        let mut proxy = Self { child, address };
        let patience = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            assert!(proxy.child.try_wait().unwrap().is_none(), "{program} ended");
            assert!(Instant::now() < patience, "{program} doesn't listen");
            std::thread::yield_now();
        }
        proxy
    }

    /// A request from one of the addresses of this machine.
    fn ask(&self, from: Ipv4Addr, headers: &[(&str, &str)]) -> Answer {
        smoke::ask(smoke::connect_from(from, self.address), "GET", "/", headers, "")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The workers of nginx end when it is asked to, and not when it is killed.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.child.wait();
    }
}

#[test]
fn clients_are_told_apart_behind_nginx() {
    clients_are_told_apart_behind(Proxy::nginx);
}

#[test]
fn clients_are_told_apart_behind_caddy() {
    clients_are_told_apart_behind(Proxy::caddy);
}

fn clients_are_told_apart_behind(start: fn(app: &str) -> Proxy) {
    let app = Program::start(env!("CARGO_BIN_EXE_behind-proxy"), &[]);
    app.assert_denies_curl();
    let proxy = start(app.address());
    let browser = ("user-agent", FIREFOX);
    let [two, three] = [Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)];
    assert_eq!(proxy.ask(two, &[("user-agent", CURL)]).status, 403);
    let spoofed = proxy.ask(two, &[browser, ("x-forwarded-for", "203.0.113.7")]);
    assert!(
        spoofed.body.contains("127.0.0.2 (TrustedProxy)"),
        "{}",
        spoofed.body
    );
    for _ in 0..4 {
        assert_eq!(proxy.ask(two, &[browser]).status, 200);
    }
    assert_eq!(proxy.ask(two, &[browser]).status, 429);
    assert_eq!(proxy.ask(three, &[browser]).status, 200);
}
