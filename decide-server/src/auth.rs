//! API keys: who may ask, and as which site.

mod key;
mod keys;

use http::header::{AUTHORIZATION, HeaderMap};

pub use self::key::{InvalidKey, InvalidKeyHash, KeyHash};
pub use self::keys::Keys;

/// The key in the request's `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, key) = headers
        .get(AUTHORIZATION)?
        .as_bytes()
        .split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| key.trim_ascii())
}
