//! The service itself, for one site: what all protocols lead to.

use arcjet_engine::decider::protocol::{ProtocolDecider, Site as SiteId};
use arcjet_engine::wire::v1alpha1::{DecideRequest, DecideResponse, ReportRequest, ReportResponse, Rule};
use tonic::Code;

use crate::code::Fault;
use crate::metrics::SiteMetrics;
use crate::store::Store;

/// The most rules that a request may list. The SDKs send ten at most. A rule without content takes two bytes on the wire and
/// a hundred times that in memory, so the limit on a body's length alone would allow half a million of them.
const MAX_RULES: usize = 1000;

/// An application that is protected, with its own counts.
#[derive(Debug)]
pub(crate) struct Site {
    id: SiteId,
    decider: ProtocolDecider<Store>,
    metrics: SiteMetrics,
}

impl Site {
    pub(crate) fn new(name: &str, decider: ProtocolDecider<Store>) -> Self {
        Self {
            id: SiteId::named(name),
            decider,
            metrics: SiteMetrics::new(name),
        }
    }

    /// Decides a request.
    pub(crate) async fn answer(&self, request: DecideRequest) -> Result<DecideResponse, Fault> {
        check(&request.rules)?;
        let answer = self.decider.decide(self.id, request).await;
        if let Some(decision) = &answer.decision {
            self.metrics.decided(decision.conclusion());
        }
        Ok(answer)
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
