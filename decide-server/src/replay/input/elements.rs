//! Records that are elements of JSON: of an array, or of the entries of an HTTP Archive.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Format;
use super::batch::{Batch, Sink};

/// Cuts an input into batches of elements. An element of more than `most_bytes` ends the reading, as a slip in the syntax does:
/// what is behind it has no beginning.
pub(super) fn read(
    source: impl Read,
    format: Format,
    most_bytes: usize,
    sink: &mut Sink<'_>,
) -> Result<(), String> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let is_array = first(&mut source).map_err(|error| error.to_string())? == Some(b'[');
    let left = Cell::new(most_bytes);
    let bounded = Bounded { source, left: &left };
    let mut cutter = Cutter {
        batch: Batch::empty(format, 1),
        next: 1,
        sink,
        left: &left,
        most_bytes,
        enough: false,
    };
    let mut json = serde_json::Deserializer::from_reader(bounded);
    let result = match format {
        Format::Har => json.deserialize_map(Archive(&mut cutter)),
        _ if is_array => json.deserialize_seq(Elements(&mut cutter)),
        _ => json
            .into_iter::<Box<RawValue>>()
            .try_for_each(|element| cutter.push(&element?)),
    };
    cutter.flush();
    match result {
        Err(error) if !cutter.enough => Err(format!(
            "element {} and those behind it can't be read: {error}",
            cutter.next
        )),
        _ => Ok(()),
    }
}

/// The first byte that is not white space; what is before it is taken.
fn first(source: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let white = buffer.len() - buffer.trim_ascii_start().len();
        if let Some(byte) = buffer.get(white) {
            return Ok(Some(*byte));
        }
        source.consume(white);
    }
}

struct Cutter<'s, 'a, 'l> {
    batch: Batch,
    /// The place of the next element, from 1.
    next: u64,
    sink: &'s mut Sink<'a>,
    /// The bytes that the current element may still take.
    left: &'l Cell<usize>,
    most_bytes: usize,
    enough: bool,
}

impl Cutter<'_, '_, '_> {
    fn push(&mut self, element: &RawValue) -> serde_json::Result<()> {
        self.left.set(self.most_bytes);
        self.batch.push(element.get().as_bytes());
        self.next += 1;
        if self.batch.is_full() {
            self.flush();
        }
        if self.enough {
            return Err(serde_json::Error::custom("enough"));
        }
        Ok(())
    }

    fn flush(&mut self) {
        let fresh = Batch::empty(self.batch.format, self.next);
        let batch = std::mem::replace(&mut self.batch, fresh);
        if !batch.is_empty() && !self.enough {
            self.enough = !(self.sink.batch)(batch);
        }
    }
}

/// The elements of an array, one at a time.
struct Elements<'c, 's, 'a, 'l>(&'c mut Cutter<'s, 'a, 'l>);

impl<'de> Visitor<'de> for Elements<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            self.0.push(&element).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Elements<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

/// The object `log` of an archive, and in it the array `entries`. All else is passed over.
struct Archive<'c, 's, 'a, 'l>(&'c mut Cutter<'s, 'a, 'l>);

struct Log<'c, 's, 'a, 'l>(&'c mut Cutter<'s, 'a, 'l>);

impl<'de> Visitor<'de> for Archive<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `log`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "log" {
                map.next_value_seed(Log(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Log<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `entries`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "entries" {
                map.next_value_seed(Elements(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
                self.0.left.set(self.0.most_bytes);
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Log<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

/// Fails when what is being read has become too long.
struct Bounded<'l, R> {
    source: R,
    left: &'l Cell<usize>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        match self.left.get().checked_sub(length) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other("an element is longer than records may be")),
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, format: Format, most_bytes: usize) -> (Vec<(u64, String)>, Result<(), String>) {
        let mut records = Vec::new();
        let mut sink = Sink {
            batch: &mut |batch: Batch| {
                let text = |record: &[u8]| String::from_utf8(record.to_vec()).unwrap();
                records.extend(batch.records().map(|(place, record)| (place, text(record))));
                true
            },
            fault: &mut |_, _| true,
        };
        let result = read(text.as_bytes(), format, most_bytes, &mut sink);
        (records, result)
    }

    #[test]
    fn elements_of_arrays_archives_and_streams() {
        let expected = [(1, "{\"a\":\n1}".to_owned()), (2, "{}".to_owned())];
        for (text, format) in [
            ("[{\"a\":\n1},\n {}]", Format::Json),
            (" \n[{\"a\":\n1},{}] ", Format::Json),
            ("{\"a\":\n1}\n{}", Format::Json),
            ("{\"a\":\n1}{}\n", Format::Json),
            (
                "{\"log\":{\"version\":\"1.2\",\"entries\":[{\"a\":\n1},{}],\"pages\":[{}]},\"x\":[]}",
                Format::Har,
            ),
        ] {
            assert_eq!(cut(text, format, 1_000), (expected.to_vec(), Ok(())), "{text}");
        }
    }

    #[test]
    fn what_is_before_a_fault_is_read() {
        for (text, format) in [
            ("[{},", Format::Json),
            ("[{},{]", Format::Json),
            ("{}\n{\"a", Format::Json),
            ("{\"log\":{\"entries\":[{},{x]}}", Format::Har),
        ] {
            let (records, result) = cut(text, format, 1_000);
            assert_eq!(records, [(1, "{}".to_owned())], "{text}");
            assert!(
                result.unwrap_err().starts_with("element 2 and those behind it"),
                "{text}"
            );
        }
        let long = format!("[{{}},{{\"a\":\"{}\"}},{{}}]", "x".repeat(100));
        let (records, result) = cut(&long, Format::Json, 50);
        assert_eq!(records.len(), 1);
        assert!(result.unwrap_err().contains("longer than records may be"));
    }
}
