//! Why a call of the server failed.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use arcjet_engine::limit::StoreError;
use redis::RedisError;

/// The kinds of failures that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorKind {
    /// No answer within the deadline.
    Timeout,
    /// The circuit is open: there is no connection.
    Unavailable,
    /// The connection broke while the answer was waited for.
    Connection,
    /// The server has a passing reason not to answer: it starts, is a replica, has no memory left.
    Busy,
    /// The server refuses for good: a wrong password, a missing permission.
    Refused,
}

impl ErrorKind {
    pub(super) const ALL: [Self; 5] = [
        Self::Timeout,
        Self::Unavailable,
        Self::Connection,
        Self::Busy,
        Self::Refused,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Connection => "connection",
            Self::Busy => "busy",
            Self::Refused => "refused",
        }
    }
}

/// A failed call. Neither it nor its cause holds a password or a key.
#[derive(Debug)]
pub(super) struct CallError {
    pub(super) kind: ErrorKind,
    message: String,
    source: Option<RedisError>,
}

impl CallError {
    pub(super) fn timeout(deadline: Duration) -> Self {
        Self {
            kind: ErrorKind::Timeout,
            message: format!("no answer within {deadline:?}"),
            source: None,
        }
    }

    pub(super) fn unavailable() -> Self {
        Self {
            kind: ErrorKind::Unavailable,
            message: "not connected".to_owned(),
            source: None,
        }
    }

    /// A fault of what the server answered.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Refused,
            message: message.into(),
            source: None,
        }
    }

    pub(super) fn code(&self) -> Option<&str> {
        self.source.as_ref()?.code()
    }

    /// Whether the server is a replica, or part of a cluster without a majority: another one may be the right one now.
    pub(super) fn is_elsewhere(&self) -> bool {
        matches!(self.code(), Some("READONLY" | "CLUSTERDOWN" | "MASTERDOWN"))
    }

    /// Where a cluster keeps the key now, and whether only this once.
    pub(super) fn redirect(&self) -> Option<(&str, bool)> {
        let (address, _) = self.source.as_ref()?.redirect_node()?;
        Some((address, self.code() == Some("ASK")))
    }
}

impl From<RedisError> for CallError {
    fn from(error: RedisError) -> Self {
        let (kind, message) = match error.code() {
            Some(
                "LOADING" | "BUSY" | "READONLY" | "CLUSTERDOWN" | "MASTERDOWN" | "TRYAGAIN" | "MOVED" | "ASK"
                | "OOM" | "MISCONF" | "NOREPLICAS" | "UNKILLABLE",
            ) => (ErrorKind::Busy, "the server cannot answer now"),
            Some(_) => (ErrorKind::Refused, "the server refused"),
            None if error.kind() == redis::ErrorKind::AuthenticationFailed => {
                (ErrorKind::Refused, "the server refused")
            }
            None => (ErrorKind::Connection, "the connection failed"),
        };
        Self {
            kind,
            message: message.to_owned(),
            source: Some(error),
        }
    }
}

impl From<std::io::Error> for CallError {
    fn from(error: std::io::Error) -> Self {
        RedisError::from(error).into()
    }
}

impl From<CallError> for StoreError {
    fn from(error: CallError) -> Self {
        if error.kind == ErrorKind::Refused {
            Self::permanent(error)
        } else {
            Self::transient(error)
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl Error for CallError {}
