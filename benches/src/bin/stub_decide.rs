//! The least that a decision server can cost: a tonic service that decodes the request and returns a fixed result for each rule
//! in it, on two threads. Prints its address and runs until it is killed.

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

/// Answers with copies of these results, one for each rule of the request.
#[derive(Debug)]
struct Stub {
    limit: wire::RuleResult,
    bots: wire::RuleResult,
}

#[tonic::async_trait]
impl DecideService for Stub {
    async fn decide(
        &self,
        request: Request<wire::DecideRequest>,
    ) -> Result<Response<wire::DecideResponse>, Status> {
        let results = request.get_ref().rules.iter().map(|rule| match &rule.rule {
            Some(wire::rule::Rule::BotV2(_)) => self.bots.clone(),
            _ => self.limit.clone(),
        });
        Ok(Response::new(answer(results.collect())))
    }

    async fn report(
        &self,
        _request: Request<wire::ReportRequest>,
    ) -> Result<Response<wire::ReportResponse>, Status> {
        Ok(Response::new(wire::ReportResponse::default()))
    }
}

/// What the decision server answers: a result for each rule, and the limit's reason.
fn answer(results: Vec<wire::RuleResult>) -> wire::DecideResponse {
    wire::DecideResponse {
        decision: Some(wire::Decision {
            id: "req_01arz3ndektsv4rrffq69g5fav".to_owned(),
            conclusion: wire::Conclusion::Allow.into(),
            reason: Some(limit()),
            rule_results: results,
            ip_details: Some(wire::IpDetails::default()),
            ..wire::Decision::default()
        }),
        ..wire::DecideResponse::default()
    }
}

fn result(reason: wire::Reason) -> wire::RuleResult {
    wire::RuleResult {
        rule_id: "0".repeat(64),
        fingerprint: format!("fp::2::{}", "0".repeat(64)),
        state: wire::RuleState::Run.into(),
        conclusion: wire::Conclusion::Allow.into(),
        reason: Some(reason),
        ..wire::RuleResult::default()
    }
}

fn limit() -> wire::Reason {
    wire::Reason {
        reason: Some(wire::reason::Reason::RateLimit(wire::RateLimitReason {
            max: u32::MAX,
            remaining: u32::MAX - 1,
            reset_in_seconds: 3600,
            window_in_seconds: 3600,
            ..wire::RateLimitReason::default()
        })),
    }
}

fn bots() -> wire::Reason {
    wire::Reason {
        reason: Some(wire::reason::Reason::BotV2(wire::BotV2Reason::default())),
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = bind().await?;
    announce(&listener)?;
    let connections = TcpIncoming::from(listener).with_nodelay(Some(true));
    let service = DecideServiceServer::new(Stub {
        limit: result(limit()),
        bots: result(bots()),
    });
    Ok(Server::builder()
        .add_service(service)
        .serve_with_incoming(connections)
        .await?)
}
