//! Rules that misbehave on request. A request names its fault in the header `x-fault`, a configuration in the first entry of its
//! first list of bots. Without a fault every rule allows, and says how often this instance has judged.

use bindings::{Guest, arcjet::rules::types};
use std::{
    cell::{Cell, RefCell},
    hint::black_box,
    mem,
};

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "rules" });

    use super::Component;
    export!(Component with_types_in self);
}

const HEADER: &str = "x-fault";

thread_local! {
    /// The number of rules of each set; a handle is a place in it.
    static SETS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

struct Component;

impl Guest for Component {
    fn configure(rules: Vec<types::Rule>) -> Result<types::RuleSet, types::ConfigError> {
        let is_first = SETS.with_borrow(Vec::is_empty);
        match first_entry(&rules) {
            Some("TRAP") => trap(),
            Some("LOOP") => never_end(),
            Some("MEMORY") => hoard(),
            Some("TRAP_UNLESS_FIRST") if !is_first => trap(),
            Some("REFUSE_UNLESS_FIRST") if !is_first => return Err(refusal()),
            Some("REFUSE") => return Err(refusal()),
            _ => {}
        }
        let handle = SETS.with_borrow_mut(|sets| {
            sets.push(rules.len());
            sets.len() - 1
        });
        Ok(types::RuleSet {
            handle: handle as u32,
            needs: types::Needs {
                headers: vec![HEADER.to_owned()],
                all_headers: false,
                body: 0,
                ip: false,
                ip_details: false,
                email: false,
                sensitive_text: false,
                message: false,
                local: false,
            },
        })
    }

    fn judge(handle: u32, request: Vec<u8>) -> Vec<types::Outcome> {
        CALLS.set(CALLS.get() + 1);
        let rules = SETS.with_borrow(|sets| sets[handle as usize]);
        match fault(&request).unwrap_or_default() {
            b"trap" => trap(),
            b"loop" => never_end(),
            b"memory" => hoard(),
            b"refused-memory" => bear_refusal(),
            b"stack" => {
                black_box(descend(black_box(0)));
            }
            // The rest breaks the contract, without a trap.
            b"silent" => return Vec::new(),
            b"talkative" => return vec![verdict(types::Conclusion::Allow); rules + 1],
            b"goes-on" => return vec![verdict(types::Conclusion::Deny); rules],
            b"flood" => return vec![error("x".repeat(2 << 20)); rules],
            // And this keeps it.
            b"deny" => return vec![verdict(types::Conclusion::Deny)],
            _ => {}
        }
        vec![verdict(types::Conclusion::Allow); rules]
    }
}

/// The value of the header that names the fault.
fn fault(mut request: &[u8]) -> Option<&[u8]> {
    while let Some((&[tag, n0, n1, v0, v1, v2, v3], rest)) = request.split_first_chunk() {
        let (name, rest) = rest.split_at(u16::from_le_bytes([n0, n1]).into());
        let (value, rest) = rest.split_at(u32::from_le_bytes([v0, v1, v2, v3]) as usize);
        if tag == 4 && name == HEADER.as_bytes() {
            return Some(value);
        }
        request = rest;
    }
    None
}

fn first_entry(rules: &[types::Rule]) -> Option<&str> {
    let types::RuleConfig::DetectBot(config) = &rules.first()?.config else {
        return None;
    };
    let (types::PassList::Allow(list) | types::PassList::Deny(list)) = &config.entities;
    list.first().map(String::as_str)
}

fn refusal() -> types::ConfigError {
    types::ConfigError {
        rule: 0,
        field: "deny[0]".to_owned(),
        message: "refused on request".to_owned(),
        accepted: "anything else".to_owned(),
    }
}

fn verdict(conclusion: types::Conclusion) -> types::Outcome {
    types::Outcome {
        conclusion,
        reason: types::Reason::Bot(types::BotReason {
            allowed: vec![format!("call {}", CALLS.get())],
            denied: Vec::new(),
            signals: Vec::new(),
        }),
    }
}

fn error(message: String) -> types::Outcome {
    types::Outcome {
        conclusion: types::Conclusion::Error,
        reason: types::Reason::Error(types::ErrorReason {
            missing: types::MissingInput::Message,
            message,
        }),
    }
}

fn trap() -> ! {
    panic!("trapped on request")
}

fn never_end() -> ! {
    loop {
        black_box(());
    }
}

/// Takes memory until there is none; the allocator then traps.
fn hoard() -> ! {
    loop {
        mem::forget(black_box(Vec::<u8>::with_capacity(1 << 20)));
    }
}

/// Asks for more memory than there can be, and lives with the answer.
fn bear_refusal() {
    let mut buffer = Vec::<u8>::new();
    assert!(black_box(&mut buffer).try_reserve_exact(1 << 30).is_err());
}

/// Ends, but not before any stack does. It has nothing to keep in memory, so it is the processor's stack that ends.
#[inline(never)]
fn descend(depth: u64) -> u64 {
    if depth == u64::MAX {
        return depth;
    }
    descend(depth + 1).wrapping_mul(3) ^ depth
}
