//! A Valkey to count in: the one that `VALKEY_URL` names, or one of our own.

use std::error::Error;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// A Valkey; one that the program started ends when this is dropped.
pub(crate) struct Valkey {
    url: String,
    child: Option<Child>,
}

impl Valkey {
    pub(crate) async fn find_or_start() -> Result<Self, Box<dyn Error>> {
        if let Ok(url) = std::env::var("VALKEY_URL") {
            return Ok(Self { url, child: None });
        }
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let child = start(address).ok_or(
            "neither valkey-server nor redis-server can be started: install one of them, or set VALKEY_URL to the URL of \
             one that runs, as in valkey://127.0.0.1:6379",
        )?;
        let valkey = Self {
            url: format!("valkey://{address}"),
            child: Some(child),
        };
        for _ in 0..200 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(valkey);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err(format!("the server that was started doesn't listen on {address}").into())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Starts a server that keeps nothing on disk.
fn start(address: SocketAddr) -> Option<Child> {
    ["valkey-server", "redis-server"].iter().find_map(|program| {
        Command::new(program)
            .args(["--bind", "127.0.0.1", "--port", &address.port().to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .ok()
    })
}

impl Drop for Valkey {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
