//! Reports of decisions that were reached in this process: a bounded queue and a task that empties it.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tonic::metadata::{Ascii, MetadataValue};

use super::SDK_VERSION;
use super::connection::Connection;
use crate::decider::convert::{decision_to_wire, request_for_report, rule_to_wire};
use crate::decision::Decision;
use crate::request::RequestDetails;
use crate::rule::RuleSet;
use crate::wire::v1alpha1 as wire;

/// The most reports that wait. Under attack the newest are dropped and counted: the attacker's requests must not
/// fill the memory.
const QUEUE: usize = 1024;

/// A report that takes longer is given up.
const TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Reports {
    queue: mpsc::Sender<Report>,
    dropped: metrics::Counter,
}

#[derive(Debug)]
struct Report {
    set: Arc<RuleSet>,
    request: RequestDetails,
    decision: Decision,
}

impl Reports {
    pub(super) fn start(
        runtime: &Handle,
        connection: Connection,
        authorization: MetadataValue<Ascii>,
    ) -> Self {
        let (queue, reports) = mpsc::channel(QUEUE);
        runtime.spawn(send_all(reports, connection, authorization));
        Self {
            queue,
            dropped: metrics::counter!("arcjet_client_reports_total", "outcome" => "dropped"),
        }
    }

    /// Queues a report, or drops it if too many are waiting.
    pub(super) fn queue(&self, set: &Arc<RuleSet>, request: &RequestDetails, decision: &Decision) {
        // Reserving first spares the copies when there is no room.
        match self.queue.try_reserve() {
            Ok(place) => place.send(Report {
                set: Arc::clone(set),
                request: request.without_content(),
                decision: decision.clone(),
            }),
            Err(_) => self.dropped.increment(1),
        }
    }
}

/// Sends reports one after the other, and ends when nobody can queue more.
async fn send_all(
    mut reports: mpsc::Receiver<Report>,
    connection: Connection,
    authorization: MetadataValue<Ascii>,
) {
    let outcome =
        |outcome: &'static str| metrics::counter!("arcjet_client_reports_total", "outcome" => outcome);
    let (sent, failed) = (outcome("sent"), outcome("failed"));
    while let Some(report) = reports.recv().await {
        let request = connection.request(report.to_wire(), &authorization, TIMEOUT);
        let send = async { connection.client().await?.report(request).await };
        match tokio::time::timeout(TIMEOUT, send).await {
            Ok(Ok(_)) => sent.increment(1),
            Ok(Err(_)) | Err(_) => failed.increment(1),
        }
    }
}

impl Report {
    fn to_wire(&self) -> wire::ReportRequest {
        let ip = self.decision.client_ip().map_or("", |ip| ip.as_str());
        wire::ReportRequest {
            sdk_version: SDK_VERSION.to_owned(),
            details: Some(request_for_report(&self.request, ip, &self.set)),
            decision: Some(decision_to_wire(&self.decision, |index| index)),
            rules: self
                .set
                .rules
                .iter()
                .filter_map(|rule| rule.source.as_ref())
                .map(rule_to_wire)
                .collect(),
            characteristics: self.set.characteristics.clone(),
            ..wire::ReportRequest::default()
        }
    }
}
