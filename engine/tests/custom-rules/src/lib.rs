//! A rule that does what it is told: by its configuration, a JSON string, while it is configured, and by the header `x-do` of a
//! request. Told nothing, it allows, and says how often this instance has judged and which edition of the component it is.

use bindings::{Guest, Request, Verdict, arcjet::custom_rule::types::Conclusion};
use std::{cell::Cell, fmt::Write as _, hint::black_box, mem};

mod bindings {
    wit_bindgen::generate!({ path: "../../wit/custom", world: "custom-rule" });

    use super::Component;
    export!(Component with_types_in self);
}

/// Tests make another edition of the component by replacing these bytes in it.
static EDITION: &[u8; 24] = b"edition of the component";

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static CONFIG: Cell<String> = const { Cell::new(String::new()) };
}

struct Component;

impl Guest for Component {
    fn configure(config: String) -> Result<(), String> {
        match config.as_str() {
            "\"trap\"" => trap(),
            "\"loop\"" => never_end(),
            "\"memory\"" => hoard(),
            "\"refuse\"" => return Err("told to refuse".to_owned()),
            "\"refuse at length\"" => return Err("x".repeat(5_000)),
            "\"work\"" => work(2_000_000),
            _ => {}
        }
        CONFIG.set(config);
        Ok(())
    }

    fn judge(request: Request) -> Verdict {
        CALLS.set(CALLS.get() + 1);
        match header(&request, "x-do").unwrap_or_default() {
            "deny" => Verdict {
                conclusion: Conclusion::Deny,
                reason: "told to deny".to_owned(),
                ttl_seconds: header(&request, "x-ttl").map_or(0, |ttl| ttl.parse().unwrap()),
            },
            "trap" => trap(),
            "loop" => never_end(),
            "memory" => hoard(),
            "bear refusal" => {
                bear_refusal();
                allow("refused".to_owned())
            }
            "stack" => allow(descend(black_box(0)).to_string()),
            // 3 bytes each, so that the limit falls into one of them.
            "talk" => allow("€".repeat(5_000)),
            "flood" => allow("x".repeat(2 << 20)),
            "echo" => allow(echo(&request)),
            _ => allow(format!("call {} of {}", CALLS.get(), edition())),
        }
    }
}

fn allow(reason: String) -> Verdict {
    Verdict {
        conclusion: Conclusion::Allow,
        reason,
        // Means nothing without a denial.
        ttl_seconds: 60,
    }
}

fn edition() -> &'static str {
    str::from_utf8(black_box(EDITION)).unwrap()
}

/// Everything that the rule was told.
fn echo(request: &Request) -> String {
    let Request {
        method,
        host,
        path,
        query,
        headers,
        ip,
        body,
        local,
    } = request;
    let config = CONFIG.take();
    let mut text = format!("{config} {method} {host} {path} {query} {ip:?} {}", body.len());
    if body.len() < 100 {
        write!(text, " {}", String::from_utf8_lossy(body)).unwrap();
    }
    for header in headers.iter().filter(|header| header.name != "x-do") {
        write!(text, " {}={}", header.name, header.value).unwrap();
    }
    for value in local {
        write!(text, " {}:{}", value.key, value.value).unwrap();
    }
    CONFIG.set(config);
    text
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let header = request.headers.iter().find(|header| header.name == name)?;
    Some(&header.value)
}

fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

fn never_end() -> ! {
    loop {
        black_box(0);
    }
}

/// Computes for a while.
fn work(rounds: u32) {
    for round in 0..rounds {
        black_box(round);
    }
}

fn hoard() -> ! {
    loop {
        mem::forget(black_box(vec![1_u8; 1 << 20]));
    }
}

/// Asks for more memory than an instance may have, and goes on without.
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
