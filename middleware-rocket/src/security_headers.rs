//! Headers that tell browsers what a page may do, on every response.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use arcjet_engine::security_headers::{CspNonce, SecurityHeaders};
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::shield::Shield;
use rocket::{Build, Ignite, Request, Response, Rocket, Sentinel};

/// Adds [`SecurityHeaders`] to every response, except those headers that a response has already; answers to denied requests
/// are among them.
///
/// It takes the place of Rocket's [`Shield`](rocket::shield::Shield), which sets three headers by default, two of them the
/// same: whatever `Shield` an application has is replaced by an empty one, so that each header has one source.
/// If the policy names [`Source::NONCE`](arcjet_engine::security_headers::Source::NONCE), handlers get the nonce of their
/// response with the guard [`Nonce`], for pages to write into their scripts:
///
/// ```
/// use arcjet_rocket::engine::security_headers::{ContentSecurityPolicy, Directive, SecurityHeaders, Source};
/// use arcjet_rocket::{Nonce, SecurityHeadersFairing};
/// use rocket::response::content::RawHtml;
/// use rocket::{get, routes};
///
/// #[get("/")]
/// fn page(nonce: Nonce<'_>) -> RawHtml<String> {
///     RawHtml(format!("<script nonce=\"{nonce}\">run()</script>"))
/// }
///
/// let policy = ContentSecurityPolicy::new().set(Directive::ScriptSrc, [Source::NONCE]);
/// let headers = SecurityHeaders::builder().content_security_policy(policy).build()?;
/// let rocket = rocket::build().attach(SecurityHeadersFairing::new(headers)).mount("/", routes![page]);
/// # let _ = rocket;
/// # Ok::<(), arcjet_rocket::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a fairing does nothing until it is attached"]
pub struct SecurityHeadersFairing {
    headers: SecurityHeaders,
}

impl SecurityHeadersFairing {
    /// Adds `headers`; `SecurityHeadersFairing::default()` adds the defaults.
    pub fn new(headers: SecurityHeaders) -> Self {
        Self { headers }
    }
}

/// The headers in the application's managed state, from where responses borrow them.
struct Attached(SecurityHeaders);

/// The nonce of one response, made when somebody asks for it.
#[derive(Default)]
struct ResponseNonce(OnceLock<CspNonce>);

impl ResponseNonce {
    fn of<'r>(request: &'r Request<'_>) -> &'r CspNonce {
        let nonce = request.local_cache(Self::default);
        nonce.0.get_or_init(CspNonce::random)
    }
}

#[rocket::async_trait]
impl Fairing for SecurityHeadersFairing {
    fn info(&self) -> Info {
        Info {
            name: "Security headers",
            kind: Kind::Ignite | Kind::Response | Kind::Singleton,
        }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        let attached = Attached(self.headers.clone());
        Ok(rocket.manage(attached).attach(Shield::new()))
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let Some(Attached(headers)) = request.rocket().state::<Attached>() else {
            return;
        };
        if headers.has_nonces()
            && let Some((name, value)) = headers.with_nonce(ResponseNonce::of(request))
            && !response.headers().contains(name)
        {
            response.set_raw_header(name, value);
        }
        for (name, value) in headers.fixed() {
            if !response.headers().contains(name) {
                response.set_raw_header(name, value);
            }
        }
    }
}

/// The nonce that the `Content-Security-Policy` of the response names: a request guard for applications with a
/// [`SecurityHeadersFairing`].
///
/// Without the fairing, or if its policy names no nonce, the application doesn't launch.
#[derive(Clone, Copy, Debug)]
pub struct Nonce<'r>(pub &'r CspNonce);

impl Deref for Nonce<'_> {
    type Target = CspNonce;

    fn deref(&self) -> &CspNonce {
        self.0
    }
}

impl fmt::Display for Nonce<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Nonce<'r> {
    type Error = MissingNonce;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, MissingNonce> {
        let attached = request.rocket().state::<Attached>();
        match attached.is_some_and(|Attached(headers)| headers.has_nonces()) {
            true => Outcome::Success(Self(ResponseNonce::of(request))),
            false => Outcome::Error((Status::InternalServerError, MissingNonce(()))),
        }
    }
}

impl Sentinel for Nonce<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let attached = rocket.state::<Attached>();
        let missing = attached.is_none_or(|Attached(headers)| !headers.has_nonces());
        if missing {
            tracing::error!("{}", MissingNonce(()));
        }
        missing
    }
}

/// A guard wants a nonce, and no [`SecurityHeadersFairing`] makes one. Answers 500.
#[derive(Clone, Copy, Debug)]
pub struct MissingNonce(());

impl fmt::Display for MissingNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no nonce: attach a `SecurityHeadersFairing` whose policy names `Source::NONCE`")
    }
}

impl std::error::Error for MissingNonce {}
