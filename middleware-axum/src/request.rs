//! The request as rules see it, for handlers that judge it themselves.

use std::convert::Infallible;
use std::ops::Deref;

use arcjet_engine::{Arcjet, RequestDetails};
use axum_core::extract::FromRequestParts;
use http::request::Parts;

use crate::decision::ArcjetDecision;
use crate::denied::{Denied, accepts_json};
use crate::describe::{describe, peer};

/// The request as rules see it: an extractor for handlers that judge with what only they know, such as a user's id.
///
/// It works with and without an [`ArcjetLayer`](crate::ArcjetLayer). See the
/// [crate documentation](crate#rules-in-handlers) for an example. It derefs to [`RequestDetails`], so
/// `arcjet.protect(&request).await` is the way to a decision that is not yet an answer.
#[derive(Clone, Debug)]
pub struct ArcjetRequest {
    details: RequestDetails,
    json: bool,
}

impl ArcjetRequest {
    /// Describes a request by its head, for services that don't use extractors.
    pub fn new(request: &Parts) -> Self {
        let details = describe(request, peer(&request.extensions));
        Self {
            details,
            json: accepts_json(&request.headers),
        }
    }

    /// Sets the value of a custom characteristic, as in `("userId", "42")`.
    #[must_use]
    pub fn with_characteristic(mut self, key: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.details = self.details.with_characteristic(key, value);
        self
    }

    /// Sets how many units of a token bucket the request takes; 1 unless set.
    #[must_use]
    pub fn with_requested(mut self, units: u32) -> Self {
        self.details = self.details.with_requested(units);
        self
    }

    /// Sets the e-mail address that a [`ValidateEmail`](crate::ValidateEmail) judges.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<Box<str>>) -> Self {
        self.details = self.details.with_email(email);
        self
    }

    /// Sets the text that a [`SensitiveInfo`](crate::SensitiveInfo) judges. It is neither sent anywhere nor logged.
    #[must_use]
    pub fn with_sensitive_text(mut self, text: impl Into<Box<str>>) -> Self {
        self.details = self.details.with_sensitive_text(text);
        self
    }

    /// Sets the message that a [`DetectPromptInjection`](crate::DetectPromptInjection) judges.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Box<str>>) -> Self {
        self.details = self.details.with_message(message);
        self
    }

    /// Sets a value that a [`Filter`](crate::Filter) reads as `local["key"]`.
    #[must_use]
    pub fn with_local(mut self, key: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.details = self.details.with_local(key, value);
        self
    }

    /// Sets the id under which the application correlates this request with others.
    #[must_use]
    pub fn with_correlation_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.details = self.details.with_correlation_id(id);
        self
    }

    /// Judges the request with `arcjet`.
    ///
    /// # Errors
    ///
    /// It is denied. Handlers return the error, which is the answer.
    pub async fn protect(&self, arcjet: &Arcjet) -> Result<ArcjetDecision, Denied> {
        let decision = arcjet.protect(&self.details).await;
        match decision.is_denied() {
            true => Err(Denied::in_format(decision, self.json)),
            false => Ok(ArcjetDecision(decision)),
        }
    }

    /// The description.
    pub fn details(&self) -> &RequestDetails {
        &self.details
    }

    /// The description, to be kept or changed.
    pub fn into_details(self) -> RequestDetails {
        self.details
    }
}

impl Deref for ArcjetRequest {
    type Target = RequestDetails;

    fn deref(&self) -> &RequestDetails {
        &self.details
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ArcjetRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::new(parts))
    }
}
