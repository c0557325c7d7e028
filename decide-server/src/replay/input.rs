//! Recorded requests as they come in: files and standard input, plain or compressed, cut into batches.
//!
//! Nothing here holds more than a batch and the beginning of the next one, however long a file is.

mod batch;
mod detect;
mod elements;
mod lines;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

pub(super) use batch::{Batch, Sink};

/// What recorded requests are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object to a line.
    Jsonl,
    /// A JSON array of objects, or objects behind each other, over any number of lines.
    Json,
    /// Common or Combined Log Format.
    Log,
    /// An HTTP Archive.
    Har,
}

/// Where recorded requests come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Input {
    /// The input's name, in results and messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "-".to_owned(),
        }
    }

    /// How many bytes there are to read, compressed or not; `None` where that shows at the end only.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::File(path) => std::fs::metadata(path)
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|file| file.len()),
            Self::Stdin => None,
        }
    }

    /// Cuts the input into batches, until the sink has had enough. An error is one for people.
    pub(super) fn read(
        &self,
        format: Option<Format>,
        most_bytes: usize,
        position: &Arc<AtomicU64>,
        sink: &mut Sink<'_>,
    ) -> Result<(), String> {
        let raw: Box<dyn Read> = match self {
            Self::File(path) => Box::new(File::open(path).map_err(|error| error.to_string())?),
            Self::Stdin => Box::new(io::stdin()),
        };
        let counted = Counted {
            source: raw,
            position: Arc::clone(position),
        };
        let (head, source) = peek(counted, |head| head.len() >= 2).map_err(|error| error.to_string())?;
        let source: Box<dyn Read> = if head.starts_with(&[0x1f, 0x8b]) {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, source)))
        } else {
            Box::new(source)
        };
        let mut found = format;
        let (head, source) = peek(source, |head| {
            found = found.or_else(|| detect::format(head, false));
            found.is_some()
        })
        .map_err(|error| error.to_string())?;
        let Some(format) = found.or_else(|| detect::format(&head, true)) else {
            return if head.trim_ascii().is_empty() {
                Ok(())
            } else {
                Err(detect::UNKNOWN.to_owned())
            };
        };
        match format {
            Format::Jsonl | Format::Log => {
                lines::read(source, format, most_bytes, *self == Self::Stdin, sink)
            }
            Format::Json | Format::Har => elements::read(source, format, most_bytes, sink),
        }
    }
}

/// The most that is looked at to tell what an input is.
const HEAD: usize = 1 << 16;

/// An input of which the beginning was read already.
type FromBeginning<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// Reads until `enough` says so, or the input or [`HEAD`] ends; gives what was read, and the input from its beginning.
fn peek<R: Read>(
    mut source: R,
    mut enough: impl FnMut(&[u8]) -> bool,
) -> io::Result<(Vec<u8>, FromBeginning<R>)> {
    let mut head = Vec::new();
    let mut piece = [0; 1 << 12];
    while head.len() < HEAD && !enough(&head) {
        match source.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => head.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut again = Cursor::new(head.clone());
    // The mark that some editors put at the beginning of UTF-8.
    if head.starts_with(b"\xef\xbb\xbf") {
        again.set_position(3);
    }
    Ok((head, again.chain(source)))
}

/// Counts the bytes that are read, for a progress bar.
struct Counted {
    source: Box<dyn Read>,
    position: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.position.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}
