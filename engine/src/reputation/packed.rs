//! Sources in few bytes, for the tables that are part of this crate: ranges by their lengths, which are mostly powers of
//! two, and values apart from them, all deflated.

use std::borrow::Cow;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::ReputationError;
use super::country::Country;
use super::ranges::{Number, Ranges};
use super::source::{Kind, Source};
use super::tables::{Layer, List, Meaning};

/// What the bytes start with: a name and a version.
const MAGIC: &[u8] = b"arcjet-ip\x01";

/// The most bytes that are inflated.
const LARGEST: u64 = 64 << 20;

/// Packs sources. For building this crate's tables; not covered by semantic versioning.
///
/// # Errors
///
/// A source can't be read, or is one of autonomous systems, which can't be packed.
#[doc(hidden)]
pub fn pack(sources: &[Source]) -> Result<Vec<u8>, ReputationError> {
    let mut out = Vec::new();
    put_number(&mut out, sources.len() as u128);
    for source in sources {
        let layer = source.load()?.layer;
        let kind = Kind::ALL
            .iter()
            .position(|kind| *kind == source.kind())
            .unwrap_or_default();
        put_number(&mut out, kind as u128);
        let (service, countries) = match &layer.meaning {
            Meaning::Countries(countries) => ("", countries.as_slice()),
            Meaning::List(list) => (list.service.as_deref().unwrap_or_default(), &[][..]),
            Meaning::Systems(_) => {
                let problem = "tables of autonomous systems can't be packed";
                return Err(ReputationError::new(
                    source.label(),
                    None,
                    problem,
                    "countries and lists",
                ));
            }
        };
        put_text(&mut out, source.name_in_details());
        put_text(&mut out, service);
        put_text(
            &mut out,
            &countries.iter().map(|country| country.code()).collect::<String>(),
        );
        put_ranges(&mut out, &layer.v4);
        put_ranges(&mut out, &layer.v6);
    }
    let mut deflated = DeflateEncoder::new(MAGIC.to_vec(), Compression::best());
    deflated
        .write_all(&out)
        .and_then(|()| deflated.finish())
        .map_err(|error| ReputationError::new("packed tables", None, error.to_string(), "enough memory"))
}

/// Unpacks sources; `None` if the bytes are none that [`pack`] made.
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<Layer>> {
    let mut inflated = Vec::new();
    let mut inflater = DeflateDecoder::new(packed.strip_prefix(MAGIC)?).take(LARGEST);
    inflater.read_to_end(&mut inflated).ok()?;
    let rest = &mut inflated.as_slice();
    let count = take_number(rest)?;
    (0..count).map(|_| take_layer(rest)).collect()
}

fn take_layer(rest: &mut &[u8]) -> Option<Layer> {
    let kind = *Kind::ALL.get(usize::try_from(take_number(rest)?).ok()?)?;
    let name = take_text(rest)?.to_owned();
    let service = take_text(rest)?;
    let service = (!service.is_empty()).then(|| Cow::Owned(service.to_owned()));
    let codes = take_text(rest)?;
    let meaning = match kind.flag() {
        Some(flag) => Meaning::List(List {
            flag,
            source: Cow::Owned(name),
            service,
        }),
        None => {
            let codes = codes
                .as_bytes()
                .chunks(2)
                .map(|code| std::str::from_utf8(code).ok());
            Meaning::Countries(codes.map(|code| Country::parse(code?)).collect::<Option<_>>()?)
        }
    };
    Some(Layer {
        v4: take_ranges(rest, |start| u32::try_from(start).ok())?,
        v6: take_ranges(rest, Some)?,
        meaning,
    })
}

fn put_ranges<N: Number + Into<u128>>(out: &mut Vec<u8>, ranges: &Ranges<N>) {
    let (mut starts, mut values) = (Vec::new(), Vec::new());
    let mut before = 0;
    for (start, value) in ranges.as_slice() {
        let start = (*start).into();
        let length: u128 = start - before;
        // The first range starts where the one before it does: at 0.
        let zeros = length.checked_ilog2().map_or(0, |_| length.trailing_zeros());
        put_number(&mut starts, u128::from(zeros));
        put_number(&mut starts, length >> zeros);
        put_number(&mut values, u128::from(*value));
        before = start;
    }
    put_number(out, ranges.as_slice().len() as u128);
    put_number(out, starts.len() as u128);
    out.append(&mut starts);
    out.append(&mut values);
}

fn take_ranges<N: Number>(rest: &mut &[u8], number: impl Fn(u128) -> Option<N>) -> Option<Ranges<N>> {
    let count = take_number(rest)?;
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (mut starts, values) = rest.split_at_checked(length)?;
    *rest = values;
    let mut ranges = Ranges::default();
    let mut start = 0u128;
    for _ in 0..count {
        let zeros = u32::try_from(take_number(&mut starts)?)
            .ok()
            .filter(|zeros| *zeros < 128)?;
        start = start.checked_add(take_number(&mut starts)? << zeros)?;
        let value = u32::try_from(take_number(rest)?).ok()?;
        ranges.push(number(start)?, value);
    }
    Some(ranges)
}

/// Seven bits a byte, the low ones first; the eighth says that more follow.
fn put_number(out: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(rest: &mut &[u8]) -> Option<u128> {
    let mut number = 0;
    for shift in (0..u128::BITS).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u128::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u128);
    out.extend_from_slice(text.as_bytes());
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::super::Tables;
    use super::*;

    fn sources() -> [Source; 2] {
        [
            Source::text(
                Kind::Country,
                "countries",
                "192.0.2.0/24,AT\n2001:db8::/32,DE\n2001:db8::7,FR\n0.0.0.0/8,US",
            ),
            Source::text(Kind::Hosting, "cloud", "192.0.2.128/25\n255.255.255.255").service("A Cloud"),
        ]
    }

    #[test]
    fn what_is_unpacked_is_what_was_packed() {
        let packed = pack(&sources()).unwrap();
        let layers = unpack(&packed).unwrap();
        let tables = Tables::new(&layers.iter().collect::<Vec<_>>());
        let original: Vec<Layer> = sources()
            .iter()
            .map(|source| source.load().unwrap().layer)
            .collect();
        let expected = Tables::new(&original.iter().collect::<Vec<_>>());
        for ip in [
            "192.0.2.1",
            "192.0.2.200",
            "2001:db8::7",
            "2001:db8::8",
            "0.1.2.3",
            "255.255.255.255",
            "::1",
        ] {
            let ip = ip.parse().unwrap();
            assert_eq!(tables.lookup(ip), expected.lookup(ip), "{ip}");
        }
        assert_eq!(tables.lookup([192, 0, 2, 200].into()).service(), Some("A Cloud"));
    }

    #[test]
    fn broken_bytes_are_nothing() {
        let packed = pack(&sources()).unwrap();
        for end in 0..packed.len() - 1 {
            assert!(unpack(&packed[..end]).is_none(), "{end}");
        }
        assert!(unpack(b"").is_none());
        assert!(unpack(b"arcjet-ip\x02").is_none());
    }

    #[test]
    fn autonomous_systems_are_refused() {
        let source = Source::text(Kind::Asn, "systems", "192.0.2.0/24,64500,Example");
        assert!(
            pack(&[source])
                .unwrap_err()
                .to_string()
                .contains("can't be packed")
        );
    }
}
