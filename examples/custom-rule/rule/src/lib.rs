//! Denies clients that ask for decoys: paths that this application does not have, and that scanners try.
//!
//! Configuration: `{"paths": ["/.env", "/wp-login.php"], "seconds": 600, "pass": "a token"}`. A client that asks for one of the paths
//! is denied everything for so many seconds (600 unless set). Your own scanner passes if it sends the token in the header
//! `x-decoy-pass`.

use std::cell::RefCell;

use serde::Deserialize;

use crate::bindings::arcjet::custom_rule::types::Conclusion;
use crate::bindings::{Guest, Request, Verdict};

mod bindings {
    // The contract with the engine; a rule in a repository of its own has a copy of it.
    wit_bindgen::generate!({ path: "../../../engine/wit/custom", world: "custom-rule" });

    use super::Decoy;
    export!(Decoy with_types_in self);
}

/// What the application passes to `CustomRule::config`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    paths: Vec<String>,
    #[serde(default = "ten_minutes")]
    seconds: u32,
    pass: Option<String>,
}

fn ten_minutes() -> u32 {
    600
}

thread_local! {
    static CONFIG: RefCell<Config> = RefCell::default();
}

struct Decoy;

impl Guest for Decoy {
    fn configure(config: String) -> Result<(), String> {
        // Serde's message names what is wrong and what is accepted.
        let config: Config = serde_json::from_str(&config).map_err(|error| error.to_string())?;
        CONFIG.set(config);
        Ok(())
    }

    fn judge(request: Request) -> Verdict {
        CONFIG.with_borrow(|config| config.judge(&request))
    }
}

impl Config {
    fn judge(&self, request: &Request) -> Verdict {
        if !self.paths.contains(&request.path) || self.lets_pass(request) {
            return Verdict {
                conclusion: Conclusion::Allow,
                reason: String::new(),
                ttl_seconds: 0,
            };
        }
        Verdict {
            conclusion: Conclusion::Deny,
            reason: format!("asked for the decoy {}", request.path),
            ttl_seconds: self.seconds,
        }
    }

    fn lets_pass(&self, request: &Request) -> bool {
        let sent = request
            .headers
            .iter()
            .find(|header| header.name == "x-decoy-pass");
        sent.is_some_and(|sent| self.pass.as_ref() == Some(&sent.value))
    }
}
