//! Headers that tell browsers what a page may do, on every response.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arcjet_engine::security_headers::{CspNonce, SecurityHeaders};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// Adds [`SecurityHeaders`] to the responses of the services inside it, except those headers that a response has already.
///
/// It belongs outside [`ArcjetLayer`](crate::ArcjetLayer), so that answers to denied requests have the headers as well.
/// If the policy names [`Source::NONCE`](arcjet_engine::security_headers::Source::NONCE), each request carries its
/// [`CspNonce`] in its extensions, for pages to write into their scripts:
///
/// ```
/// use arcjet_axum::SecurityHeadersLayer;
/// use arcjet_axum::engine::security_headers::{
///     ContentSecurityPolicy, CspNonce, Directive, SecurityHeaders, Source,
/// };
/// use axum::{Extension, Router, response::Html, routing::get};
///
/// async fn page(Extension(nonce): Extension<CspNonce>) -> Html<String> {
///     Html(format!("<script nonce=\"{nonce}\">run()</script>"))
/// }
///
/// let policy = ContentSecurityPolicy::new().set(Directive::ScriptSrc, [Source::NONCE]);
/// let headers = SecurityHeaders::builder().content_security_policy(policy).build()?;
/// let app: Router = Router::new().route("/", get(page)).layer(SecurityHeadersLayer::new(headers));
/// # let _ = app;
/// # Ok::<(), arcjet_axum::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is added to a router or a service"]
pub struct SecurityHeadersLayer {
    config: Arc<Config>,
}

#[derive(Debug)]
struct Config {
    headers: SecurityHeaders,
    fixed: Vec<(HeaderName, HeaderValue)>,
}

impl SecurityHeadersLayer {
    /// Adds `headers`; `SecurityHeadersLayer::default()` adds the defaults.
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

impl Default for SecurityHeadersLayer {
    /// Adds the defaults.
    fn default() -> Self {
        Self::new(SecurityHeaders::default())
    }
}

impl<S> Layer<S> for SecurityHeadersLayer {
    type Service = SecurityHeadersService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SecurityHeadersService {
            inner,
            config: Arc::clone(&self.config),
        }
    }
}

/// What [`SecurityHeadersLayer`] makes of a service.
#[derive(Clone, Debug)]
pub struct SecurityHeadersService<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S, A, B> Service<Request<A>> for SecurityHeadersService<S>
where
    S: Service<Request<A>, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = SecurityHeadersFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
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

impl<F, B, E> Future for SecurityHeadersFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.response.poll(cx))?;
        this.config.add(response.headers_mut(), this.nonce.as_ref());
        Poll::Ready(Ok(response))
    }
}

impl Config {
    fn add(&self, headers: &mut HeaderMap, nonce: Option<&CspNonce>) {
        let with_nonce = nonce.and_then(|nonce| self.headers.with_nonce(nonce));
        if let Some((name, value)) = with_nonce
            && let Ok(value) = HeaderValue::try_from(value)
        {
            headers.entry(name).or_insert(value);
        }
        for (name, value) in &self.fixed {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}
