//! Rate limiters with a server of their own, whose programs are looked for where the shell would.

use crate::{TaskResult, bench::process::Server, repository};
use std::{
    net::{SocketAddr, TcpListener},
    process::Command,
};

/// A rate limiter, with its counters in memory.
pub(super) struct Peer {
    pub(super) program: &'static str,
    /// What the load generator calls its requests.
    pub(super) scenario: &'static str,
    /// Says where it listens for gRPC, and on which port for HTTP.
    listen: fn(&mut Command, SocketAddr, u16),
}

pub(super) const PEERS: [Peer; 2] = [
    Peer {
        program: "throttlecrab-server",
        scenario: "throttlecrab",
        listen: |command, grpc, _| {
            command
                .args(["--grpc", "--grpc-host", "127.0.0.1", "--grpc-port"])
                .arg(grpc.port().to_string());
        },
    },
    Peer {
        program: "limitador-server",
        scenario: "limitador",
        listen: |command, grpc, http_port| {
            command
                .args(["--rls-ip", "127.0.0.1", "--http-ip", "127.0.0.1"])
                .args(["--rls-port", &grpc.port().to_string()])
                .args(["--http-port", &http_port.to_string()])
                .arg(repository::root().join("benches/limitador.yaml"))
                // Of its 1,000 counters, unless told otherwise, it would throw some away.
                .args(["memory", "--cache", "10000"]);
        },
    },
];

impl Peer {
    pub(super) fn find(program: &str) -> Option<&'static Self> {
        PEERS.iter().find(|peer| peer.program == program)
    }

    /// Starts it on free ports, if it is installed.
    pub(super) fn start(&self) -> TaskResult<Option<Server>> {
        if Command::new(self.program).arg("--version").output().is_err() {
            return Ok(None);
        }
        let [grpc, http] = free_addresses()?;
        let mut command = Command::new(self.program);
        (self.listen)(&mut command, grpc, http.port());
        Server::start_at(&mut command, grpc).map(Some)
    }
}

/// Two different addresses of this machine that nobody listens on.
fn free_addresses() -> TaskResult<[SocketAddr; 2]> {
    // Both are open together, so that they differ.
    let listeners = [
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    ];
    Ok([listeners[0].local_addr()?, listeners[1].local_addr()?])
}
