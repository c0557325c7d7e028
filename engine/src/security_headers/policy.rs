//! The values of the headers that have few.

use std::fmt;
use std::time::Duration;

/// Makes an enum of the values that a header may have.
macro_rules! values {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = concat!("`", $text, "`")] $variant,)*
        }

        impl $name {
            /// The value as sent.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

values! {
    /// Whether a page may embed what didn't agree to it.
    CrossOriginEmbedderPolicy {
        Credentialless = "credentialless",
        RequireCorp = "require-corp",
        UnsafeNone = "unsafe-none",
    }
}

values! {
    /// Which pages may share a window's group with this one.
    CrossOriginOpenerPolicy {
        SameOrigin = "same-origin",
        SameOriginAllowPopups = "same-origin-allow-popups",
        UnsafeNone = "unsafe-none",
    }
}

values! {
    /// Which sites may embed this response.
    CrossOriginResourcePolicy {
        CrossOrigin = "cross-origin",
        SameOrigin = "same-origin",
        SameSite = "same-site",
    }
}

values! {
    /// Who may show the page in a frame.
    FrameOptions {
        Deny = "DENY",
        SameOrigin = "SAMEORIGIN",
    }
}

values! {
    /// Which policy files Flash and Acrobat may read.
    PermittedCrossDomainPolicies {
        All = "all",
        ByContentType = "by-content-type",
        MasterOnly = "master-only",
        None = "none",
    }
}

values! {
    /// What a page's links and requests tell about where they come from.
    ReferrerPolicy {
        NoReferrer = "no-referrer",
        NoReferrerWhenDowngrade = "no-referrer-when-downgrade",
        Origin = "origin",
        OriginWhenCrossOrigin = "origin-when-cross-origin",
        SameOrigin = "same-origin",
        StrictOrigin = "strict-origin",
        StrictOriginWhenCrossOrigin = "strict-origin-when-cross-origin",
        UnsafeUrl = "unsafe-url",
    }
}

/// For how long browsers insist on TLS (RFC 6797).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct StrictTransportSecurity {
    max_age: Duration,
    include_subdomains: bool,
    preload: bool,
}

impl StrictTransportSecurity {
    /// For so long, counted in whole seconds, with all subdomains. Zero makes browsers forget it.
    pub fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            include_subdomains: true,
            preload: false,
        }
    }

    /// Sets whether it holds for all subdomains; it does unless set.
    pub fn include_subdomains(mut self, include: bool) -> Self {
        self.include_subdomains = include;
        self
    }

    /// Sets whether browsers may ship the domain in their lists, which takes months to undo; off unless set.
    pub fn preload(mut self, preload: bool) -> Self {
        self.preload = preload;
        self
    }
}

impl Default for StrictTransportSecurity {
    /// A year of 365 days, with all subdomains.
    fn default() -> Self {
        Self::new(Duration::from_secs(365 * 24 * 60 * 60))
    }
}

impl fmt::Display for StrictTransportSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max-age={}", self.max_age.as_secs())?;
        if self.include_subdomains {
            f.write_str("; includeSubDomains")?;
        }
        if self.preload {
            f.write_str("; preload")?;
        }
        Ok(())
    }
}
