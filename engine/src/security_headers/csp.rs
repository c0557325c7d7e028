//! The content security policy.

use std::borrow::Cow;

use crate::error::ConfigError;

/// What a page may load and do (Content Security Policy Level 3).
///
/// Sources are written as in the header: `'self'`, `https://cdn.example.com`, `data:`.
///
/// ```
/// use arcjet_engine::security_headers::{ContentSecurityPolicy, Directive, Source};
///
/// let policy = ContentSecurityPolicy::new()
///     .allow(Directive::ConnectSrc, ["https://api.example.com"]) // in addition
///     .set(Directive::ScriptSrc, [Source::SELF, Source::NONCE])  // instead
///     .remove(Directive::MediaSrc);
/// # let _ = policy;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ContentSecurityPolicy {
    directives: Vec<(Directive, Vec<Source>)>,
}

macro_rules! directives {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a policy says something about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Directive {
            $($(#[$doc])* #[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Directive {
            /// The name as sent.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

directives! {
    BaseUri = "base-uri",
    ChildSrc = "child-src",
    ConnectSrc = "connect-src",
    DefaultSrc = "default-src",
    FontSrc = "font-src",
    FormAction = "form-action",
    FrameAncestors = "frame-ancestors",
    FrameSrc = "frame-src",
    ImgSrc = "img-src",
    ManifestSrc = "manifest-src",
    MediaSrc = "media-src",
    ObjectSrc = "object-src",
    /// Takes the name of an endpoint in `Reporting-Endpoints`.
    ReportTo = "report-to",
    /// Takes URLs.
    ReportUri = "report-uri",
    RequireTrustedTypesFor = "require-trusted-types-for",
    /// Takes tokens such as `allow-scripts`, or nothing.
    Sandbox = "sandbox",
    ScriptSrc = "script-src",
    ScriptSrcAttr = "script-src-attr",
    ScriptSrcElem = "script-src-elem",
    StyleSrc = "style-src",
    StyleSrcAttr = "style-src-attr",
    StyleSrcElem = "style-src-elem",
    TrustedTypes = "trusted-types",
    /// Takes nothing.
    UpgradeInsecureRequests = "upgrade-insecure-requests",
    WorkerSrc = "worker-src",
}

/// Where something may come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source(Cow<'static, str>);

impl Source {
    /// `'self'`: the page's own origin.
    pub const SELF: Self = Self(Cow::Borrowed("'self'"));
    /// `'none'`: nowhere; stands alone.
    pub const NONE: Self = Self(Cow::Borrowed("'none'"));
    /// `'unsafe-inline'`: what is written in the page itself, by whomever.
    pub const UNSAFE_INLINE: Self = Self(Cow::Borrowed("'unsafe-inline'"));
    /// `'unsafe-eval'`: text that a script runs as code.
    pub const UNSAFE_EVAL: Self = Self(Cow::Borrowed("'unsafe-eval'"));
    /// `'wasm-unsafe-eval'`: WebAssembly that a script compiles.
    pub const WASM_UNSAFE_EVAL: Self = Self(Cow::Borrowed("'wasm-unsafe-eval'"));
    /// `'strict-dynamic'`: what a trusted script loads.
    pub const STRICT_DYNAMIC: Self = Self(Cow::Borrowed("'strict-dynamic'"));
    /// `data:` URLs.
    pub const DATA: Self = Self(Cow::Borrowed("data:"));
    /// `blob:` URLs.
    pub const BLOB: Self = Self(Cow::Borrowed("blob:"));
    /// `'nonce-…'` with a number that each response has of its own, see [`CspNonce`](super::CspNonce).
    pub const NONCE: Self = Self(Cow::Borrowed(""));
}

impl From<&'static str> for Source {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

/// What is a keyword in quotes and a host without them, which is never meant.
const QUOTED: [&str; 9] = [
    "none",
    "report-sample",
    "self",
    "strict-dynamic",
    "unsafe-eval",
    "unsafe-hashes",
    "unsafe-inline",
    "wasm-unsafe-eval",
    "inline-speculation-rules",
];

impl ContentSecurityPolicy {
    /// nosecone's default: everything from the page's own origin, images also as `blob:` and `data:`; no frames, no plug-ins,
    /// no `<base>`, and nobody may frame the page.
    pub fn new() -> Self {
        use Directive::{
            BaseUri, ChildSrc, ConnectSrc, DefaultSrc, FontSrc, FormAction, FrameAncestors, FrameSrc, ImgSrc,
            ManifestSrc, MediaSrc, ObjectSrc, ScriptSrc, StyleSrc, WorkerSrc,
        };
        let own = [
            ConnectSrc,
            DefaultSrc,
            FontSrc,
            FormAction,
            ManifestSrc,
            MediaSrc,
            ScriptSrc,
            StyleSrc,
            WorkerSrc,
        ];
        let none = [BaseUri, ChildSrc, FrameAncestors, FrameSrc, ObjectSrc];
        let policy = own.into_iter().fold(Self::empty(), |policy, directive| {
            policy.set(directive, [Source::SELF])
        });
        let policy = none
            .into_iter()
            .fold(policy, |policy, directive| policy.set(directive, [Source::NONE]));
        policy.set(ImgSrc, [Source::SELF, Source::BLOB, Source::DATA])
    }

    /// A policy that says nothing yet.
    pub fn empty() -> Self {
        Self {
            directives: Vec::new(),
        }
    }

    /// Sets what a directive allows, in place of what it allowed before.
    pub fn set<I>(mut self, directive: Directive, sources: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Source>,
    {
        let sources = sources.into_iter().map(Into::into).collect();
        match self
            .directives
            .binary_search_by_key(&directive, |(present, _)| *present)
        {
            Ok(at) => self.directives[at].1 = sources,
            Err(at) => self.directives.insert(at, (directive, sources)),
        }
        self
    }

    /// Allows more sources than before; `'none'` gives way to them.
    pub fn allow<I>(self, directive: Directive, sources: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Source>,
    {
        let present = self.directives.iter().find(|(present, _)| *present == directive);
        let mut all: Vec<Source> = present.map(|(_, sources)| sources.clone()).unwrap_or_default();
        all.retain(|source| *source != Source::NONE);
        for source in sources.into_iter().map(Into::into) {
            if !all.contains(&source) {
                all.push(source);
            }
        }
        self.set(directive, all)
    }

    /// Says nothing about a directive.
    pub fn remove(mut self, directive: Directive) -> Self {
        self.directives.retain(|(present, _)| *present != directive);
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.directives.is_empty()
    }

    /// The header's value, in pieces between which the nonce belongs.
    pub(super) fn pieces(&self) -> Vec<String> {
        let mut pieces = vec![String::new()];
        let mut text = String::new();
        for (index, (directive, sources)) in self.directives.iter().enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(directive.as_str());
            for source in sources {
                text.push(' ');
                if *source == Source::NONCE {
                    text.push_str("'nonce-");
                    pieces
                        .last_mut()
                        .into_iter()
                        .for_each(|piece| piece.push_str(&text));
                    pieces.push(String::new());
                    text.clear();
                    text.push('\'');
                } else {
                    text.push_str(&source.0);
                }
            }
            text.push(';');
        }
        pieces
            .last_mut()
            .into_iter()
            .for_each(|piece| piece.push_str(&text));
        pieces
    }

    /// Refuses sources that would change the meaning of the rest, or that nobody means.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for (directive, sources) in &self.directives {
            for source in sources {
                let text = &*source.0;
                let fault = if QUOTED.contains(&text) {
                    Some("is a host without quotes: write it in single quotes")
                } else if *source == Source::NONE && sources.len() > 1 {
                    Some("stands with others, and then means nothing")
                } else if text
                    .bytes()
                    .any(|byte| !byte.is_ascii_graphic() || byte == b';' || byte == b',')
                    || text.is_empty() && *source != Source::NONCE
                {
                    Some("is no source")
                } else {
                    None
                };
                if let Some(fault) = fault {
                    let field = format!("content_security_policy[{}]", directive.as_str());
                    return Err(ConfigError::new(field, format!("`{text}` {fault}"), ACCEPTED));
                }
            }
        }
        Ok(())
    }
}

const ACCEPTED: &str = "keywords in single quotes such as 'self', schemes such as data:, hosts and URLs such as \
     https://cdn.example.com, without spaces, commas and semicolons; 'none' alone";

impl Default for ContentSecurityPolicy {
    fn default() -> Self {
        Self::new()
    }
}
