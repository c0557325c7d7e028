//! The service itself, for one site: what all protocols lead to.

use arcjet_engine::decider::protocol::{ProtocolDecider, Site as SiteId, SiteRules};
use arcjet_engine::wire::v1alpha1::{DecideRequest, DecideResponse, ReportRequest, ReportResponse, Rule};
use tonic::Code;

use crate::code::Fault;
use crate::metrics::SiteMetrics;
use crate::store::Store;

/// The most rules that a request may list. The SDKs send ten at most. A rule without content takes two bytes on the wire and
/// a hundred times that in memory, so the limit on a body's length alone would allow half a million of them.
const MAX_RULES: usize = 1000;

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
        check(&request.rules)?;
        let response = self.decider.decide_with(self.id, &self.rules, request).await;
        if let Some(decision) = &response.decision {
            self.metrics.count(decision.conclusion());
            tracing::debug!(site = self.name, id = decision.id, conclusion = decision.conclusion().as_str_name(), "decided");
        }
        Ok(response)
    }

    /// Takes note of a decision that a client made by itself.
    pub(crate) fn note(&self, request: &ReportRequest) -> Result<ReportResponse, Fault> {
        check(&request.rules)?;
        self.decider.report(self.id, request);
        Ok(ReportResponse::default())
    }
}

fn check(rules: &[Rule]) -> Result<(), Fault> {
    if rules.len() > MAX_RULES {
        let message = format!(
            "the request has {} rules; at most {MAX_RULES} are accepted",
            rules.len()
        );
        return Err(Fault::new(Code::InvalidArgument, message));
    }
    Ok(())
}
