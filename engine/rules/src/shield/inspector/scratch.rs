//! Room for what is made of a value.

/// How much room buffers have from the beginning: most values fit.
const USUAL_VALUE: usize = 512;

/// Buffers of one level of nesting, used for one value after the other.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) decoded: Vec<u8>,
    pub(super) lower: Vec<u8>,
    pub(super) view: Vec<u8>,
    pub(super) spare: Vec<u8>,
}

impl Default for Scratch {
    /// With room for most values.
    fn default() -> Self {
        let buffer = || Vec::with_capacity(USUAL_VALUE);
        Self {
            decoded: buffer(),
            lower: buffer(),
            view: buffer(),
            spare: buffer(),
        }
    }
}
