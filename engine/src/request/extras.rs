//! What is told about a request besides its head and its peer: few requests have any of it.

use std::time::Duration;

use bytes::Bytes;

use super::RequestDetails;
use crate::decision::{ErrorReason, ErrorSource};
use crate::limit::Quota;

/// What is told about a request besides its head and its peer.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Extras {
    ip: Option<Box<str>>,
    characteristics: Vec<(Box<str>, Box<str>)>,
    requested: Requested,
    correlation_id: Option<Box<str>>,
    content: Content,
}

static NO_EXTRAS: Extras = Extras {
    ip: None,
    characteristics: Vec::new(),
    requested: Requested::Unset,
    correlation_id: None,
    content: Content {
        body: Bytes::new(),
        missed_deadline: None,
        email: None,
        sensitive_text: None,
        message: None,
        local: Vec::new(),
    },
};

/// What rules search: it stays in this process.
#[derive(Clone, Default, PartialEq, Eq)]
struct Content {
    body: Bytes,
    /// The deadline, if the body did not come within it.
    missed_deadline: Option<Duration>,
    email: Option<Box<str>>,
    sensitive_text: Option<Box<str>>,
    message: Option<Box<str>>,
    local: Vec<(Box<str>, Box<str>)>,
}

/// How many units of a token bucket a request takes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Requested {
    #[default]
    Unset,
    Units(u32),
    /// Not a number.
    #[cfg_attr(
        not(feature = "wire"),
        expect(dead_code, reason = "only clients of the wire protocol send text")
    )]
    Invalid,
}

impl RequestDetails {
    /// The client's address, if whoever described the request determined it; it is then used as it is.
    pub fn ip(&self) -> Option<&str> {
        self.extras().ip.as_deref()
    }

    /// The values of custom characteristics, as in `("userId", "42")`.
    pub fn characteristics(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.extras()
            .characteristics
            .iter()
            .map(|(key, value)| (&**key, &**value))
    }

    /// The value of one custom characteristic.
    pub fn characteristic(&self, key: &str) -> Option<&str> {
        self.extras()
            .characteristics
            .iter()
            .find(|(candidate, _)| **candidate == *key)
            .map(|(_, value)| &**value)
    }

    /// How many units of a token bucket the request takes; 1 unless set.
    pub fn requested(&self) -> u32 {
        match self.extras().requested {
            Requested::Units(units) => units,
            Requested::Unset | Requested::Invalid => 1,
        }
    }

    /// The units that were asked for, if any were.
    #[cfg(feature = "remote")]
    pub(crate) fn explicitly_requested(&self) -> Option<u32> {
        match self.extras().requested {
            Requested::Units(units) => Some(units),
            Requested::Unset | Requested::Invalid => None,
        }
    }

    /// How many units of a quota the request takes: windows count requests, buckets count units.
    pub(crate) fn requested_of(&self, quota: &Quota) -> Result<u32, ErrorReason> {
        match (quota, self.extras().requested) {
            (Quota::TokenBucket { .. }, Requested::Invalid) => {
                let message = "`requested` is not a whole number from 0 to 4294967295";
                Err(ErrorReason::new(ErrorSource::Request, message))
            }
            (Quota::TokenBucket { .. }, _) => Ok(self.requested()),
            _ => Ok(1),
        }
    }

    /// The id under which the application correlates this request with others; never part of a key.
    pub fn correlation_id(&self) -> Option<&str> {
        self.extras().correlation_id.as_deref()
    }

    /// The beginning of the body, as far as it was read.
    pub fn body(&self) -> &[u8] {
        &self.extras().content.body
    }

    /// The e-mail address that a [`ValidateEmail`](crate::ValidateEmail) judges.
    pub fn email(&self) -> Option<&str> {
        self.extras().content.email.as_deref()
    }

    /// The text that a [`SensitiveInfo`](crate::SensitiveInfo) judges.
    pub fn sensitive_text(&self) -> Option<&str> {
        self.extras().content.sensitive_text.as_deref()
    }

    /// The message that a [`DetectPromptInjection`](crate::DetectPromptInjection) judges.
    pub fn message(&self) -> Option<&str> {
        self.extras().content.message.as_deref()
    }

    /// The values that a [`Filter`](crate::Filter) reads as `local["key"]`.
    pub fn local(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.extras()
            .content
            .local
            .iter()
            .map(|(key, value)| (&**key, &**value))
    }

    fn extras(&self) -> &Extras {
        self.extras.as_deref().unwrap_or(&NO_EXTRAS)
    }

    fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// The description without what never leaves the process.
    #[cfg(feature = "remote")]
    pub(crate) fn without_content(&self) -> Self {
        let extras = self.extras.as_ref().map(|extras| {
            Box::new(Extras {
                ip: extras.ip.clone(),
                characteristics: extras.characteristics.clone(),
                requested: extras.requested,
                correlation_id: extras.correlation_id.clone(),
                content: Content::default(),
            })
        });
        Self {
            text: self.text.clone(),
            values: self.values.clone(),
            headers: self.headers.clone(),
            extras,
            ..*self
        }
    }

    /// Sets the beginning of the body, for a [`Shield`](crate::Shield) to search. Middlewares do so.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.extras_mut().content.body = body.into();
        self
    }

    /// Notes that the body, or the part of it that rules read, did not come in time.
    #[must_use]
    pub(crate) fn with_missed_deadline(mut self, deadline: Duration) -> Self {
        self.extras_mut().content.missed_deadline = Some(deadline);
        self
    }

    /// The deadline that the body has missed.
    pub(crate) fn missed_deadline(&self) -> Option<Duration> {
        self.extras().content.missed_deadline
    }

    /// Sets the e-mail address that a [`ValidateEmail`](crate::ValidateEmail) judges.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<Box<str>>) -> Self {
        self.extras_mut().content.email = Some(email.into());
        self
    }

    /// Sets the text that a [`SensitiveInfo`](crate::SensitiveInfo) judges. It is neither sent anywhere nor logged.
    #[must_use]
    pub fn with_sensitive_text(mut self, text: impl Into<Box<str>>) -> Self {
        self.extras_mut().content.sensitive_text = Some(text.into());
        self
    }

    /// Sets the message that a [`DetectPromptInjection`](crate::DetectPromptInjection) judges.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Box<str>>) -> Self {
        self.extras_mut().content.message = Some(message.into());
        self
    }

    /// Sets a value that a [`Filter`](crate::Filter) reads as `local["key"]`, replacing an earlier one of the same key. It
    /// is not sent anywhere.
    #[must_use]
    pub fn with_local(mut self, key: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        set(&mut self.extras_mut().content.local, key.into(), value.into());
        self
    }

    /// Sets the value of a custom characteristic, replacing an earlier one of the same key.
    #[must_use]
    pub fn with_characteristic(mut self, key: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        set(&mut self.extras_mut().characteristics, key.into(), value.into());
        self
    }

    /// Sets how many units of a token bucket the request takes.
    #[must_use]
    pub fn with_requested(mut self, units: u32) -> Self {
        self.extras_mut().requested = Requested::Units(units);
        self
    }

    /// Sets how many units the request takes from text, as clients of the wire protocol send it.
    #[cfg(feature = "wire")]
    pub(crate) fn with_requested_text(mut self, units: &str) -> Self {
        self.extras_mut().requested = units.parse().map_or(Requested::Invalid, Requested::Units);
        self
    }

    /// Sets the client's address as text; it is then used as it is, and forwarding headers are ignored.
    #[must_use]
    pub fn with_ip(mut self, ip: impl Into<Box<str>>) -> Self {
        self.extras_mut().ip = Some(ip.into());
        self
    }

    /// Sets the id under which the application correlates this request with others.
    #[must_use]
    pub fn with_correlation_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.extras_mut().correlation_id = Some(id.into());
        self
    }
}

fn set(pairs: &mut Vec<(Box<str>, Box<str>)>, key: Box<str>, value: Box<str>) {
    match pairs.iter_mut().find(|(candidate, _)| *candidate == key) {
        Some(entry) => entry.1 = value,
        None => pairs.push((key, value)),
    }
}
