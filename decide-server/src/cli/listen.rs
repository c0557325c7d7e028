//! What the server listens on.

use std::error::Error;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::{Path, PathBuf};

use arcjet_decide_server::{Listener, Listeners};
use tokio::net::TcpListener;

/// The listeners of a server, with what has to be put away when it ends.
pub(super) struct Bound {
    pub(super) listeners: Listeners,
    /// Where the TCP port is, also after port 0.
    pub(super) address: SocketAddr,
    #[cfg(unix)]
    _socket: Option<SocketFile>,
}

/// Listens on the port and, if there is one, on the socket in the file system.
pub(super) async fn bind(
    address: SocketAddr,
    #[cfg(unix)] socket: Option<&Path>,
) -> Result<Bound, Box<dyn Error>> {
    let port = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address} (--listen): {error}"))?;
    let address = port.local_addr()?;
    #[cfg(unix)]
    let (listeners, socket) = match socket {
        None => (Listeners::from(port), None),
        Some(path) => {
            let listener = bind_socket(path)
                .map_err(|error| format!("cannot listen on {} (--unix-socket): {error}", path.display()))?;
            let listeners = [Listener::from(port), Listener::from(listener)];
            (Listeners::from_iter(listeners), Some(SocketFile(path.to_owned())))
        }
    };
    #[cfg(not(unix))]
    let listeners = Listeners::from(Listener::from(port));
    Ok(Bound {
        listeners,
        address,
        #[cfg(unix)]
        _socket: socket,
    })
}

/// Listens on a socket in the file system. One that a server left behind without ending well is replaced.
#[cfg(unix)]
fn bind_socket(path: &Path) -> std::io::Result<tokio::net::UnixListener> {
    use std::io::ErrorKind;
    use std::os::unix::net::UnixStream;

    match tokio::net::UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let nobody_listens = UnixStream::connect(path)
                .is_err_and(|connecting| connecting.kind() == ErrorKind::ConnectionRefused);
            if !nobody_listens {
                return Err(error);
            }
            std::fs::remove_file(path)?;
            tokio::net::UnixListener::bind(path)
        }
        result => result,
    }
}

/// Removed with the value.
#[cfg(unix)]
struct SocketFile(PathBuf);

#[cfg(unix)]
impl Drop for SocketFile {
    fn drop(&mut self) {
        // The next server replaces one that is left.
        let _ = std::fs::remove_file(&self.0);
    }
}
