//! The way of a request through a client: the one place where its order is decided.

use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::Arcjet;
use crate::client_ip::client_ip;
use crate::decider::Decider;
#[cfg(feature = "remote")]
use crate::decision::{Conclusion, ErrorSource, Reason};
use crate::decision::{Decision, DecisionId, Findings};
use crate::evaluation::Evaluation;
use crate::id::Origin;
use crate::request::RequestDetails;
use crate::telemetry::{Stage, Timer};
use crate::time::Timestamp;

/// A request on its way, after the part of it that needs nobody else.
struct Underway<'a> {
    evaluation: Evaluation<'a>,
    now: Timestamp,
    timer: Timer<'a>,
    /// Whether an earlier denial still holds.
    cached: bool,
    /// Whether nobody else is to be asked.
    decided: bool,
}

impl Arcjet {
    /// Judges a request.
    ///
    /// Never fails: where something could not be judged, the decision says so and follows the [`FailPolicy`](crate::FailPolicy).
    pub async fn protect(&self, request: &RequestDetails) -> Decision {
        match self.protect_now(request) {
            Some(decision) => decision,
            // Boxed: what waiting takes must not make the future of every decision large.
            None => Box::pin(self.protect_waiting(request)).await,
        }
    }

    /// Judges a request if nothing has to be waited for: then it is what [`protect`](Self::protect) does, without a
    /// future. `None` if a judgement may wait, for a [decision server](crate::ArcjetBuilder::decide_at) or the DNS; then
    /// nothing has happened yet. For one client it is always the one or the other.
    ///
    /// ```
    /// use arcjet_engine::{Arcjet, DetectBot, RequestDetails};
    ///
    /// let arcjet = Arcjet::builder().rule(DetectBot::deny(["CURL"])).build()?;
    /// let request = RequestDetails::builder("GET", "/").header("user-agent", b"curl/8.5.0");
    /// let request = request.peer([203, 0, 113, 7].into()).build();
    /// assert!(arcjet.protect_now(&request).is_some_and(|decision| decision.is_denied()));
    /// # Ok::<(), arcjet_engine::ConfigError>(())
    /// ```
    pub fn protect_now(&self, request: &RequestDetails) -> Option<Decision> {
        if self.rules.waits {
            return None;
        }
        let span = span();
        let decision = span.in_scope(|| self.judge_now(request));
        record(&span, &decision);
        Some(decision)
    }

    async fn protect_waiting(&self, request: &RequestDetails) -> Decision {
        let span = span();
        let decision = self.judge_waiting(request).instrument(span.clone()).await;
        record(&span, &decision);
        decision
    }

    /// Denies a request before its body is read: by a denial that still holds or, if asked to, by what the bundled rules
    /// say about the head. What does not end in a denial leaves no trace: the request is judged as a whole later, and
    /// counted then.
    pub(crate) fn deny_by_head(&self, request: &RequestDetails, by_rules: bool) -> Option<Decision> {
        let shared = &*self.rules.shared;
        let timer = shared.telemetry.start();
        let now = shared.clock.now();
        let ip = client_ip(request, &shared.address_sources);
        let mut evaluation = Evaluation::new(&self.rules.set, request, ip, &shared.reputation);
        let cached = evaluation.recall(&shared.cache, now);
        if !cached {
            if !by_rules || !evaluation.judge_head(&shared.sandbox) {
                return None;
            }
            evaluation.remember(&shared.cache, now);
        }
        let decision = self.conclude(&mut evaluation, None, now, &timer);
        log(&decision);
        Some(decision)
    }

    fn judge_now(&self, request: &RequestDetails) -> Decision {
        let mut underway = self.judge_here(request);
        if let (Decider::Embedded(embedded), false) = (&self.rules.shared.decider, underway.decided) {
            embedded.decide_now(&mut underway.evaluation, underway.now);
            underway.timer.end(Stage::Decide);
        }
        self.finish(&mut underway, None)
    }

    async fn judge_waiting(&self, request: &RequestDetails) -> Decision {
        let shared = &*self.rules.shared;
        let mut underway = self.judge_here(request);
        let mut id = None;
        if !underway.decided {
            let evaluation = &mut underway.evaluation;
            let answer = shared.decider.decide(evaluation, underway.now).await;
            id = answer.id;
            if let Some(details) = answer.ip_details {
                evaluation.ip_details = details.into();
            }
            if !evaluation.is_denied() {
                shared.lookups.answer(evaluation).await;
            }
            underway.timer.end(Stage::Decide);
        }
        self.finish(&mut underway, id)
    }

    /// Goes as far as nobody else is needed: who the client is, whether an earlier denial holds, what the local rules say.
    #[inline]
    fn judge_here<'a>(&'a self, request: &'a RequestDetails) -> Underway<'a> {
        let shared = &*self.rules.shared;
        let timer = shared.telemetry.start();
        let now = shared.clock.now();

        let ip = client_ip(request, &shared.address_sources);
        let mut evaluation = Evaluation::new(&self.rules.set, request, ip, &shared.reputation);
        timer.end(Stage::Identify);

        let cached = evaluation.recall(&shared.cache, now);
        timer.end(Stage::Remember);

        let mut decided = cached;
        if !decided {
            if let Some(deadline) = request.missed_deadline() {
                shared.telemetry.count_late_body();
                tracing::debug!(?deadline, "a body did not come in time");
            }
            decided = evaluation.judge_locally(&shared.sandbox);
            timer.end(Stage::Judge);
        }
        Underway {
            evaluation,
            now,
            timer,
            cached,
            decided,
        }
    }

    fn finish(&self, underway: &mut Underway<'_>, id: Option<DecisionId>) -> Decision {
        if !underway.cached {
            underway
                .evaluation
                .remember(&self.rules.shared.cache, underway.now);
        }
        let decision = self.conclude(&mut underway.evaluation, id, underway.now, &underway.timer);
        log(&decision);
        decision
    }

    /// Concludes, counts and reports; once for each request.
    fn conclude(
        &self,
        evaluation: &mut Evaluation<'_>,
        id: Option<DecisionId>,
        now: Timestamp,
        timer: &Timer<'_>,
    ) -> Decision {
        let shared = &*self.rules.shared;
        #[cfg(feature = "remote")]
        let request = evaluation.request;
        let id = id.unwrap_or_else(|| DecisionId::new(Origin::Local, now));
        let decision = evaluation.conclude(id, shared.answers);
        shared.telemetry.count(&decision);
        timer.finish();
        #[cfg(feature = "remote")]
        if let Decider::Remote { server, .. } = &shared.decider
            && is_news(&decision)
        {
            server.report(&self.rules.set, request, &decision);
        }
        decision
    }
}

fn span() -> Span {
    tracing::debug_span!("protect", id = Empty, conclusion = Empty, reason = Empty)
}

fn record(span: &Span, decision: &Decision) {
    if !span.is_disabled() {
        span.record("id", tracing::field::display(decision.id()));
        span.record("conclusion", decision.conclusion().as_str());
        span.record("reason", decision.reason().as_str());
    }
}

fn log(decision: &Decision) {
    tracing::debug!(
        id = %decision.id(),
        conclusion = decision.conclusion().as_str(),
        reason = decision.reason().as_str(),
        found = %Findings(decision),
        "decided"
    );
}

/// Whether a decision server has something to learn from a decision: it knows what it decided itself, counts no
/// allowances that it wasn't asked about, and can't be told that it can't be reached.
#[cfg(feature = "remote")]
fn is_news(decision: &Decision) -> bool {
    decision.id().is_local()
        && match decision.reason() {
            Reason::Error(error) => error.source != ErrorSource::Decider,
            _ => decision.conclusion() != Conclusion::Allow,
        }
}
