//! What the process is told by its system, and what it tells.

use std::io;

/// Completes at the first SIGTERM or Ctrl-C.
pub(super) fn shutdown() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        let terminated = terminate.recv();
        #[cfg(not(unix))]
        let terminated = std::future::pending::<Option<()>>();
        tokio::select! {
            _ = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}

/// From here on, has `reload` run at every SIGHUP, which would otherwise end the process. It may block.
#[cfg(unix)]
pub(super) fn reload(reload: impl Fn() + Clone + Send + 'static) -> io::Result<()> {
    let mut hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            notify(&format!(
                "RELOADING=1\nMONOTONIC_USEC={}",
                monotonic_microseconds()
            ))
            .unwrap_or_default();
            // Ends with the runtime.
            let _ = tokio::task::spawn_blocking(reload.clone()).await;
            notify("READY=1").unwrap_or_default();
        }
    });
    Ok(())
}

/// There is no such signal here.
#[cfg(not(unix))]
pub(super) fn reload(_: impl Fn() + Clone + Send + 'static) -> io::Result<()> {
    Ok(())
}

/// Tells the service manager that the server serves.
pub(super) fn ready() -> io::Result<()> {
    notify("READY=1")
}

/// Tells the service manager that the server ends.
pub(super) fn stopping() -> io::Result<()> {
    notify("STOPPING=1")
}

/// Sends a message to systemd, as sd_notify(3) describes it, if it asked for messages.
#[cfg(target_os = "linux")]
fn notify(message: &str) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
        return Ok(());
    };
    let address = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&path)?,
    };
    UnixDatagram::unbound()?.send_to_addr(message.as_bytes(), &address)?;
    Ok(())
}

/// There is no systemd here.
#[cfg(not(target_os = "linux"))]
fn notify(_: &str) -> io::Result<()> {
    Ok(())
}

/// The clock that systemd compares reloads by.
#[cfg(unix)]
fn monotonic_microseconds() -> u128 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    // The system's monotonic clock counts from its start.
    let seconds = u128::try_from(now.tv_sec).unwrap_or_default();
    seconds * 1_000_000 + u128::try_from(now.tv_nsec).unwrap_or_default() / 1000
}
