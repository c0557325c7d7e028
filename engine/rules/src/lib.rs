//! The bundled rules of Arcjet for Rust: what runs in the engine's WASM sandbox, as an ordinary library.
//!
//! The engine doesn't link this crate. It loads `engine/assets/rules.wasm`, the component that `cargo xtask rules` builds from it
//! and that offers the world of `engine/wit/rules.wit`. The same code runs natively here for tests, for fuzzing, for the
//! benchmark that states what the sandbox costs, and for tools that want the [list of bots](bots).
//!
//! ```
//! use arcjet_rules::{BotList, Conclusion, DetectBot, Mode, Request, Rule, RuleConfig, RuleSet};
//!
//! let rules = RuleSet::new(&[Rule {
//!     mode: Mode::Live,
//!     config: RuleConfig::DetectBot(DetectBot::new(BotList::Allow(vec!["CATEGORY:SEARCH_ENGINE".into()]))),
//! }])?;
//! let headers: [(&[u8], &[u8]); 1] = [(b"user-agent", b"curl/8.14.1")];
//! let outcomes = rules.judge(&Request { headers: &headers, ..Request::default() });
//! assert_eq!(outcomes[0].conclusion, Conclusion::Deny);
//! # Ok::<(), arcjet_rules::ConfigError>(())
//! ```

mod automaton;
pub mod bots;
mod browser;
mod config;
mod detect_bot;
mod email;
mod filter;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod needs;
mod outcome;
mod prefilter;
pub mod prompt_injection;
pub mod redact;
mod request;
mod rule_set;
pub mod sensitive_info;
mod shield;
mod swar;

#[cfg(target_arch = "wasm32")]
mod guest;

pub use config::{BotList, ConfigError, DetectBot, MissingUserAgent, Mode, Rule, RuleConfig, UnknownIds};
pub use email::{EmailFault, EmailLevel, EmailList, EmailReason, EmailType, ValidateEmail};
pub use filter::{Filter, FilterList, FilterReason, MAX_EXPRESSION_BYTES, MAX_EXPRESSIONS};
pub use needs::Needs;
pub use outcome::{BotReason, Conclusion, MissingInput, Outcome, Reason};
pub use prompt_injection::{DetectPromptInjection, PromptInjectionReason};
pub use request::{ApplicationSpan, Request};
pub use rule_set::RuleSet;
pub use sensitive_info::{EntityList, SensitiveInfo, SensitiveInfoReason};
pub use shield::{Category, Detection, Part, Shield, ShieldReason};
