//! Where a connection leads: to a fixed address, or to whatever the sentinels say is the master now.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Value};
use tokio::time::timeout;

use super::config::Address;
use super::connect::{CONNECT_TIMEOUT, Dialer, Driver, send};
use super::error::CallError;

/// How a node is found.
pub(super) enum Source {
    Fixed {
        dialer: Arc<Dialer>,
        address: Address,
    },
    Sentinel {
        dialer: Dialer,
        sentinels: Dialer,
        addresses: Vec<Address>,
        master: String,
    },
}

impl Source {
    /// How long an attempt may take.
    pub(super) fn patience(&self) -> Duration {
        match self {
            Self::Fixed { .. } => CONNECT_TIMEOUT,
            Self::Sentinel { addresses, .. } => {
                CONNECT_TIMEOUT.saturating_mul(u32::try_from(addresses.len()).unwrap_or(u32::MAX))
            }
        }
    }

    /// Connects.
    pub(super) async fn dial(&self) -> Result<(MultiplexedConnection, Driver), CallError> {
        match self {
            Self::Fixed { dialer, address } => dialer.dial(address).await,
            Self::Sentinel {
                dialer,
                sentinels,
                addresses,
                master,
            } => {
                let mut failed = CallError::unavailable();
                for sentinel in addresses {
                    // One that hangs must not keep the others from being asked.
                    match timeout(CONNECT_TIMEOUT, follow(dialer, sentinels, sentinel, master)).await {
                        Ok(Ok(connected)) => return Ok(connected),
                        Ok(Err(error)) => failed = error,
                        Err(_) => failed = CallError::timeout(CONNECT_TIMEOUT),
                    }
                }
                Err(failed)
            }
        }
    }
}

/// Connects to the master that a sentinel names. A sentinel may not know yet that the master has changed, so the server is
/// asked for its role.
async fn follow(
    dialer: &Dialer,
    sentinels: &Dialer,
    sentinel: &Address,
    master: &str,
) -> Result<(MultiplexedConnection, Driver), CallError> {
    let mut question = Cmd::new();
    question
        .arg("SENTINEL")
        .arg("GET-MASTER-ADDR-BY-NAME")
        .arg(master);
    let answer = sentinels.ask(sentinel, &question).await?;
    let address = address(&answer)
        .ok_or_else(|| CallError::refused(format!("the sentinel {sentinel} knows no master {master:?}")))?;
    let (mut connection, mut driver) = dialer.dial(&address).await?;
    let mut question = Cmd::new();
    question.arg("ROLE");
    let role = tokio::select! {
        answer = send(&mut connection, &question) => answer?,
        () = &mut driver => return Err(CallError::unavailable()),
    };
    match role {
        Value::Array(role) if role.first().is_some_and(|role| text(role) == Some("master")) => {
            Ok((connection, driver))
        }
        _ => Err(CallError::refused(format!(
            "{address} is no master, although the sentinel {sentinel} says so"
        ))),
    }
}

/// Reads the host and the port of a master.
fn address(answer: &Value) -> Option<Address> {
    let Value::Array(parts) = answer else { return None };
    let [host, port] = &**parts else { return None };
    Some(Address::Tcp {
        host: text(host)?.to_owned(),
        port: text(port)?.parse().ok()?,
    })
}

/// The text of an answer.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

/// Names the server in logs; it holds no secret.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { address, .. } => address.fmt(f),
            Self::Sentinel { master, .. } => write!(f, "master {master}"),
        }
    }
}
