//! What the adapters of all web frameworks have in common and can't share as a type.

/// The setters of an adapter's `ArcjetRequest`, which has its description in the field `details`.
///
/// Each adapter has a type of its own, because only so it can implement its framework's traits.
#[doc(hidden)]
#[macro_export]
macro_rules! __request_setters {
    () => {
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

        /// The description.
        pub fn details(&self) -> &$crate::RequestDetails {
            &self.details
        }

        /// The description, to be kept or changed.
        pub fn into_details(self) -> $crate::RequestDetails {
            self.details
        }
    };
}
