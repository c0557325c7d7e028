//! Compressed request bodies, with an end to what they may grow to.

use std::io::Read as _;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use tonic::Code;

use crate::code::Fault;

/// Decompresses `data` into at most `limit` bytes.
pub(super) fn decompress(data: &[u8], limit: usize) -> Result<Bytes, GzipError> {
    // Messages shrink to a half or a third; the buffer grows for those that shrink more, never past the limit.
    let mut message = Vec::with_capacity((data.len() * 3).min(limit));
    let past_limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    // Reading from memory fails only where the data is wrong.
    MultiGzDecoder::new(data)
        .take(past_limit)
        .read_to_end(&mut message)
        .map_err(|_| GzipError::Malformed)?;
    if message.len() > limit {
        Err(GzipError::TooLarge { limit })
    } else {
        Ok(message.into())
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GzipError {
    #[error("the request body is not valid gzip")]
    Malformed,
    #[error("the decompressed request body is longer than {limit} bytes")]
    TooLarge { limit: usize },
}

impl From<GzipError> for Fault {
    fn from(error: GzipError) -> Self {
        let code = match error {
            GzipError::Malformed => Code::InvalidArgument,
            GzipError::TooLarge { .. } => Code::ResourceExhausted,
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn round_trip_up_to_the_limit() {
        for length in [0, 1, 999, 1000] {
            let data = vec![b'a'; length];
            assert_eq!(decompress(&gzip(&data), 1000).unwrap(), data);
        }
        assert_eq!(
            decompress(&gzip(&[b'a'; 1001]), 1000),
            Err(GzipError::TooLarge { limit: 1000 })
        );
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 70_000);
        assert_eq!(
            decompress(&bomb, 1 << 20),
            Err(GzipError::TooLarge { limit: 1 << 20 })
        );
    }

    #[test]
    fn members_are_joined_and_anything_else_is_malformed() {
        let two = [gzip(b"ab"), gzip(b"cd")].concat();
        assert_eq!(decompress(&two, 10).unwrap(), "abcd");
        let whole = gzip(b"hello hello hello");
        for broken in [
            &whole[..whole.len() - 1],
            &[],
            b"hello",
            &[whole.as_slice(), b"junk"].concat(),
        ] {
            assert_eq!(decompress(broken, 100), Err(GzipError::Malformed), "{broken:?}");
        }
    }
}
