//! The least that a decision server can cost: a tonic service that decodes the request and returns one fixed answer, on
//! two threads. Prints its address and runs until it is killed.

use std::error::Error;

use arcjet_benches::{announce, bind};
use arcjet_engine::wire::v1alpha1 as wire;
use generated::decide_service_server::{DecideService, DecideServiceServer};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// The service stub of the decision server itself.
mod generated {
    #![allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::allow_attributes_without_reason,
        clippy::needless_pass_by_value,
        clippy::str_to_string,
        clippy::use_self,
        reason = "generated code"
    )]
    include!("../../../decide-server/src/generated/decide.v1alpha1.server.rs");
}

/// Returns a copy of this answer.
#[derive(Debug)]
struct Stub(wire::DecideResponse);

#[tonic::async_trait]
impl DecideService for Stub {
    async fn decide(
        &self,
        _request: Request<wire::DecideRequest>,
    ) -> Result<Response<wire::DecideResponse>, Status> {
        Ok(Response::new(self.0.clone()))
    }

    async fn report(
        &self,
        _request: Request<wire::ReportRequest>,
    ) -> Result<Response<wire::ReportResponse>, Status> {
        Ok(Response::new(wire::ReportResponse::default()))
    }
}

/// What the decision server answers to a fixed window.
fn answer() -> wire::DecideResponse {
    let reason = wire::Reason {
        reason: Some(wire::reason::Reason::RateLimit(wire::RateLimitReason {
            max: u32::MAX,
            remaining: u32::MAX - 1,
            reset_in_seconds: 3600,
            window_in_seconds: 3600,
            ..wire::RateLimitReason::default()
        })),
    };
    wire::DecideResponse {
        decision: Some(wire::Decision {
            id: "req_01arz3ndektsv4rrffq69g5fav".to_owned(),
            conclusion: wire::Conclusion::Allow.into(),
            reason: Some(reason.clone()),
            rule_results: vec![wire::RuleResult {
                rule_id: "0".repeat(64),
                fingerprint: format!("fp::2::{}", "0".repeat(64)),
                state: wire::RuleState::Run.into(),
                conclusion: wire::Conclusion::Allow.into(),
                reason: Some(reason),
                ..wire::RuleResult::default()
            }],
            ip_details: Some(wire::IpDetails::default()),
            ..wire::Decision::default()
        }),
        ..wire::DecideResponse::default()
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = bind().await?;
    announce(&listener)?;
    let connections = TcpIncoming::from(listener).with_nodelay(Some(true));
    let service = DecideServiceServer::new(Stub(answer()));
    Ok(Server::builder()
        .add_service(service)
        .serve_with_incoming(connections)
        .await?)
}
