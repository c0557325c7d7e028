//! The service itself, for one site: what all protocols lead to.

use arcjet_engine::decider::protocol::{ProtocolDecider, Site as SiteId, SiteRules};
use arcjet_engine::wire::v1alpha1::{DecideRequest, DecideResponse, ReportRequest, ReportResponse};
use arcjet_engine::wire::v2::{
    CaptureRequest, CaptureResponse, GetGuardPolicyRequest, GetGuardPolicyResponse, GuardRequest,
    GuardResponse,
};
use tonic::Code;

use crate::code::Fault;
use crate::metrics::SiteMetrics;
use crate::store::Store;

/// The most rules, or events, that a request may list. The SDKs send ten rules and 50 events at most. One without content takes
/// two bytes on the wire and a hundred times that in memory, so the limit on a body's length alone would allow half a million of
/// them.
const MAX_ENTRIES: usize = 1000;

/// An application that is protected, with its own counts and rules.
#[derive(Debug)]
pub(crate) struct Site {
    name: String,
    id: SiteId,
    decider: ProtocolDecider<Store>,
    rules: SiteRules,
    metrics: SiteMetrics,
}

impl Site {
    /// A site whose limits count by its name.
    pub(crate) fn new(name: &str, decider: ProtocolDecider<Store>) -> Self {
        Self {
            name: name.to_owned(),
            id: SiteId::named(name),
            decider,
            rules: SiteRules::NONE,
            metrics: SiteMetrics::new(name),
        }
    }

    /// Sets rules that are judged besides those of the requests.
    pub(crate) fn rules(self, rules: SiteRules) -> Self {
        Self { rules, ..self }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Decides a request.
    pub(crate) async fn answer(&self, request: DecideRequest) -> Result<DecideResponse, Fault> {
        check("rules", request.rules.len())?;
        let response = self.decider.decide_with(self.id, &self.rules, request).await;
        if let Some(decision) = &response.decision {
            let conclusion = decision.conclusion();
            self.metrics.decided(conclusion);
            tracing::debug!(
                site = self.name,
                id = decision.id,
                conclusion = conclusion.as_str_name(),
                "decided"
            );
        }
        Ok(response)
    }

    /// Takes note of a decision that a client made by itself.
    pub(crate) fn note(&self, request: &ReportRequest) -> Result<ReportResponse, Fault> {
        check("rules", request.rules.len())?;
        self.decider.report(self.id, request);
        Ok(ReportResponse::default())
    }

    /// Decides a guarded call.
    pub(crate) async fn answer_guard(&self, request: GuardRequest) -> Result<GuardResponse, Fault> {
        check("rules", request.rule_submissions.len())?;
        Ok(self.decider.guard(self.id, request).await)
    }

    /// The policy of guarded calls.
    pub(crate) fn guard_policy(&self, request: &GetGuardPolicyRequest) -> GetGuardPolicyResponse {
        self.decider.guard_policy(self.id, request)
    }

    /// Takes note of what an application did.
    pub(crate) fn note_events(&self, request: &CaptureRequest) -> Result<CaptureResponse, Fault> {
        check("events", request.events.len())?;
        Ok(self.decider.capture(self.id, request))
    }
}

fn check(what: &str, count: usize) -> Result<(), Fault> {
    if count > MAX_ENTRIES {
        let message = format!("the request has {count} {what}; at most {MAX_ENTRIES} are accepted");
        return Err(Fault::new(Code::InvalidArgument, message));
    }
    Ok(())
}
