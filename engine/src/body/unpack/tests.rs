//! Every coding whole, cut off, stacked, damaged, and as a bomb.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

const TEXT: &[u8] = b"comment=<script>alert(document.cookie)</script>";
/// [`TEXT`] as node's zlib packs it by brotli.
const BROTLI_TEXT: &[u8] =
    b"\x1b\x2e\x00\x60\xa4\x52\x7a\x60\x03\x0e\x5c\x4a\x53\x18\x87\x89\x9c\x78\x50\xbb\x5d\x81\x86\x67\x06\x0b\xfc\x9e\x5c";
/// 10 MiB of zeros by brotli.
const BROTLI_BOMB: &[u8] =
    b"\xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x2f\xff\xff\x3f\xf0\x4f\x00\xc4\x61\x11\x80\xee\xfd\x07";

fn request(codings: &[&str]) -> RequestDetails {
    let headers = codings
        .iter()
        .map(|coding| ("content-encoding", coding.as_bytes()));
    RequestDetails::builder("POST", "/").headers(headers).build()
}

fn unpacked(coding: &str, packed: &[u8], budget: usize) -> Vec<u8> {
    unpack(&request(&[coding]), Bytes::copy_from_slice(packed), budget).to_vec()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bare_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// Some text in every coding, by its name.
fn packed(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![
        ("gzip", gzipped(text)),
        ("X-GZIP", gzipped(text)),
        ("deflate", zlib(text)),
        ("deflate", bare_deflate(text)),
        ("zstd", zstd_frame(text)),
    ];
    if text == TEXT {
        all.push(("br", BROTLI_TEXT.to_vec()));
    }
    all
}

#[test]
fn every_coding_is_unpacked_up_to_the_budget() {
    for (coding, packed) in packed(TEXT) {
        assert_eq!(unpacked(coding, &packed, 1000), TEXT, "{coding}");
        assert_eq!(unpacked(coding, &packed, 10), &TEXT[..10], "{coding}");
    }
    assert_eq!(unpacked("identity", TEXT, 10), TEXT);
    assert_eq!(unpacked("", TEXT, 10), TEXT);
}

#[test]
fn members_and_frames_follow_each_other() {
    let twice = [TEXT, TEXT].concat();
    assert_eq!(
        unpacked("gzip", &[gzipped(TEXT), gzipped(TEXT)].concat(), 1000),
        twice
    );
    let skipped = [
        &b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"[..],
        &zstd_frame(TEXT),
        &zstd_frame(TEXT),
    ]
    .concat();
    assert_eq!(unpacked("zstd", &skipped, 1000), twice);
}

#[test]
fn members_without_content_take_a_bounded_time() {
    let body = [gzipped(b"").repeat(MOST_MEMBERS - 1), gzipped(TEXT)].concat();
    assert_eq!(unpacked("gzip", &body, 1000), TEXT);
    let body = [gzipped(b"a"), gzipped(b"").repeat(MOST_MEMBERS), gzipped(TEXT)].concat();
    let found = unpacked("gzip", &body, 1000);
    assert!(
        found.starts_with(b"a\x1f\x8b"),
        "it ends and is searched as it came"
    );
}

#[test]
fn two_codings_are_unpacked_and_three_are_not() {
    let twice = zlib(&gzipped(TEXT));
    assert_eq!(unpacked("gzip, deflate", &twice, 1000), TEXT);
    let lines = unpack(
        &request(&["gzip", "identity, deflate"]),
        twice.clone().into(),
        1000,
    );
    assert_eq!(lines, TEXT);
    let thrice = gzipped(&twice);
    assert_eq!(unpacked("gzip, deflate, gzip", &thrice, 1000), thrice);
    assert_eq!(unpacked("gzip, compress", &twice, 1000), twice);
}

#[test]
fn the_beginning_of_a_body_is_enough() {
    let text: Vec<u8> = (0..100_000_u32)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    for (coding, packed) in packed(&text) {
        let found = unpacked(coding, &packed[..packed.len() / 2], 2_000_000);
        assert!(
            found.len() > 100_000 && text.starts_with(&found),
            "{coding}: {}",
            found.len()
        );
    }
    let half = unpacked("br", &BROTLI_TEXT[..20], 1000);
    assert!(TEXT.starts_with(&half), "{half:?}");
}

#[test]
fn what_is_damaged_is_searched_as_it_came_too() {
    // Said to be packed, and is not.
    for coding in ["gzip", "deflate", "br", "zstd"] {
        assert!(unpacked(coding, TEXT, 1000).ends_with(TEXT), "{coding}");
    }
    // Something harmless in front of what an application reads that does not unpack.
    for (coding, packed) in [
        ("gzip", gzipped(b"a=1")),
        ("deflate", zlib(b"a=1")),
        ("br", b"\x3b".to_vec()),
        ("zstd", zstd_frame(b"a=1")),
    ] {
        let body = [&packed[..], b"&", TEXT].concat();
        let found = unpacked(coding, &body, 1000);
        assert!(found.ends_with(TEXT), "{coding}: {found:?}");
    }
}

#[test]
fn a_bomb_costs_no_more_than_the_budget() {
    const BUDGET: usize = 100_000;
    let zeros = vec![0; 2 << 20];
    let mut bombs = packed(&zeros);
    bombs.push(("br", BROTLI_BOMB.to_vec()));
    bombs.push(("gzip, deflate", zlib(&gzipped(&zeros))));
    for (coding, bomb) in bombs {
        let found = unpacked(coding, &bomb, BUDGET);
        assert!(
            found.len() == BUDGET && found.iter().all(|byte| *byte == 0),
            "{coding}: {}",
            found.len()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever comes in, what comes out is bounded, and nothing panics.
    #[test]
    fn random_and_mutated_bytes_do_no_harm(
        coding in prop::sample::select(&["gzip", "deflate", "br", "zstd", "gzip, br", "br, zstd", "zstd, gzip"][..]),
        start in 0..6_usize,
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        tail in prop::collection::vec(any::<u8>(), 0..80),
        cut in any::<prop::sample::Index>(),
        budget in 1..3_000_usize,
    ) {
        let mut body = match packed(TEXT).get(start) {
            Some((_, packed)) => packed.clone(),
            None => Vec::new(),
        };
        for (at, byte) in mutations {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        body.extend(tail);
        if !body.is_empty() {
            body.truncate(cut.index(body.len()) + 1);
        }
        let found = unpacked(coding, &body, budget);
        prop_assert!(found.len() <= budget + body.len());
    }
}
