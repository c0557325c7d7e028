//! The rules of a signup form.

use super::{DetectBot, Rule, SlidingWindow, ValidateEmail};

/// Protects a signup form: a limit against floods, no bots, and an address that can get mail. It is three rules,
/// which [`ArcjetBuilder::rules`](crate::ArcjetBuilder::rules) takes.
///
/// ```
/// use arcjet_engine::{Arcjet, DetectBot, EmailType, ProtectSignup, SlidingWindow, ValidateEmail};
/// use std::time::Duration;
///
/// let signup = ProtectSignup {
///     rate_limit: SlidingWindow::new(5, Duration::from_secs(600)),
///     bots: DetectBot::allow(Vec::<String>::new()),
///     email: ValidateEmail::deny([EmailType::Disposable, EmailType::Invalid]),
/// };
/// let arcjet = Arcjet::builder().rules(signup).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProtectSignup {
    /// How often a client may try.
    pub rate_limit: SlidingWindow,
    /// Which bots may.
    pub bots: DetectBot,
    /// Which addresses may be given.
    pub email: ValidateEmail,
}

impl IntoIterator for ProtectSignup {
    type Item = Rule;
    type IntoIter = std::array::IntoIter<Rule, 3>;

    fn into_iter(self) -> Self::IntoIter {
        [self.rate_limit.into(), self.bots.into(), self.email.into()].into_iter()
    }
}
