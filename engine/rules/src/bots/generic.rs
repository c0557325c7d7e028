//! Tells programs from browsers where no list knows a name.
//!
//! User agents of browsers have a grammar (RFC 9110, section 10.1.5, and three decades of imitation): `Mozilla/5.0`, a comment about the
//! platform, the engine, the browser, each with a version. Programs break it in a few ways: they name what they are (crawler, fetch,
//! monitor), say where to complain (a URL, an e-mail address), are called after the library that they are made with, or leave out what
//! every browser has. The free text in a browser's user agent is the model of the device, so words don't count there.

mod consistency;
mod device;
mod shape;

use super::{
    MAX_SIGNALS,
    words::{self, Meaning},
};
use device::Models;
use shape::Shape;

pub(crate) use consistency::{HEADERS, signals as contradictions};
pub(super) use device::without_models;

/// The longest user agent of a browser, in bytes; whatever is longer is a signal. The longest ones in the wild, of browsers inside
/// applications, have some 600 bytes.
pub const MAX_BROWSER_USER_AGENT: usize = 1024;

/// What speaks for a program in a user agent that names no well-known bot; `listed` if another list has it.
pub(super) fn signals(user_agent: &[u8], listed: bool) -> Vec<&'static str> {
    let mut signals = Signals::default();
    if listed {
        signals.add("list:crawler-user-agents");
    }
    let text = match user_agent.get(..MAX_BROWSER_USER_AGENT) {
        Some(start) if start.len() < user_agent.len() => {
            signals.add("long-user-agent");
            start
        }
        _ => user_agent,
    };
    let mut shape = Shape::new(text);
    let mut models = Models::new(text);
    words::search(text, |word, at| match word.meaning {
        Meaning::Fact(fact) => shape.add(fact, at + word.bytes.len()),
        Meaning::Signal(name) => {
            if !signals.has(name) && !models.contain(at) {
                signals.add(name);
            }
        }
    });
    shape.signals(|name| signals.add(name));
    signals.0
}

#[derive(Default)]
struct Signals(Vec<&'static str>);

impl Signals {
    /// Whether it need not be added.
    fn has(&self, name: &str) -> bool {
        self.0.len() == MAX_SIGNALS || self.0.contains(&name)
    }

    fn add(&mut self, name: &'static str) {
        if !self.has(name) {
            self.0.push(name);
        }
    }
}
