//! Ways to parsers that no public item reaches directly, for the fuzz targets in `fuzz/`. There only with `--cfg fuzzing`.
//!
//! What has to hold of a parser's result, and can't be said in public types, is asserted here.

use crate::{request, request::Request};

pub use crate::shield::fuzzing as shield;

/// Calls `judge` with the request that these bytes hold, as the sandbox's border reads it; `None` if they hold none.
pub fn encoded_request<T>(encoded: &[u8], judge: impl FnOnce(&Request<'_>) -> T) -> Option<T> {
    request::encoded::decode(encoded, judge)
}
