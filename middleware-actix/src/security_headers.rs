//! Headers that tell browsers what a page may do, on every response.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage as _};
use arcjet_engine::security_headers::{CspNonce, SecurityHeaders};
use pin_project_lite::pin_project;

/// Adds [`SecurityHeaders`] to the responses of what it wraps, except those headers that a response has already.
///
/// It belongs outside [`ArcjetMiddleware`](crate::ArcjetMiddleware), which means that it is wrapped later, so that answers
/// to denied requests have the headers as well. If the policy names
/// [`Source::NONCE`](arcjet_engine::security_headers::Source::NONCE), each request carries its [`CspNonce`] in its
/// extensions, for pages to write into their scripts:
///
/// ```
/// use actix_web::web::{self, Html, ReqData};
/// use actix_web::App;
/// use arcjet_actix::SecurityHeadersMiddleware;
/// use arcjet_actix::engine::security_headers::{
///     ContentSecurityPolicy, CspNonce, Directive, SecurityHeaders, Source,
/// };
///
/// async fn page(nonce: ReqData<CspNonce>) -> Html {
///     Html::new(format!("<script nonce=\"{}\">run()</script>", *nonce))
/// }
///
/// let policy = ContentSecurityPolicy::new().set(Directive::ScriptSrc, [Source::NONCE]);
/// let headers = SecurityHeaders::builder().content_security_policy(policy).build()?;
/// let secure = SecurityHeadersMiddleware::new(headers);
/// let app = App::new().route("/", web::get().to(page)).wrap(secure.clone());
/// # let _ = app;
/// # Ok::<(), arcjet_actix::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a middleware does nothing until it wraps an app, a scope or a resource"]
pub struct SecurityHeadersMiddleware {
    config: Arc<Config>,
}

#[derive(Debug)]
struct Config {
    headers: SecurityHeaders,
    fixed: Vec<(HeaderName, HeaderValue)>,
}

impl SecurityHeadersMiddleware {
    /// Adds `headers`; `SecurityHeadersMiddleware::default()` adds the defaults.
    pub fn new(headers: SecurityHeaders) -> Self {
        let fixed = headers.fixed().filter_map(|(name, value)| {
            // `SecurityHeadersBuilder::build` has let only such names and values through.
            Some((name.parse().ok()?, value.parse().ok()?))
        });
        let fixed = fixed.collect();
        Self {
            config: Arc::new(Config { headers, fixed }),
        }
    }
}

impl Default for SecurityHeadersMiddleware {
    /// Adds the defaults.
    fn default() -> Self {
        Self::new(SecurityHeaders::default())
    }
}

impl<S, B> Transform<S, ServiceRequest> for SecurityHeadersMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = SecurityHeadersService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(SecurityHeadersService {
            inner,
            config: Arc::clone(&self.config),
        }))
    }
}

/// What [`SecurityHeadersMiddleware`] makes of a service.
#[derive(Clone, Debug)]
pub struct SecurityHeadersService<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S, B> Service<ServiceRequest> for SecurityHeadersService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = SecurityHeadersFuture<S::Future>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let nonce = self.config.headers.has_nonces().then(CspNonce::random);
        if let Some(nonce) = &nonce {
            request.extensions_mut().insert(nonce.clone());
        }
        SecurityHeadersFuture {
            response: self.inner.call(request),
            config: Arc::clone(&self.config),
            nonce,
        }
    }
}

pin_project! {
    /// The future that [`SecurityHeadersService`] returns.
    #[derive(Debug)]
    pub struct SecurityHeadersFuture<F> {
        #[pin]
        response: F,
        config: Arc<Config>,
        nonce: Option<CspNonce>,
    }
}

impl<F, B> Future for SecurityHeadersFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(match ready!(this.response.poll(cx)) {
            Ok(mut response) => {
                this.config.add(response.headers_mut(), this.nonce.as_ref());
                Ok(response)
            }
            Err(mut error) => {
                let (config, nonce) = (Arc::clone(this.config), this.nonce.take());
                error.add_response_mapper(move |mut response| {
                    config.add(response.headers_mut(), nonce.as_ref());
                    response
                });
                Err(error)
            }
        })
    }
}

impl Config {
    fn add(&self, headers: &mut HeaderMap, nonce: Option<&CspNonce>) {
        let with_nonce = nonce.and_then(|nonce| self.headers.with_nonce(nonce));
        if let Some((name, value)) = with_nonce
            && let Ok(value) = HeaderValue::try_from(value)
            && !headers.contains_key(name)
        {
            headers.insert(HeaderName::from_static(name), value);
        }
        for (name, value) in &self.fixed {
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
    }
}
