//! Headers that tell browsers what a page may do: nosecone's defaults, typed.

mod csp;
mod nonce;
mod policy;

use std::borrow::Cow;
use std::fmt;

pub use csp::{ContentSecurityPolicy, Directive, Source};
pub use nonce::CspNonce;
pub use policy::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy, FrameOptions,
    PermittedCrossDomainPolicies, ReferrerPolicy, StrictTransportSecurity,
};

use crate::error::ConfigError;

/// The name of the header that may differ from response to response.
const CSP: &str = "content-security-policy";
const CSP_REPORT_ONLY: &str = "content-security-policy-report-only";

/// Headers for every response that make browsers refuse what pages rarely need and attackers often do.
///
/// The defaults are those of [nosecone](https://www.npmjs.com/package/nosecone) 1.13, word for word:
///
/// | header | value |
/// |---|---|
/// | `Content-Security-Policy` | see [`ContentSecurityPolicy`] |
/// | `Cross-Origin-Embedder-Policy` | `require-corp` |
/// | `Cross-Origin-Opener-Policy` | `same-origin` |
/// | `Cross-Origin-Resource-Policy` | `same-origin` |
/// | `Origin-Agent-Cluster` | `?1` |
/// | `Referrer-Policy` | `no-referrer` |
/// | `Strict-Transport-Security` | `max-age=31536000; includeSubDomains` |
/// | `X-Content-Type-Options` | `nosniff` |
/// | `X-DNS-Prefetch-Control` | `off` |
/// | `X-Download-Options` | `noopen` |
/// | `X-Frame-Options` | `SAMEORIGIN` |
/// | `X-Permitted-Cross-Domain-Policies` | `none` |
/// | `X-XSS-Protection` | `0` |
///
/// Each setter takes the value, or `None` to leave the header out. The adapters of web frameworks add the headers to every
/// response that doesn't have them, so a handler's own ones win.
///
/// ```
/// use arcjet_engine::security_headers::{ContentSecurityPolicy, Directive, FrameOptions, SecurityHeaders};
///
/// let headers = SecurityHeaders::builder()
///     .content_security_policy(ContentSecurityPolicy::new().allow(Directive::ImgSrc, ["https://cdn.example.com"]))
///     .frame_options(FrameOptions::Deny)
///     .cross_origin_embedder_policy(None)
///     .header("permissions-policy", "camera=(), microphone=()")
///     .build()?;
/// assert!(headers.fixed().any(|header| header == ("x-frame-options", "DENY")));
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "headers do nothing until they are built and added to responses"]
pub struct SecurityHeadersBuilder {
    csp: Option<ContentSecurityPolicy>,
    report_only: bool,
    /// In the order of the table above, which is that of their names.
    fixed: Vec<(Cow<'static, str>, String)>,
    invalid: Option<(Cow<'static, str>, String)>,
}

/// Headers for every response, as [`SecurityHeadersBuilder`] configures them.
#[derive(Clone, PartialEq, Eq)]
pub struct SecurityHeaders {
    fixed: Vec<(Box<str>, Box<str>)>,
    /// The name, and the text between the nonces.
    with_nonces: Option<(&'static str, Vec<String>)>,
}

impl SecurityHeaders {
    /// Starts with the defaults, see [`SecurityHeadersBuilder`].
    pub fn builder() -> SecurityHeadersBuilder {
        SecurityHeadersBuilder::default()
    }

    /// The headers that are the same in every response: names in lower case, values.
    pub fn fixed(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.fixed.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Whether each response has a nonce of its own, because the policy names [`Source::NONCE`].
    pub fn has_nonces(&self) -> bool {
        self.with_nonces.is_some()
    }

    /// The header that carries the nonce of one response; only if [`has_nonces`](Self::has_nonces).
    pub fn with_nonce(&self, nonce: &CspNonce) -> Option<(&'static str, String)> {
        let (name, pieces) = self.with_nonces.as_ref()?;
        Some((name, pieces.join(nonce.as_str())))
    }
}

impl Default for SecurityHeaders {
    /// The defaults.
    fn default() -> Self {
        SecurityHeadersBuilder::default().finish()
    }
}

impl Default for SecurityHeadersBuilder {
    fn default() -> Self {
        let builder = Self {
            csp: Some(ContentSecurityPolicy::new()),
            report_only: false,
            fixed: Vec::with_capacity(14),
            invalid: None,
        };
        builder
            .cross_origin_embedder_policy(CrossOriginEmbedderPolicy::RequireCorp)
            .cross_origin_opener_policy(CrossOriginOpenerPolicy::SameOrigin)
            .cross_origin_resource_policy(CrossOriginResourcePolicy::SameOrigin)
            .origin_agent_cluster(true)
            .referrer_policy([ReferrerPolicy::NoReferrer])
            .strict_transport_security(StrictTransportSecurity::default())
            .content_type_options(true)
            .set("x-dns-prefetch-control", Some("off"))
            .download_options(true)
            .frame_options(FrameOptions::SameOrigin)
            .permitted_cross_domain_policies(PermittedCrossDomainPolicies::None)
            .xss_protection(true)
    }
}

impl SecurityHeadersBuilder {
    /// Sets `Content-Security-Policy`; [`ContentSecurityPolicy::new`] unless set.
    pub fn content_security_policy(mut self, policy: impl Into<Option<ContentSecurityPolicy>>) -> Self {
        self.csp = policy.into();
        self
    }

    /// Sets whether browsers only report what the policy would block: the header is then
    /// `Content-Security-Policy-Report-Only`; off unless set.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }

    /// Sets `Cross-Origin-Embedder-Policy`; `require-corp` unless set.
    pub fn cross_origin_embedder_policy(self, policy: impl Into<Option<CrossOriginEmbedderPolicy>>) -> Self {
        self.set(
            "cross-origin-embedder-policy",
            policy.into().map(|policy| policy.as_str()),
        )
    }

    /// Sets `Cross-Origin-Opener-Policy`; `same-origin` unless set.
    pub fn cross_origin_opener_policy(self, policy: impl Into<Option<CrossOriginOpenerPolicy>>) -> Self {
        self.set(
            "cross-origin-opener-policy",
            policy.into().map(|policy| policy.as_str()),
        )
    }

    /// Sets `Cross-Origin-Resource-Policy`; `same-origin` unless set.
    pub fn cross_origin_resource_policy(self, policy: impl Into<Option<CrossOriginResourcePolicy>>) -> Self {
        self.set(
            "cross-origin-resource-policy",
            policy.into().map(|policy| policy.as_str()),
        )
    }

    /// Sets whether `Origin-Agent-Cluster: ?1` is sent; it is unless set.
    pub fn origin_agent_cluster(self, send: bool) -> Self {
        self.set("origin-agent-cluster", send.then_some("?1"))
    }

    /// Sets `Referrer-Policy`: the last one that a browser knows counts; `no-referrer` unless set. An empty list leaves the
    /// header out.
    pub fn referrer_policy(self, policies: impl IntoIterator<Item = ReferrerPolicy>) -> Self {
        let names: Vec<&str> = policies.into_iter().map(|policy| policy.as_str()).collect();
        self.set("referrer-policy", (!names.is_empty()).then(|| names.join(",")))
    }

    /// Sets `Strict-Transport-Security`; a year, with all subdomains, unless set. Browsers heed it over TLS only.
    pub fn strict_transport_security(self, policy: impl Into<Option<StrictTransportSecurity>>) -> Self {
        self.set(
            "strict-transport-security",
            policy.into().map(|policy| policy.to_string()),
        )
    }

    /// Sets whether `X-Content-Type-Options: nosniff` is sent; it is unless set.
    pub fn content_type_options(self, send: bool) -> Self {
        self.set("x-content-type-options", send.then_some("nosniff"))
    }

    /// Sets whether browsers may look up the names in a page's links before they are clicked; `off` unless set.
    pub fn dns_prefetch_control(self, allow: impl Into<Option<bool>>) -> Self {
        self.set(
            "x-dns-prefetch-control",
            allow.into().map(|allow| if allow { "on" } else { "off" }),
        )
    }

    /// Sets whether `X-Download-Options: noopen` is sent; it is unless set.
    pub fn download_options(self, send: bool) -> Self {
        self.set("x-download-options", send.then_some("noopen"))
    }

    /// Sets `X-Frame-Options`, for browsers without `frame-ancestors`; `SAMEORIGIN` unless set.
    pub fn frame_options(self, options: impl Into<Option<FrameOptions>>) -> Self {
        self.set("x-frame-options", options.into().map(|options| options.as_str()))
    }

    /// Sets `X-Permitted-Cross-Domain-Policies`; `none` unless set.
    pub fn permitted_cross_domain_policies(
        self,
        policies: impl Into<Option<PermittedCrossDomainPolicies>>,
    ) -> Self {
        self.set(
            "x-permitted-cross-domain-policies",
            policies.into().map(|policies| policies.as_str()),
        )
    }

    /// Sets whether `X-XSS-Protection: 0` is sent, which switches off a filter of old browsers that could be abused; it is
    /// unless set.
    pub fn xss_protection(self, send: bool) -> Self {
        self.set("x-xss-protection", send.then_some("0"))
    }

    /// Sets any other header, as in `("permissions-policy", "camera=()")`.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into().to_ascii_lowercase(), value.into());
        if !is_token(&name) || name == CSP || name == CSP_REPORT_ONLY || !is_field_value(&value) {
            self.invalid.get_or_insert((name.into(), value));
            return self;
        }
        self.set(name, Some(value))
    }

    /// Makes the headers.
    ///
    /// # Errors
    ///
    /// A source of the policy, or a header of [`header`](Self::header), can't be one: the error names it.
    pub fn build(self) -> Result<SecurityHeaders, ConfigError> {
        if let Some((name, value)) = &self.invalid {
            const ACCEPTED: &str = "a header's name, and a value of visible ASCII characters and spaces; \
                 the content security policy has a setter of its own";
            return Err(ConfigError::new(
                format!("header[`{name}`]"),
                format!("`{value}`"),
                ACCEPTED,
            ));
        }
        if let Some(policy) = &self.csp {
            policy.check()?;
        }
        Ok(self.finish())
    }

    fn finish(self) -> SecurityHeaders {
        let name = if self.report_only { CSP_REPORT_ONLY } else { CSP };
        let mut fixed: Vec<(Box<str>, Box<str>)> = Vec::with_capacity(self.fixed.len() + 1);
        let mut with_nonces = None;
        if let Some(policy) = self.csp.filter(|policy| !policy.is_empty()) {
            let mut pieces = policy.pieces();
            match pieces.len() {
                1 => fixed.extend(pieces.pop().map(|text| (name.into(), text.into()))),
                _ => with_nonces = Some((name, pieces)),
            }
        }
        fixed.extend(
            self.fixed
                .into_iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        SecurityHeaders { fixed, with_nonces }
    }

    fn set(mut self, name: impl Into<Cow<'static, str>>, value: Option<impl Into<String>>) -> Self {
        let name = name.into();
        let place = self.fixed.iter().position(|(present, _)| *present == name);
        match (place, value) {
            (Some(at), Some(value)) => self.fixed[at].1 = value.into(),
            (Some(at), None) => drop(self.fixed.remove(at)),
            (None, Some(value)) => self.fixed.push((name, value.into())),
            (None, None) => {}
        }
        self
    }
}

/// Whether a text is a token (RFC 9110, 5.6.2).
fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

fn is_field_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

impl fmt::Debug for SecurityHeadersBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityHeadersBuilder")
            .field("csp", &self.csp)
            .field("fixed", &self.fixed)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SecurityHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.fixed()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
