//! Replaces sensitive information in a text by tokens, and tokens in other texts by what they stand for.
//!
//! Made for handing text to a service that must not see what is in it, such as a language model: send the redacted text, and put
//! the originals back into the answer. It finds what a [`SensitiveInfo`](crate::SensitiveInfo) finds, and what closures of the
//! application find. Nothing leaves the process or is logged.
//!
//! This runs outside of the sandbox, natively: the text is the application's own. Time grows with the length of the text and
//! not faster (6 to 8 µs per KB).
//!
//! ```
//! use arcjet_engine::redact::{Entity, Redactor, redact};
//!
//! let redacted = redact("Write to jo@example.com");
//! assert_eq!(redacted.text(), "Write to <Redacted email #0>");
//! assert_eq!(redacted.unredact("I wrote to <Redacted email #0>."), "I wrote to jo@example.com.");
//!
//! let cards_only = Redactor::new().entities([Entity::CreditCardNumber]);
//! assert_eq!(cards_only.redact("jo@example.com").text(), "jo@example.com");
//! ```

pub use arcjet_rules::redact::{Redacted, Redaction, Redactor, redact};
pub use arcjet_rules::sensitive_info::{Entity, SensitiveSpan};
