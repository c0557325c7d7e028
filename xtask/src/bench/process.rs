//! Servers as processes of their own, and the processor time that they use.

use crate::TaskResult;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(10);

/// Says what is missing for [`Server::cpu`].
pub(crate) fn require() -> TaskResult {
    if Path::new("/proc/self/stat").exists() {
        return Ok(());
    }
    Err(
        "the processor time of servers is read from /proc, which is there on Linux only; \
         `--only protect,sandbox` works everywhere"
            .into(),
    )
}

/// A running server; it ends with this value.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a program and waits until it prints a line that ends with its address.
    pub(crate) fn start(command: &mut Command) -> TaskResult<Self> {
        let what = format!("{command:?}");
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run {what}: {error}"))?;
        let (send, lines) = mpsc::channel();
        if let Some(output) = process.stdout.take() {
            // Reads to the end, so that the server never waits for a reader.
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // Nobody listens after the first line.
                    let _ = send.send(line);
                }
            });
        }
        let line = lines.recv_timeout(START);
        let address = line.ok().and_then(|line| address_of(&line));
        let Some(address) = address else {
            // It may have ended by itself.
            let _ = process.kill();
            process.wait()?;
            return Err(format!("{what} did not say where it listens, see above").into());
        };
        Ok(Self { process, address })
    }

    /// Starts a program that listens on a port of this machine that it is told, and waits until it does.
    pub(crate) fn start_at(command: &mut Command, address: SocketAddr) -> TaskResult<Self> {
        let what = format!("{command:?}");
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot run {what}: {error}"))?;
        let server = Self { process, address };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > START {
                return Err(format!("{what} does not listen on {address}").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// The processor time that the server has used so far, user and system, in seconds.
    pub(crate) fn cpu(&self, ticks_per_second: f64) -> TaskResult<f64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The second field is the program's name in parentheses and may hold anything; utime and stime are 14 and 15.
        let fields = text.rsplit_once(')').ok_or("/proc has another format")?.1;
        let mut times = fields.split_whitespace().skip(11);
        let (Some(user), Some(system)) = (times.next(), times.next()) else {
            return Err("/proc has another format".into());
        };
        Ok((user.parse::<f64>()? + system.parse::<f64>()?) / ticks_per_second)
    }
}

/// The unit of processor time in `/proc`.
pub(crate) fn ticks_per_second() -> TaskResult<f64> {
    let output = Command::new("getconf").arg("CLK_TCK").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

fn address_of(line: &str) -> Option<SocketAddr> {
    let last = line.split_whitespace().next_back()?;
    last.trim_start_matches("http://").parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself only on a fault that was reported already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_where_they_listen() {
        let expected = Some(SocketAddr::from(([127, 0, 0, 1], 8787)));
        for line in ["127.0.0.1:8787", "listening on http://127.0.0.1:8787"] {
            assert_eq!(address_of(line), expected);
        }
        assert_eq!(address_of("hello"), None);
    }
}
