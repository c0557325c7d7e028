//! The fairing, which is also its own builder.

use std::fmt;
use std::mem;
use std::net::IpAddr;
use std::sync::{Arc, Once};

use arcjet_engine::{Arcjet, BodyInspection, Decision, RequestDetails};
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::response::{self, Responder};
use rocket::{Build, Data, Request, Response, Rocket};

use crate::denied;
use crate::describe::{self, accepted_format, describe};
use crate::verdict::Verdict;
use crate::{deny_route, headers, peek};

/// Protects an application: judges each request before it is routed, and answers the denied ones.
///
/// See the [crate documentation](crate) for an example. An application has one: of several that are attached, the last
/// one counts.
#[derive(Clone, Debug)]
#[must_use = "a fairing protects nothing until it is attached"]
pub struct ArcjetFairing {
    config: Arc<Config>,
}

type AnswerDenied = dyn for<'r> Fn(&Decision, &'r Request<'_>) -> response::Result<'static> + Send + Sync;
type FindPeer = dyn Fn(&Request<'_>) -> Option<IpAddr> + Send + Sync;

/// What the fairing, its route and the guards share.
#[derive(Clone)]
pub(crate) struct Config {
    arcjet: Arcjet,
    answers: Answers,
    find_peer: Option<Arc<FindPeer>>,
    missing_peer: Arc<Once>,
}

/// Who answers denied requests.
#[derive(Clone)]
enum Answers {
    /// [`Denied`](crate::Denied)
    Default,
    /// The application's catchers.
    Catchers,
    /// A function of the application.
    Own(Arc<AnswerDenied>),
}

/// What guards find in the application's managed state.
pub(crate) struct Attached {
    pub(crate) config: Arc<Config>,
    /// What is left to be judged by who reads a body to its end.
    pub(crate) body_rules: Option<Arcjet>,
}

impl ArcjetFairing {
    /// Judges with `arcjet`, and answers denied requests with [`Denied`](crate::Denied).
    pub fn new(arcjet: Arcjet) -> Self {
        Self {
            config: Arc::new(Config {
                arcjet,
                answers: Answers::Default,
                find_peer: None,
                missing_peer: Arc::new(Once::new()),
            }),
        }
    }

    /// Answers denied requests with what `answer` returns; [`Denied`](crate::Denied), JSON or plain text, unless set.
    ///
    /// The fairing adds those of the headers `RateLimit`, `RateLimit-Policy` and (with the statuses 429 and 503)
    /// `Retry-After` that apply and that the response doesn't have. If the responder fails with a status, the
    /// catcher for that status answers.
    ///
    /// ```
    /// use arcjet_rocket::{Arcjet, ArcjetFairing, Denied, DetectBot};
    /// use rocket::Either;
    /// use rocket::response::Redirect;
    ///
    /// let arcjet = Arcjet::builder().rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"])).build()?;
    /// let fairing = ArcjetFairing::new(arcjet).on_deny(|decision, request| {
    ///     if decision.reason().is_bot() {
    ///         return Either::Left(Redirect::to("/bots"));
    ///     }
    ///     Either::Right(Denied::new(decision.clone(), request))
    /// });
    /// # let _ = fairing;
    /// # Ok::<(), arcjet_rocket::ConfigError>(())
    /// ```
    pub fn on_deny<F, R>(mut self, answer: F) -> Self
    where
        F: Fn(&Decision, &Request<'_>) -> R + Send + Sync + 'static,
        R: for<'r> Responder<'r, 'static>,
    {
        let answer =
            move |decision: &Decision, request: &Request<'_>| answer(decision, request).respond_to(request);
        Arc::make_mut(&mut self.config).answers = Answers::Own(Arc::new(answer));
        self
    }

    /// Leaves the answers to the application's catchers for 403, 429 and 503, which find the decision with
    /// [`ArcjetDecision::of`](crate::ArcjetDecision::of). The fairing adds the headers that
    /// [`on_deny`](Self::on_deny) names.
    ///
    /// ```
    /// use arcjet_rocket::{Arcjet, ArcjetDecision, ArcjetFairing, FixedWindow};
    /// use rocket::{Request, catch, catchers};
    /// use std::time::Duration;
    ///
    /// #[catch(429)]
    /// fn slow_down(request: &Request<'_>) -> String {
    ///     let decision = ArcjetDecision::of(request).map(|decision| decision.id().to_string());
    ///     format!("slow down ({})", decision.unwrap_or_default())
    /// }
    ///
    /// let arcjet = Arcjet::builder().rule(FixedWindow::new(100, Duration::from_secs(60))).build()?;
    /// let rocket = rocket::build()
    ///     .attach(ArcjetFairing::new(arcjet).with_catchers())
    ///     .register("/", catchers![slow_down]);
    /// # let _ = rocket;
    /// # Ok::<(), arcjet_rocket::ConfigError>(())
    /// ```
    pub fn with_catchers(mut self) -> Self {
        Arc::make_mut(&mut self.config).answers = Answers::Catchers;
        self
    }

    /// Finds the address of the other end of the connection with `find`; [`Request::remote`] unless set.
    ///
    /// For applications behind a listener of their own, and for tests. It is not the place to read forwarding headers: name
    /// the proxies with [`trusted_proxies`](arcjet_engine::ArcjetBuilder::trusted_proxies) instead. Rocket's
    /// [`Request::client_ip`] believes the header `X-Real-IP` of any client, and is never asked.
    ///
    /// ```
    /// # use arcjet_rocket::{Arcjet, ArcjetFairing};
    /// # let arcjet = Arcjet::builder().build()?;
    /// // Everything comes over a tunnel from this machine.
    /// let fairing = ArcjetFairing::new(arcjet).peer_from(|_| Some([127, 0, 0, 1].into()));
    /// # let _ = fairing;
    /// # Ok::<(), arcjet_rocket::ConfigError>(())
    /// ```
    pub fn peer_from<F>(mut self, find: F) -> Self
    where
        F: Fn(&Request<'_>) -> Option<IpAddr> + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.config).find_peer = Some(Arc::new(find));
        self
    }
}

#[rocket::async_trait]
impl Fairing for ArcjetFairing {
    fn info(&self) -> Info {
        Info {
            name: "Arcjet",
            kind: Kind::Ignite | Kind::Request | Kind::Response | Kind::Singleton,
        }
    }

    async fn on_ignite(&self, mut rocket: Rocket<Build>) -> fairing::Result {
        let body_rules = match self.config.arcjet.only_body_rules() {
            Ok(rules) => rules,
            Err(error) => {
                tracing::error!(%error, "the rules that read bodies can't be set apart");
                return Err(rocket);
            }
        };
        // An application may manage a client of its own; managing two is a panic.
        if rocket.state::<Arcjet>().is_none() {
            rocket = rocket.manage(self.config.arcjet.clone());
        }
        let attached = Attached {
            config: Arc::clone(&self.config),
            body_rules,
        };
        Ok(rocket
            .manage(attached)
            .mount("/", deny_route::routes(&self.config)))
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        let verdict = Verdict::of(request);
        let decision = match self.config.judge_now(request, data, verdict) {
            Ok(decision) => decision,
            // Boxed: most requests are judged at once, and their futures need no room for this.
            Err(details) => Box::pin(self.config.judge_waiting(*details, data, verdict)).await,
        };
        let denied = decision.is_denied();
        verdict.decide(decision);
        if denied {
            deny_route::mark(request);
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let verdict = Verdict::of(request);
        if let Some(decision) = verdict.denial() {
            if !verdict.is_answered() {
                tracing::error!(
                    id = %decision.id(),
                    "a denied request was not answered as one: a fairing that changes addresses is attached after `ArcjetFairing`"
                );
                self.config.replace(response, decision, request);
            }
            headers::add_missing(response, decision);
        } else if let Some(decision) = verdict.denial_inside() {
            // A guard can only fail with a status, for which a catcher has answered.
            if response.status() == denied::status(decision) {
                self.config.replace(response, decision, request);
            }
            headers::add_missing(response, decision);
        }
        for decision in [verdict.allowance_inside(), verdict.decision()]
            .into_iter()
            .flatten()
        {
            headers::lend_rate_limit(response, decision, verdict);
        }
    }
}

impl Config {
    /// Describes and judges a request; returns its description if that has to wait for its body or for somebody else.
    fn judge_now(
        &self,
        request: &Request<'_>,
        data: &mut Data<'_>,
        verdict: &Verdict,
    ) -> Result<Decision, Box<RequestDetails>> {
        let reads = |name: &str| self.arcjet.reads_header(name);
        let details = describe(request, self.find_peer(request), reads);
        let is_empty = peek::is_empty(data);
        if is_empty {
            verdict.see_all();
        }
        let decision = match is_empty || self.arcjet.body_window() == 0 {
            true => self.arcjet.protect_now(&details),
            false => None,
        };
        decision.ok_or_else(|| Box::new(details))
    }

    /// Judges a request with what Rocket shows of its body, and waits for who else is asked.
    async fn judge_waiting(
        &self,
        mut details: RequestDetails,
        data: &mut Data<'_>,
        verdict: &Verdict,
    ) -> Decision {
        if !peek::is_empty(data) {
            match self.arcjet.inspect_body(&details).await {
                BodyInspection::Read(window) => {
                    let peeked = peek::peek(data, &window).await;
                    if peeked.is_all {
                        verdict.see_all();
                    }
                    details = window.describe(details, peeked.bytes, peeked.arrival);
                }
                BodyInspection::Denied(decision) => return *decision,
                _ => {}
            }
        }
        self.arcjet.protect(&details).await
    }

    /// The peer of a request.
    pub(crate) fn find_peer(&self, request: &Request<'_>) -> Option<IpAddr> {
        if let Some(find) = &self.find_peer {
            return find(request);
        }
        let peer = request.remote().map(|address| address.ip());
        if peer.is_none() {
            self.missing_peer
                .call_once(|| tracing::warn!("{}", describe::NO_PEER));
        }
        peer
    }

    /// The answer to a denied request, or the status whose catcher answers.
    #[cold]
    pub(crate) fn answer(&self, decision: &Decision, request: &Request<'_>) -> response::Result<'static> {
        match &self.answers {
            Answers::Default => Ok(denied::respond(decision, accepted_format(request))),
            Answers::Catchers => Err(denied::status(decision)),
            Answers::Own(answer) => answer(decision, request),
        }
    }

    /// Puts the answer in the place of a response, of which the headers that others have set stay.
    #[cold]
    fn replace(&self, response: &mut Response<'_>, decision: &Decision, request: &Request<'_>) {
        if let Ok(mut answer) = self.answer(decision, request) {
            response.remove_header("Content-Type");
            *response.body_mut() = mem::take(answer.body_mut());
            response.merge(answer);
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("arcjet", &self.arcjet)
            .finish_non_exhaustive()
    }
}
