//! A client for the rest of a body, where a middleware can't see all of it at once.

use std::sync::Arc;

use super::Arcjet;
use crate::error::ConfigError;

impl Arcjet {
    /// A client with only those of its rules that read bodies; `None` if none does.
    ///
    /// It is for adapters of frameworks that show a middleware less of a body than the rules read: the middleware judges the
    /// request and what it sees of the body, and what reads the body judges again, with this client. Nothing is
    /// counted twice: it has no limits, and gives clients no [points](crate::Shield::suspicion).
    ///
    /// # Errors
    ///
    /// The sandbox can't be set up.
    pub fn only_body_rules(&self) -> Result<Option<Self>, ConfigError> {
        let Some(set) = self.rules.set.only_body_rules(&self.rules.shared.sandbox)? else {
            return Ok(None);
        };
        let configured = set.rules.iter().filter_map(|rule| rule.source.clone());
        let configured = configured.collect();
        Ok(Some(Self::judging(
            configured,
            set,
            Arc::clone(&self.rules.shared),
        )))
    }
}
