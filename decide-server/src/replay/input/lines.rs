//! Records that are lines.

use std::io::{ErrorKind, Read};

use super::Format;
use super::batch::{Batch, SIZE, Sink};

/// Cuts an input into batches of lines. A line of more than `most_bytes` is a fault and is passed over. If the input is `live`, what
/// has come is judged without waiting for more.
pub(super) fn read(
    mut source: impl Read,
    format: Format,
    most_bytes: usize,
    live: bool,
    sink: &mut Sink<'_>,
) -> Result<(), String> {
    let mut piece = vec![0; SIZE];
    // What has been read and not been passed on; it holds no whole line.
    let mut rest: Vec<u8> = Vec::new();
    let mut line = 1;
    let mut too_long = false;
    loop {
        let mut length = 0;
        while length < piece.len() {
            match source.read(&mut piece[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    flush(&mut rest, format, line, sink);
                    return Err(format!("line {line} and those behind it can't be read: {error}"));
                }
            }
            if live && piece[..length].contains(&b'\n') {
                break;
            }
        }
        if length == 0 {
            if !too_long {
                flush(&mut rest, format, line, sink);
            }
            return Ok(());
        }
        let mut fresh = &piece[..length];
        if too_long {
            match fresh.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    fresh = &fresh[end + 1..];
                    line += 1;
                    too_long = false;
                }
                None => continue,
            }
        }
        let mut ends = Vec::new();
        let before = rest.len();
        rest.extend_from_slice(fresh);
        ends.extend(memchr::memchr_iter(b'\n', fresh).map(|at| before + at + 1));
        if let Some(last) = ends.last().copied() {
            let behind = rest.split_off(last);
            let bytes = std::mem::replace(&mut rest, behind);
            let lines = ends.len() as u64;
            if !pass_on(Batch::new(format, line, bytes, ends), most_bytes, sink) {
                return Ok(());
            }
            line += lines;
        }
        if rest.len() > most_bytes {
            // Let go of the memory as well.
            rest = Vec::new();
            too_long = true;
            if !(sink.fault)(line, too_long_for(most_bytes)) {
                return Ok(());
            }
        }
    }
}

/// Passes on lines, without those that are too long.
fn pass_on(batch: Batch, most_bytes: usize, sink: &mut Sink<'_>) -> bool {
    let is_too_long = |record: &[u8]| record.trim_ascii_end().len() > most_bytes;
    if !batch.records().any(|(_, record)| is_too_long(record)) {
        return (sink.batch)(batch);
    }
    let mut part = Batch::empty(batch.format, batch.first);
    for (line, record) in batch.records() {
        if is_too_long(record) {
            let before = std::mem::replace(&mut part, Batch::empty(batch.format, line + 1));
            if !(sink.batch)(before) || !(sink.fault)(line, too_long_for(most_bytes)) {
                return false;
            }
        } else {
            part.push(record);
        }
    }
    (sink.batch)(part)
}

fn too_long_for(most_bytes: usize) -> String {
    format!("longer than {most_bytes} bytes")
}

/// Passes on a last line that has no end.
fn flush(rest: &mut Vec<u8>, format: Format, line: u64, sink: &mut Sink<'_>) {
    if !rest.is_empty() {
        let mut batch = Batch::empty(format, line);
        batch.push(rest);
        rest.clear();
        // Nothing follows, so it doesn't matter whether more is wanted.
        (sink.batch)(batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads in pieces of a length, and gives lines with their numbers, and faults.
    fn cut(text: &str, piece: usize, most_bytes: usize) -> (Vec<(u64, String)>, Vec<u64>) {
        struct Pieces<'a>(&'a [u8], usize);

        impl Read for Pieces<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let length = self.1.min(self.0.len()).min(buffer.len());
                buffer[..length].copy_from_slice(&self.0[..length]);
                self.0 = &self.0[length..];
                Ok(length)
            }
        }

        let (mut lines, mut faults) = (Vec::new(), Vec::new());
        let mut sink = Sink {
            batch: &mut |batch: Batch| {
                let text = |record: &[u8]| String::from_utf8(record.to_vec()).unwrap();
                lines.extend(batch.records().map(|(line, record)| (line, text(record))));
                true
            },
            fault: &mut |line, _| {
                faults.push(line);
                true
            },
        };
        read(
            Pieces(text.as_bytes(), piece),
            Format::Jsonl,
            most_bytes,
            true,
            &mut sink,
        )
        .unwrap();
        (lines, faults)
    }

    #[test]
    fn lines_keep_their_numbers_however_they_arrive() {
        let text = "a\n\nbcd\r\ne";
        for piece in 1..12 {
            let (lines, faults) = cut(text, piece, 100);
            let expected = [(1, "a\n"), (2, "\n"), (3, "bcd\r\n"), (4, "e")];
            assert_eq!(
                lines,
                expected.map(|(line, text)| (line, text.to_owned())),
                "{piece}"
            );
            assert!(faults.is_empty());
        }
    }

    #[test]
    fn lines_that_are_too_long_are_passed_over() {
        let text = format!("a\n{}\nb\n{}", "x".repeat(50), "y".repeat(50));
        for piece in 1..5 {
            let (lines, faults) = cut(&text, piece, 10);
            assert_eq!(lines, [(1, "a\n".to_owned()), (3, "b\n".to_owned())], "{piece}");
            assert_eq!(faults, [2, 4], "{piece}");
        }
    }
}
