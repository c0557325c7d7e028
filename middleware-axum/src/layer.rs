//! The layer, which is also its own builder.

use std::fmt;
use std::mem;
use std::net::IpAddr;
use std::sync::{Arc, Once};

use arcjet_engine::{Arcjet, Decision};
use axum_core::response::{IntoResponse, Response};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{Extensions, Method, Request};
use http_body::Body as _;
use tower_layer::Layer;

use crate::denied::Denied;
use crate::describe::{self, PeerAddress};
use crate::headers;
use crate::service::ArcjetService;

/// Protects the services inside it: judges each request and answers the denied ones.
///
/// See the [crate documentation](crate) for an example and for where the layer belongs.
#[derive(Clone, Debug)]
#[must_use = "a layer protects nothing until it is added to a router or a service"]
pub struct ArcjetLayer {
    config: Arc<Config>,
}

type AnswerDenied = dyn Fn(&Decision, &Parts) -> Response + Send + Sync;
type FindPeer = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

/// What the layer's services share.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) arcjet: Arcjet,
    answer_denied: Option<Arc<AnswerDenied>>,
    find_peer: Option<Arc<FindPeer>>,
    missing_peer: Arc<Once>,
}

impl ArcjetLayer {
    /// Judges with `arcjet`, and answers denied requests with [`Denied`].
    pub fn new(arcjet: Arcjet) -> Self {
        let missing_peer = Arc::new(Once::new());
        Self {
            config: Arc::new(Config {
                arcjet,
                answer_denied: None,
                find_peer: None,
                missing_peer,
            }),
        }
    }

    /// Answers denied requests with what `answer` returns; [`Denied`], JSON or plain text, unless set.
    ///
    /// The layer adds the decision to the response's extensions, and those of the headers `RateLimit`,
    /// `RateLimit-Policy` and (with the statuses 429 and 503) `Retry-After` that apply and that the response doesn't have.
    /// Calls of gRPC are answered by it, too: [`Denied::new`] knows how.
    ///
    /// ```
    /// use arcjet_axum::{Arcjet, ArcjetLayer, Denied, DetectBot};
    /// use axum::response::{IntoResponse, Redirect};
    ///
    /// let arcjet = Arcjet::builder().rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"])).build()?;
    /// let layer = ArcjetLayer::new(arcjet).on_deny(|decision, request| {
    ///     if decision.reason().is_bot() {
    ///         return Redirect::to("/bots").into_response();
    ///     }
    ///     Denied::new(decision.clone(), &request.headers).into_response()
    /// });
    /// # let _ = layer;
    /// # Ok::<(), arcjet_axum::ConfigError>(())
    /// ```
    pub fn on_deny<F, R>(mut self, answer: F) -> Self
    where
        F: Fn(&Decision, &Parts) -> R + Send + Sync + 'static,
        R: IntoResponse,
    {
        let answer = move |decision: &Decision, request: &Parts| answer(decision, request).into_response();
        Arc::make_mut(&mut self.config).answer_denied = Some(Arc::new(answer));
        self
    }

    /// Finds the address of the other end of the connection with `find`; unless set, it is what axum's
    /// `into_make_service_with_connect_info::<SocketAddr>()` or `MockConnectInfo` leave in the request.
    ///
    /// For servers other than `axum::serve`, and for connection information of your own type. It is not the place to
    /// read forwarding headers: name the proxies with
    /// [`trusted_proxies`](arcjet_engine::ArcjetBuilder::trusted_proxies) instead.
    ///
    /// ```
    /// # use arcjet_axum::{Arcjet, ArcjetLayer};
    /// # use std::net::SocketAddr;
    /// # let arcjet = Arcjet::builder().build()?;
    /// // A hyper server that puts the address into the extensions of each request.
    /// let layer = ArcjetLayer::new(arcjet)
    ///     .peer_from(|request| request.extensions.get::<SocketAddr>().map(|address| address.ip()));
    /// # let _ = layer;
    /// # Ok::<(), arcjet_axum::ConfigError>(())
    /// ```
    pub fn peer_from<F>(mut self, find: F) -> Self
    where
        F: Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.config).find_peer = Some(Arc::new(find));
        self
    }
}

impl<S> Layer<S> for ArcjetLayer {
    type Service = ArcjetService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ArcjetService::new(inner, Arc::clone(&self.config))
    }
}

impl Config {
    /// Whether the application finds the peer itself.
    pub(crate) fn has_own_peer(&self) -> bool {
        self.find_peer.is_some()
    }

    /// Leaves the peer that the application finds in the request: extractors could not find it.
    pub(crate) fn note_peer<B>(&self, request: Request<B>) -> Request<B> {
        let (mut parts, body) = request.into_parts();
        let peer = self.find_peer.as_ref().and_then(|find| find(&parts));
        parts.extensions.insert(PeerAddress(peer));
        Request::from_parts(parts, body)
    }

    /// The peer of a request, once it is noted.
    pub(crate) fn peer(&self, request: &Extensions) -> Option<IpAddr> {
        if self.has_own_peer() {
            return describe::peer(request);
        }
        let peer = describe::connected_peer(request);
        if peer.is_none() {
            self.missing_peer
                .call_once(|| tracing::warn!("{}", describe::NO_PEER));
        }
        peer
    }

    /// The answer to a denied request.
    #[cold]
    pub(crate) fn answer(&self, decision: Decision, request: &Parts) -> Response {
        let mut response = match &self.answer_denied {
            None => Denied::new(decision, &request.headers).into_response(),
            Some(answer) => {
                let mut response = answer(&decision, request);
                headers::add_missing(&mut response, &decision);
                response.extensions_mut().insert(decision);
                response
            }
        };
        if request.method == Method::HEAD {
            take_body(&mut response);
        }
        response
    }
}

/// What a router does for its handlers, and nobody for layers: the answer to `HEAD` has the length of a body and none.
/// Over HTTP/2, clients take one for a breach of the protocol.
fn take_body(response: &mut Response) {
    let body = mem::take(response.body_mut());
    if let Some(length) = body.size_hint().exact() {
        response
            .headers_mut()
            .entry(CONTENT_LENGTH)
            .or_insert_with(|| length.into());
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("arcjet", &self.arcjet)
            .finish_non_exhaustive()
    }
}
