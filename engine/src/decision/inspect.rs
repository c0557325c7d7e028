//! Questions about bots that applications ask of a decision.

use super::{BotReason, Decision, MissingInput, Reason, RuleState};
use crate::rule::RuleKind;

/// The signal of a bot that was made of a request without a user agent.
const MISSING_USER_AGENT: &str = "missing-user-agent";

impl Decision {
    /// Whether a live rule found a bot that its address proves to be what its user agent says, as the official SDKs'
    /// `isVerifiedBot` tells.
    pub fn is_verified_bot(&self) -> bool {
        self.bots().any(|bot| bot.verified)
    }

    /// Whether a live rule found a client that pretends to be a bot, as the official SDKs' `isSpoofedBot` tells: its user
    /// agent names one, and its address is not the bot's. Allow lists let it pass, since the detection goes by the user
    /// agent; ask this to deny it.
    ///
    /// ```
    /// # use arcjet_engine::{Arcjet, DetectBot, RequestDetails};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), arcjet_engine::ConfigError> {
    /// let arcjet = Arcjet::builder().rule(DetectBot::allow(["CATEGORY:AI"])).build()?;
    /// let request = RequestDetails::builder("GET", "/")
    ///     .header("user-agent", b"GPTBot/1.1; +https://openai.com/gptbot")
    ///     .peer("203.0.113.7".parse().unwrap())
    ///     .build();
    /// let decision = arcjet.protect(&request).await;
    /// assert!(decision.is_allowed() && decision.is_spoofed_bot());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_spoofed_bot(&self) -> bool {
        self.bots().any(|bot| bot.spoofed)
    }

    /// Whether a live rule that detects bots could not judge because the request has no user agent, as the official SDKs'
    /// `isMissingUserAgent` tells. [`MissingUserAgent::Bot`](crate::MissingUserAgent::Bot) makes a bot of such clients.
    pub fn is_missing_user_agent(&self) -> bool {
        self.results()
            .iter()
            .filter(|result| result.rule() == RuleKind::DetectBot && counts(result.state()))
            .any(|result| match result.reason() {
                Reason::Error(error) => error.missing == Some(MissingInput::UserAgent),
                Reason::Bot(bot) => bot.signals.iter().any(|signal| signal == MISSING_USER_AGENT),
                _ => false,
            })
    }

    fn bots(&self) -> impl Iterator<Item = &BotReason> {
        self.results()
            .iter()
            .filter_map(|result| match (counts(result.state()), result.reason()) {
                (true, Reason::Bot(bot)) => Some(bot),
                _ => None,
            })
    }
}

fn counts(state: RuleState) -> bool {
    !matches!(state, RuleState::DryRun | RuleState::NotRun)
}
