//! Starts the program, nginx in front of it, and does what its page says.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use smoke::{Answer, CURL, FIREFOX, Program};

struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    /// Starts nginx with the configuration of the example, its ports aside.
    fn start(app: &str) -> Self {
        // Somebody else could take the port before nginx does; then it ends, and the test fails loudly.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nginx-{}", address.port()));
        fs::create_dir_all(folder.join("temp")).unwrap();
        let config = include_str!("../nginx.conf");
        let config = config
            .replace("127.0.0.1:8080", &address.to_string())
            .replace("127.0.0.1:3000", app);
        fs::write(folder.join("nginx.conf"), config).unwrap();
        let child = Command::new("nginx")
            .args(["-e", "stderr", "-p", ".", "-c", "nginx.conf"])
            .current_dir(&folder)
            .stderr(Stdio::inherit())
            .spawn()
            .expect("nginx is there: `cargo xtask setup` installs it");
        let mut nginx = Self { child, address };
        let patience = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            assert!(nginx.child.try_wait().unwrap().is_none(), "nginx ended");
            assert!(Instant::now() < patience, "nginx doesn't listen");
            std::thread::yield_now();
        }
        nginx
    }

    /// A request from one of the addresses of this machine.
    fn ask(&self, from: Ipv4Addr, headers: &[(&str, &str)]) -> Answer {
        smoke::ask(smoke::connect_from(from, self.address), "GET", "/", headers, "")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end when it is asked to, and not when it is killed.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.child.wait();
    }
}

#[test]
fn clients_are_told_apart_behind_nginx() {
    let app = Program::start(env!("CARGO_BIN_EXE_behind-proxy"), &[]);
    app.assert_denies_curl();
    let nginx = Nginx::start(app.address());
    let browser = ("user-agent", FIREFOX);
    let [two, three] = [Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)];
    assert_eq!(nginx.ask(two, &[("user-agent", CURL)]).status, 403);
    let spoofed = nginx.ask(two, &[browser, ("x-forwarded-for", "203.0.113.7")]);
    assert!(
        spoofed.body.contains("127.0.0.2 (TrustedProxy)"),
        "{}",
        spoofed.body
    );
    for _ in 0..4 {
        assert_eq!(nginx.ask(two, &[browser]).status, 200);
    }
    assert_eq!(nginx.ask(two, &[browser]).status, 429);
    assert_eq!(nginx.ask(three, &[browser]).status, 200);
}
