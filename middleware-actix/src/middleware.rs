//! The middleware, which is also its own builder.

use std::fmt;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::{Arc, Once};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, Responder};
use arcjet_engine::{Arcjet, Decision};

use crate::denied::Denied;
use crate::describe::{self, PeerAddress};
use crate::headers;
use crate::service::ArcjetService;

/// Protects what it wraps: judges each request and answers the denied ones.
///
/// See the [crate documentation](crate) for an example and for where the middleware belongs. Clones share everything, so
/// build it [outside the closure](crate#one-client-for-all-workers) of `HttpServer::new` and wrap a clone.
#[derive(Clone, Debug)]
#[must_use = "a middleware protects nothing until it wraps an app, a scope or a resource"]
pub struct ArcjetMiddleware {
    config: Arc<Config>,
}

type AnswerDenied = dyn Fn(&Decision, &HttpRequest) -> HttpResponse + Send + Sync;
type FindPeer = dyn Fn(&HttpRequest) -> Option<IpAddr> + Send + Sync;

/// What the middleware's services share, in all workers.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) arcjet: Arcjet,
    answer_denied: Option<Arc<AnswerDenied>>,
    find_peer: Option<Arc<FindPeer>>,
    missing_peer: Arc<Once>,
}

impl ArcjetMiddleware {
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

    /// Answers denied requests with what `answer` returns; [`Denied`], problem details, JSON or plain text, unless set.
    ///
    /// The middleware adds the decision to the response's extensions, and those of the headers `RateLimit`,
    /// `RateLimit-Policy` and (with the statuses 429 and 503) `Retry-After` that apply and that the response doesn't have.
    ///
    /// ```
    /// use actix_web::{HttpResponse, http::header::LOCATION};
    /// use arcjet_actix::{Arcjet, ArcjetMiddleware, Denied, DetectBot};
    ///
    /// let arcjet = Arcjet::builder().rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"])).build()?;
    /// let middleware = ArcjetMiddleware::new(arcjet).on_deny(|decision, request| {
    ///     if decision.reason().is_bot() {
    ///         return HttpResponse::SeeOther().insert_header((LOCATION, "/bots")).finish();
    ///     }
    ///     Denied::new(decision.clone(), request.headers()).into()
    /// });
    /// # let _ = middleware;
    /// # Ok::<(), arcjet_actix::ConfigError>(())
    /// ```
    pub fn on_deny<F, R>(mut self, answer: F) -> Self
    where
        F: Fn(&Decision, &HttpRequest) -> R + Send + Sync + 'static,
        R: Responder,
    {
        let answer = move |decision: &Decision, request: &HttpRequest| {
            answer(decision, request)
                .respond_to(request)
                .map_into_boxed_body()
        };
        Arc::make_mut(&mut self.config).answer_denied = Some(Arc::new(answer));
        self
    }

    /// Finds the address of the other end of the connection with `find`; unless set, it is
    /// [`HttpRequest::peer_addr`].
    ///
    /// For servers on Unix sockets, and for connection information of your own
    /// ([`HttpServer::on_connect`](actix_web::HttpServer::on_connect)). It is not the place to read forwarding headers, nor
    /// `ConnectionInfo::realip_remote_addr`, which reads them whoever sent them: name the proxies with
    /// [`trusted_proxies`](arcjet_engine::ArcjetBuilder::trusted_proxies) instead.
    ///
    /// ```
    /// # use arcjet_actix::{Arcjet, ArcjetMiddleware};
    /// # use std::net::IpAddr;
    /// # let arcjet = Arcjet::builder().build()?;
    /// // Behind a tunnel that ends in this process; `on_connect` left the address with the connection.
    /// struct TunnelledFrom(IpAddr);
    ///
    /// let middleware = ArcjetMiddleware::new(arcjet)
    ///     .peer_from(|request| request.conn_data::<TunnelledFrom>().map(|TunnelledFrom(address)| *address));
    /// # let _ = middleware;
    /// # Ok::<(), arcjet_actix::ConfigError>(())
    /// ```
    pub fn peer_from<F>(mut self, find: F) -> Self
    where
        F: Fn(&HttpRequest) -> Option<IpAddr> + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.config).find_peer = Some(Arc::new(find));
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for ArcjetMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = <ArcjetService<S> as Service<ServiceRequest>>::Response;
    type Error = Error;
    type Transform = ArcjetService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(ArcjetService::new(service, Arc::clone(&self.config))))
    }
}

impl Config {
    /// The peer of a request, which is left in the request if extractors could not find it themselves.
    pub(crate) fn find_peer(&self, request: &HttpRequest) -> Option<IpAddr> {
        if let Some(find) = &self.find_peer {
            let peer = find(request);
            request.extensions_mut().insert(PeerAddress(peer));
            return peer;
        }
        let peer = describe::connected_peer(request);
        if peer.is_none() {
            self.missing_peer
                .call_once(|| tracing::warn!("{}", describe::NO_PEER));
        }
        peer
    }

    /// The answer to a denied request. The decision is in the response's extensions, and in the request's, which
    /// actix-web keeps with the response.
    #[cold]
    pub(crate) fn answer(&self, decision: Decision, request: &HttpRequest) -> HttpResponse {
        let response = match &self.answer_denied {
            None => Denied::new(decision.clone(), request.headers()).into(),
            Some(answer) => {
                let mut response = answer(&decision, request);
                headers::add_missing(&mut response, &decision);
                response.extensions_mut().insert(decision.clone());
                response
            }
        };
        request.extensions_mut().insert(decision);
        response
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("arcjet", &self.arcjet)
            .finish_non_exhaustive()
    }
}
