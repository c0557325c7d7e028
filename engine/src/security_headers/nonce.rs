//! Numbers used once.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// What the inline scripts and styles of one response are told apart by: 128 random bits in base64.
///
/// A page writes it as `<script nonce="…">`; the policy of the same response names it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CspNonce(Box<str>);

impl CspNonce {
    /// A new one, from the system's random numbers. Should the system have none, it is empty, which browsers take for no
    /// nonce: nothing inline is then allowed.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        match getrandom::fill(&mut bytes) {
            Ok(()) => Self(BASE64_STANDARD.encode(bytes).into()),
            Err(error) => {
                tracing::error!(%error, "no random numbers for the nonce of a content security policy");
                Self("".into())
            }
        }
    }

    /// The text, as in `R0lGODlhAQABAAAA/w==`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A nonce in a log is a nonce that others know.
impl fmt::Debug for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CspNonce(..)")
    }
}
