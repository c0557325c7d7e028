//! The tables that are part of this crate; `data/README.md` tells where they come from.

use std::sync::{Arc, LazyLock};

use super::tables::{Layer, Tables};
use super::{Shared, packed};

const PACKED: &[u8] = include_bytes!("../../data/reputation.bin");

/// All of them, unpacked when they are first asked for.
pub(super) static BUNDLED: LazyLock<Arc<Shared>> =
    LazyLock::new(|| Shared::fixed(Tables::new(&layers().iter().collect::<Vec<_>>())));

/// The sources, one by one.
pub(super) fn layers() -> Vec<Layer> {
    // Invariant: the file is a part of this crate, and a test unpacks it.
    packed::unpack(PACKED).expect("the bundled tables are well-formed")
}
