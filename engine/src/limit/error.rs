//! Stores that cannot answer.

use std::error::Error;
use std::fmt;

/// A [`LimitStore`](super::LimitStore) could not answer. The memory store always can.
///
/// What it means for the request is the caller's policy (fail open or closed), not the store's.
#[derive(Debug)]
pub struct StoreError {
    transient: bool,
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// A failure that may be gone on the next call: a timeout, a lost connection, a server that is starting.
    pub fn transient(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            transient: true,
            source: source.into(),
        }
    }

    /// A failure that stays until somebody changes something: a refused password, an unknown command.
    pub fn permanent(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            transient: false,
            source: source.into(),
        }
    }

    /// Whether the next call may succeed without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        self.transient
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.transient {
            "the rate-limit store did not answer, it may on the next call"
        } else {
            "the rate-limit store refused to answer, check its configuration"
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_error_says_whether_to_try_again_and_keeps_its_cause() {
        let timeout = StoreError::transient("no answer within 50 ms");
        assert!(timeout.is_transient());
        assert_eq!(
            timeout.source().map(ToString::to_string).as_deref(),
            Some("no answer within 50 ms")
        );
        assert!(!StoreError::permanent("NOAUTH").is_transient());
    }
}
