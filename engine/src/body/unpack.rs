//! Compressed bodies, unpacked as far as rules may read.

use std::io::Read;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use smallvec::SmallVec;

use crate::request::RequestDetails;

/// The most codings on top of each other.
const MOST_CODINGS: usize = 2;
/// The most members of a gzip file. Each takes 5 us however little it holds, so that a window of 1 MiB could take a
/// quarter of a second.
const MOST_MEMBERS: usize = 256;
/// The largest window of a frame, in bytes: what libzstd, and so most applications, accept. It is reserved, not filled.
const ZSTD_WINDOW: u64 = 1 << 27;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// What came out of a coding.
#[derive(Debug)]
struct Unpacked {
    bytes: Vec<u8>,
    /// Whether there is something else in the input than a beginning of compressed data.
    is_damaged: bool,
}

/// The beginning of a body as rules search it: unpacked, if the request says how; each coding yields at most `budget`
/// bytes.
///
/// What is damaged is searched as it came as well, behind what came out of it: the application may read either.
pub(super) fn unpack(request: &RequestDetails, packed: Bytes, budget: usize) -> Bytes {
    let Some(codings) = codings(request) else {
        return packed;
    };
    let mut is_damaged = is_text(&packed);
    let mut unpacked: Option<Vec<u8>> = None;
    for coding in codings.iter().rev() {
        let input = unpacked.as_deref().unwrap_or(&packed);
        let next = match coding {
            Coding::Gzip => gzip(input, budget),
            Coding::Deflate => deflate(input, budget),
            Coding::Brotli => brotli(input, budget),
            Coding::Zstd => zstd(input, budget),
        };
        is_damaged |= next.is_damaged;
        unpacked = Some(next.bytes);
    }
    match unpacked {
        Some(bytes) if !is_damaged => bytes.into(),
        Some(mut bytes) if !bytes.is_empty() => {
            bytes.extend_from_slice(&packed);
            bytes.into()
        }
        _ => packed,
    }
}

/// Whether the bytes are text, of which the last character may be cut off. Nothing compressed is, and codings without a
/// beginning of their own unpack some of it to something.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// The codings in the order in which they were applied; `None` if one is unknown, or they are too many.
fn codings(request: &RequestDetails) -> Option<SmallVec<[Coding; MOST_CODINGS]>> {
    let mut codings = SmallVec::new();
    let lines = request.headers().filter(|(name, _)| *name == "content-encoding");
    for name in lines.flat_map(|(_, value)| value.split(|byte| *byte == b',')) {
        let name = name.trim_ascii();
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let coding = match () {
            () if name.is_empty() || is("identity") => continue,
            () if is("gzip") || is("x-gzip") => Coding::Gzip,
            () if is("deflate") => Coding::Deflate,
            () if is("br") => Coding::Brotli,
            () if is("zstd") => Coding::Zstd,
            () => return None,
        };
        if codings.len() == MOST_CODINGS {
            return None;
        }
        codings.push(coding);
    }
    Some(codings)
}

/// Reads what a decoder yields, behind what is there.
fn read(decoder: impl Read, budget: usize, bytes: &mut Vec<u8>) -> Result<(), End> {
    let room = budget.saturating_sub(bytes.len());
    match decoder.take(room as u64).read_to_end(bytes) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(End::Early),
        Err(_) => Err(End::Damaged),
    }
}

/// Why a decoder stopped.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// There is no more input. That is no fault: only the beginning of the body is here.
    Early,
    Damaged,
}

/// Unpacks member by member.
fn gzip(mut input: &[u8], budget: usize) -> Unpacked {
    let mut bytes = Vec::new();
    for _ in 0..MOST_MEMBERS {
        let mut decoder = GzDecoder::new(input);
        let end = read(&mut decoder, budget, &mut bytes);
        input = decoder.into_inner();
        if end.is_err() || input.is_empty() || bytes.len() >= budget {
            let is_damaged = end == Err(End::Damaged);
            return Unpacked { bytes, is_damaged };
        }
    }
    Unpacked {
        bytes,
        is_damaged: true,
    }
}

/// `deflate` is zlib's format; some clients mean the bare one.
fn deflate(input: &[u8], budget: usize) -> Unpacked {
    let has_zlib_header = matches!(input, [method, flags, ..]
        if method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0);
    let mut bytes = Vec::new();
    let (end, rest) = match has_zlib_header {
        true => {
            let mut decoder = ZlibDecoder::new(input);
            (read(&mut decoder, budget, &mut bytes), decoder.into_inner())
        }
        false => {
            let mut decoder = DeflateDecoder::new(input);
            (read(&mut decoder, budget, &mut bytes), decoder.into_inner())
        }
    };
    let is_followed = bytes.len() < budget && !rest.is_empty();
    Unpacked {
        bytes,
        is_damaged: end == Err(End::Damaged) || is_followed,
    }
}

fn brotli(input: &[u8], budget: usize) -> Unpacked {
    const STEP: usize = 16 * 1024;
    // The strict decoder refuses windows of more than 16 MiB, which are no part of the coding `br`.
    let alloc = StandardAlloc::default();
    let mut state = BrotliState::new_strict(alloc, alloc, alloc);
    let (mut left, mut offset, mut total) = (input.len(), 0, 0);
    let mut bytes = Vec::new();
    loop {
        let filled = bytes.len();
        let mut room = STEP.min(budget - filled);
        if room == 0 {
            return Unpacked {
                bytes,
                is_damaged: false,
            };
        }
        bytes.resize(filled + room, 0);
        let mut end = filled;
        let result = BrotliDecompressStream(
            &mut left,
            &mut offset,
            input,
            &mut room,
            &mut end,
            &mut bytes,
            &mut total,
            &mut state,
        );
        bytes.truncate(end);
        let is_damaged = match result {
            BrotliResult::NeedsMoreOutput => continue,
            BrotliResult::NeedsMoreInput => false,
            BrotliResult::ResultSuccess => left > 0,
            BrotliResult::ResultFailure => true,
        };
        return Unpacked { bytes, is_damaged };
    }
}

/// Unpacks frame by frame. The decoder hands out what is in its window only when a frame has ended, so one that is cut
/// off, or yields more than is wanted, is ended by an empty block.
fn zstd(mut input: &[u8], budget: usize) -> Unpacked {
    /// A last block without content, and room for a checksum, which is not verified.
    const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(ZSTD_WINDOW);
    let mut bytes = Vec::new();
    while !input.is_empty() && bytes.len() < budget {
        match decoder.reset(&mut input) {
            Ok(()) => {}
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                input = input.get(length..).unwrap_or_default();
                continue;
            }
            Err(_) => {
                return Unpacked {
                    bytes,
                    is_damaged: true,
                };
            }
        }
        let room = budget - bytes.len();
        // It stops after the block that fills the room; a block yields at most 128 KiB.
        let end = decoder.decode_blocks(&mut input, BlockDecodingStrategy::UptoBytes(room));
        let is_damaged = end.is_err() && !input.is_empty();
        if !decoder.is_finished() {
            input = &[];
            // What came before is handed out even if the frame can't be ended in good order.
            let _ = decoder.decode_blocks(&LAST_BLOCK[..], BlockDecodingStrategy::All);
        }
        bytes.extend(decoder.collect().unwrap_or_default().into_iter().take(room));
        if is_damaged {
            return Unpacked { bytes, is_damaged };
        }
    }
    Unpacked {
        bytes,
        is_damaged: false,
    }
}

#[cfg(test)]
mod tests;
