//! Identifiers of decisions: a prefix and a [TypeID](https://github.com/jetify-com/typeid) suffix.

use std::fmt;

use uuid::Uuid;

use crate::time::Timestamp;

/// Who reached a decision; the prefix of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// `lreq`: in this process, without the decision server.
    Local,
    /// `req`: the decision server.
    #[cfg_attr(
        not(any(feature = "wire", test)),
        expect(dead_code, reason = "only the decision server makes such ids")
    )]
    Server,
}

/// The id of a decision, `lreq_…` when it was reached in this process and `req_…` when the decision server reached it.
///
/// The suffix is a UUIDv7 in 26 characters of Crockford's base32 (the TypeID format), so ids sort by time.
/// An id that a server sent is kept as it came.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DecisionId(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Made(Origin, Uuid),
    #[cfg(any(feature = "remote", test))]
    Received(Box<str>),
}

/// Crockford's base32 alphabet in the lower case that TypeID uses: no i, l, o, u.
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl DecisionId {
    /// An id of a decision that is reached `now`.
    pub(crate) fn new(origin: Origin, now: Timestamp) -> Self {
        Self(Repr::Made(origin, uuid_of(now)))
    }

    #[cfg(any(feature = "remote", test))]
    pub(crate) fn received(id: &str) -> Self {
        Self(Repr::Received(id.into()))
    }

    /// Whether the decision was reached in this process, without the decision server.
    pub fn is_local(&self) -> bool {
        match &self.0 {
            Repr::Made(origin, _) => *origin == Origin::Local,
            #[cfg(any(feature = "remote", test))]
            Repr::Received(id) => id.starts_with("lreq_"),
        }
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Made(Origin::Local, uuid) => write_type_id(f, "lreq", *uuid),
            Repr::Made(Origin::Server, uuid) => write_type_id(f, "req", *uuid),
            #[cfg(any(feature = "remote", test))]
            Repr::Received(id) => f.write_str(id),
        }
    }
}

/// An id, as text, of something that happens `now`; `prefix` says what it is.
#[cfg(feature = "wire")]
pub(crate) fn type_id(prefix: &str, now: Timestamp) -> String {
    // The prefix, the underscore and 26 characters.
    let mut id = String::with_capacity(prefix.len() + 27);
    // Writing to a string can't fail.
    let _ = write_type_id(&mut id, prefix, uuid_of(now));
    id
}

/// A UUIDv7.
///
/// Its random part tells the ids of a millisecond apart. It is no secret, so a fast generator will do; one that also counts
/// within the millisecond would have all threads share its counter.
fn uuid_of(now: Timestamp) -> Uuid {
    let mut random = [0; 10];
    random.copy_from_slice(&fastrand::u128(..).to_ne_bytes()[..10]);
    uuid::Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid()
}

fn write_type_id(out: &mut impl fmt::Write, prefix: &str, uuid: Uuid) -> fmt::Result {
    out.write_str(prefix)?;
    out.write_char('_')?;
    // 128 bits in 26 groups of five; the first group holds the upper three bits.
    for group in (0..26).rev() {
        let index = (uuid.as_u128() >> (group * 5)) as usize & 31;
        out.write_char(char::from(BASE32[index]))?;
    }
    Ok(())
}

impl fmt::Debug for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffix_is_the_typeid_encoding_of_the_uuid() {
        // The vectors of the TypeID specification (valid.json).
        for (uuid, suffix) in [
            (
                "00000000-0000-0000-0000-000000000000",
                "00000000000000000000000000",
            ),
            (
                "00000000-0000-0000-0000-000000000020",
                "00000000000000000000000010",
            ),
            (
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "7zzzzzzzzzzzzzzzzzzzzzzzzz",
            ),
            (
                "0110c853-1d09-52d8-d73e-1194e95b5f19",
                "0123456789abcdefghjkmnpqrs",
            ),
        ] {
            let id = DecisionId(Repr::Made(Origin::Local, Uuid::parse_str(uuid).unwrap()));
            assert_eq!(id.to_string(), format!("lreq_{suffix}"));
        }
    }

    #[test]
    fn origin_is_the_prefix() {
        let now = Timestamp::from_millis(0);
        assert!(
            DecisionId::new(Origin::Server, now)
                .to_string()
                .starts_with("req_")
        );
        assert!(DecisionId::new(Origin::Local, now).is_local());
        assert!(!DecisionId::received("req_01").is_local());
        assert_eq!(DecisionId::received("req_01").to_string(), "req_01");
    }
    #[test]
    fn is_a_uuid_of_version_7_with_its_time() {
        let now = Timestamp::from_millis(1_763_000_000_123);
        let Repr::Made(_, uuid) = DecisionId::new(Origin::Local, now).0 else {
            panic!("made here")
        };
        assert_eq!(
            (uuid.get_version_num(), uuid.as_u128() >> 80),
            (7, u128::from(now.as_millis()))
        );
        assert_ne!(
            DecisionId::new(Origin::Local, now),
            DecisionId::new(Origin::Local, now)
        );
    }
}
