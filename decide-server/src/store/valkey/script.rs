//! The two scripts, their arguments and their answers.

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitState, Quota};
use redis::{Cmd, Value};
use smallvec::SmallVec;

use super::plan::{Found, Limit};

/// A script that runs inside the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Judges and counts.
    Take,
    /// Undoes what a decision counted.
    GiveBack,
}

impl Script {
    pub(super) const ALL: [Self; 2] = [Self::Take, Self::GiveBack];

    pub(super) const fn source(self) -> &'static str {
        match self {
            Self::Take => include_str!("take.lua"),
            Self::GiveBack => include_str!("give_back.lua"),
        }
    }
}

/// One call of a script, as it is sent.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) script: Script,
    keys: SmallVec<[String; 4]>,
    packed: Vec<u8>,
    look: bool,
    now: Option<Timestamp>,
}

/// The last instant that is told to a script: its arithmetic is exact well beyond it.
const LATEST: u64 = 1 << 50;

impl Invocation {
    /// Judges `limits`, all of one slot, at `now` or by the server's clock, and counts unless it is only to `look`.
    pub(super) fn take(prefix: &str, limits: &[Limit], now: Option<Timestamp>, look: bool) -> Self {
        let mut packed = Vec::with_capacity(18 * limits.len());
        for limit in limits {
            let (algorithm, refill_rate) = algorithm(limit.quota);
            packed.extend([algorithm, u8::from(limit.live)]);
            for number in [
                limit.quota.max(),
                limit.quota.window().get(),
                refill_rate,
                limit.requested,
            ] {
                packed.extend(number.to_be_bytes());
            }
        }
        Self {
            script: Script::Take,
            keys: limits.iter().map(|limit| key(prefix, limit)).collect(),
            packed,
            look,
            now: now.map(|now| now.min(Timestamp::from_millis(LATEST))),
        }
    }

    /// Gives back what `limits` counted, each in a state that began at the instant beside it.
    pub(super) fn give_back(prefix: &str, limits: &[(Limit, Timestamp)]) -> Self {
        let mut packed = Vec::with_capacity(21 * limits.len());
        for (limit, since) in limits {
            packed.push(algorithm(limit.quota).0);
            for number in [limit.quota.max(), limit.quota.window().get(), limit.requested] {
                packed.extend(number.to_be_bytes());
            }
            packed.extend(since.as_millis().to_be_bytes());
        }
        Self {
            script: Script::GiveBack,
            keys: limits.iter().map(|(limit, _)| key(prefix, limit)).collect(),
            packed,
            look: false,
            now: None,
        }
    }

    /// The call by the script's digest, which the server has told.
    pub(super) fn by_digest(&self, digest: &str) -> Cmd {
        self.command("EVALSHA", digest)
    }

    /// The call with the script's source, after which the server knows it.
    pub(super) fn by_source(&self) -> Cmd {
        self.command("EVAL", self.script.source())
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let bytes = 64 + script.len() + self.packed.len() + self.keys.iter().map(String::len).sum::<usize>();
        let mut command = Cmd::with_capacity(6 + self.keys.len(), bytes);
        command.arg(name).arg(script).arg(self.keys.len());
        for key in &self.keys {
            command.arg(key);
        }
        command.arg(&*self.packed);
        if self.look || self.now.is_some() {
            command.arg(if self.look { "look" } else { "" });
        }
        if let Some(now) = self.now {
            command.arg(now.as_millis());
        }
        command
    }

    /// Reads the answer to [`take`](Self::take); `None` if it is none.
    pub(super) fn found(&self, answer: &Value) -> Option<Found> {
        let Value::BulkString(bytes) = answer else {
            return None;
        };
        let (now, states) = bytes.split_first_chunk()?;
        let (states, rest) = states.as_chunks::<16>();
        if states.len() != self.keys.len() || !rest.is_empty() {
            return None;
        }
        Some(Found {
            now: Timestamp::from_millis(u64::from_be_bytes(*now)),
            states: states.iter().map(state).collect(),
        })
    }
}

fn algorithm(quota: Quota) -> (u8, u32) {
    match quota {
        Quota::FixedWindow { .. } => (1, 0),
        Quota::SlidingWindow { .. } => (2, 0),
        Quota::TokenBucket { refill_rate, .. } => (3, refill_rate.get()),
    }
}

fn state(bytes: &[u8; 16]) -> Option<LimitState> {
    let number = u128::from_be_bytes(*bytes);
    (number != u128::MAX).then_some(LimitState {
        since: Timestamp::from_millis((number >> 64) as u64),
        count: (number >> 32) as u32,
        previous: number as u32,
    })
}

/// The name of a limit's key: `arcjet:v1:{group}:limit`. The braces make a cluster keep a group in one slot; the number is
/// that of the state's format and of the script's arithmetic.
fn key(prefix: &str, limit: &Limit) -> String {
    let mut key = String::with_capacity(prefix.len() + 40);
    key.push_str(prefix);
    key.push_str(":v1:{");
    push_digits(&mut key, limit.group.into(), 11);
    key.push_str("}:");
    push_digits(&mut key, limit.id, 22);
    key
}

/// The part of a limit's key that a cluster hashes.
pub(super) fn tag(group: u64) -> String {
    let mut tag = String::with_capacity(11);
    push_digits(&mut tag, group.into(), 11);
    tag
}

/// Writes the lowest `count` digits of a number to the base of 64, the lowest first: a third of what hexadecimal adds, and
/// keys are most of what a count costs in memory.
fn push_digits(key: &mut String, mut number: u128, count: usize) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for _ in 0..count {
        key.push(char::from(DIGITS[(number & 63) as usize]));
        number >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limit(id: u128) -> Limit {
        Limit {
            id,
            group: u64::MAX,
            quota: Quota::token_bucket(5, 2, Duration::from_secs(60)).unwrap(),
            live: true,
            requested: 3,
        }
    }

    #[test]
    fn keys_are_tagged_versioned_and_distinct() {
        assert_eq!(
            key("arcjet", &limit(1)),
            "arcjet:v1:{__________P}:BAAAAAAAAAAAAAAAAAAAAA"
        );
        assert_eq!(
            key("x", &limit(u128::MAX)),
            "x:v1:{__________P}:_____________________D"
        );
        assert_eq!(tag(u64::MAX), "__________P");
        assert_ne!(key("a", &limit(1 << 127)), key("a", &limit(0)));
    }

    #[test]
    fn a_call_carries_all_that_the_script_reads() {
        let invocation = Invocation::take("a", &[limit(0)], Some(Timestamp::from_millis(u64::MAX)), true);
        let command = invocation.by_digest("f00");
        let arguments: Vec<Vec<u8>> = command
            .args_iter()
            .map(|argument| match argument {
                redis::Arg::Simple(bytes) => bytes.to_vec(),
                _ => Vec::new(),
            })
            .collect();
        let packed = [3, 1, 0, 0, 0, 5, 0, 0, 0, 60, 0, 0, 0, 2, 0, 0, 0, 3];
        assert_eq!(arguments[0], b"EVALSHA");
        assert_eq!(arguments[2], b"1");
        assert_eq!(arguments[4], packed);
        assert_eq!(arguments[5..], [b"look".to_vec(), b"1125899906842624".to_vec()]);
    }

    #[test]
    fn answers_of_another_shape_are_none() {
        let invocation = Invocation::take("a", &[limit(0)], None, false);
        let mut bytes = vec![0, 0, 0, 0, 0, 0, 0, 7];
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 9]);
        let found = invocation.found(&Value::BulkString(bytes.clone())).unwrap();
        assert_eq!(found.now.as_millis(), 7);
        let state = found.states[0].unwrap();
        assert_eq!((state.since.as_millis(), state.count, state.previous), (5, 2, 9));
        for length in 0..bytes.len() {
            assert_eq!(
                invocation.found(&Value::BulkString(bytes[..length].to_vec())),
                None
            );
        }
        bytes.push(0);
        assert_eq!(invocation.found(&Value::BulkString(bytes)), None);
        assert_eq!(invocation.found(&Value::Nil), None);
    }
}
