//! What goes from the reader to those who judge.

use super::Format;

/// Some records, one behind the other.
#[derive(Debug)]
pub(in super::super) struct Batch {
    pub(in super::super) format: Format,
    /// The place of the first one in its input, from 1: its line, or which element it is.
    pub(in super::super) first: u64,
    bytes: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
}

impl Batch {
    pub(super) fn new(format: Format, first: u64, bytes: Vec<u8>, ends: Vec<usize>) -> Self {
        Self {
            format,
            first,
            bytes,
            ends,
        }
    }

    pub(super) fn empty(format: Format, first: u64) -> Self {
        Self::new(format, first, Vec::new(), Vec::new())
    }

    pub(super) fn push(&mut self, record: &[u8]) {
        self.bytes.extend_from_slice(record);
        self.ends.push(self.bytes.len());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether the batch is as large as one should be: small enough to keep all threads busy, large enough for the way between
    /// them not to matter.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= SIZE || self.ends.len() >= MOST_RECORDS
    }

    /// The records with their places.
    pub(in super::super) fn records(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let records = starts
            .zip(&self.ends)
            .map(|(start, end)| &self.bytes[start..*end]);
        (self.first..).zip(records)
    }
}

/// The bytes of a batch, unless one record alone is longer.
pub(super) const SIZE: usize = 1 << 17;
const MOST_RECORDS: usize = 1 << 10;

/// Takes what is read. The functions say whether there is any use in reading on.
pub(in super::super) struct Sink<'a> {
    pub(in super::super) batch: &'a mut dyn FnMut(Batch) -> bool,
    /// A record, by its place, that can't be had.
    pub(in super::super) fault: &'a mut dyn FnMut(u64, String) -> bool,
}
