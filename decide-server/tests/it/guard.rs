//! Guarded calls, over every protocol of the port.

use arcjet_engine::wire::v2::guard_rule::Rule;
use arcjet_engine::wire::v2::guard_rule_result::Result as RuleResult;
use arcjet_engine::wire::v2::{
    CaptureEvent, CaptureRequest, CaptureResponse, GetGuardPolicyRequest, GetGuardPolicyResponse,
    GuardConclusion, GuardPolicyLookupStatus, GuardRequest, GuardResponse, GuardRule, GuardRuleSubmission,
    ResultLocalCustom, ResultLocalSensitiveInfo, RuleDetectPromptInjection, RuleFixedWindow, RuleLocalCustom,
    RuleLocalSensitiveInfo, RuleModerateContent, RuleSlidingWindow, RuleTokenBucket, rule_local_custom,
    rule_local_sensitive_info,
};
use http::{HeaderValue, StatusCode};
use prost::Message as _;
use serde_json::json;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use crate::client::{json as post_json, proto, send};
use crate::grpc::channel;
use crate::server::Server;

pub(crate) const GUARD: &str = "/proto.decide.v2.DecideService/Guard";
pub(crate) const GET_GUARD_POLICY: &str = "/proto.decide.v2.DecideService/GetGuardPolicy";
pub(crate) const CAPTURE: &str = "/proto.decide.v2.DecideService/Capture";

/// A live fixed window of ten days, so that no test sees it end.
pub(crate) fn window(max: u32) -> GuardRuleSubmission {
    submission(Rule::FixedWindow(RuleFixedWindow {
        config_max_requests: max,
        config_window_seconds: 864_000,
        config_bucket: "bucket".to_owned(),
        input_key_hash: "ab12".to_owned(),
        input_requested: 1,
    }))
}

fn submission(rule: Rule) -> GuardRuleSubmission {
    GuardRuleSubmission {
        config_id: "c".to_owned(),
        input_id: "i".to_owned(),
        rule: Some(GuardRule { rule: Some(rule) }),
        ..GuardRuleSubmission::default()
    }
}

pub(crate) fn request(rule_submissions: Vec<GuardRuleSubmission>) -> GuardRequest {
    GuardRequest {
        label: "tools.test".to_owned(),
        rule_submissions,
        ..GuardRequest::default()
    }
}

/// A request with a rule of each kind.
pub(crate) fn every_rule() -> GuardRequest {
    let limit = Rule::TokenBucket(RuleTokenBucket {
        config_refill_rate: 1,
        config_interval_seconds: 60,
        config_max_tokens: 10,
        config_bucket: "bucket".to_owned(),
        input_key_hash: "ab12".to_owned(),
        input_requested: 1,
    });
    let sliding = Rule::SlidingWindow(RuleSlidingWindow {
        config_max_requests: 5,
        config_interval_seconds: 60,
        config_bucket: "bucket".to_owned(),
        input_key_hash: "ab12".to_owned(),
        input_requested: 1,
    });
    let injection = Rule::DetectPromptInjection(RuleDetectPromptInjection {
        input_text: "What is the weather?".to_owned(),
    });
    let moderation = Rule::ModerateContent(RuleModerateContent {
        input_text: "What is the weather?".to_owned(),
    });
    let found = ResultLocalSensitiveInfo {
        conclusion: GuardConclusion::Allow.into(),
        ..ResultLocalSensitiveInfo::default()
    };
    let sensitive = Rule::LocalSensitiveInfo(RuleLocalSensitiveInfo {
        local_result: Some(rule_local_sensitive_info::LocalResult::ResultComputed(found)),
        ..RuleLocalSensitiveInfo::default()
    });
    let said = ResultLocalCustom {
        conclusion: GuardConclusion::Allow.into(),
        data: [("key".to_owned(), "value".to_owned())].into(),
    };
    let custom = Rule::LocalCustom(RuleLocalCustom {
        local_result: Some(rule_local_custom::LocalResult::ResultComputed(said)),
        ..RuleLocalCustom::default()
    });
    let rules = [limit, sliding, injection, moderation, sensitive, custom];
    let mut submissions: Vec<GuardRuleSubmission> = rules.into_iter().map(submission).collect();
    submissions.push(window(5));
    GuardRequest {
        metadata_json: [("user".to_owned(), r#"{"id":1}"#.to_owned())].into(),
        correlation_id: "run_1".to_owned(),
        ..request(submissions)
    }
}

fn remaining(response: &GuardResponse) -> u32 {
    let decision = response.decision.as_ref().unwrap();
    match &decision.rule_results[0].result {
        Some(RuleResult::FixedWindow(limit)) => limit.remaining_requests,
        other => panic!("{other:?}"),
    }
}

/// Calls a method over gRPC.
async fn call<Q, A>(server: &Server, path: &'static str, message: Q) -> Result<A, Status>
where
    Q: prost::Message + Default + 'static,
    A: prost::Message + Default + 'static,
{
    let mut client = tonic::client::Grpc::new(channel(server).await);
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static(path);
    let answer = client
        .unary(Request::new(message), path, ProstCodec::<Q, A>::default())
        .await;
    answer.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn all_methods_over_grpc() {
    let server = Server::start().await;
    for (left, conclusion) in [(0, GuardConclusion::Allow), (0, GuardConclusion::Deny)] {
        let response: GuardResponse = call(&server, GUARD, request(vec![window(1)])).await.unwrap();
        assert_eq!(response.decision.as_ref().unwrap().conclusion(), conclusion);
        assert_eq!(remaining(&response), left);
    }
    let policy: GetGuardPolicyResponse = call(&server, GET_GUARD_POLICY, GetGuardPolicyRequest::default())
        .await
        .unwrap();
    assert_eq!(policy.status(), GuardPolicyLookupStatus::NotConfigured);
    let events = CaptureRequest {
        events: vec![CaptureEvent::default()],
        ..CaptureRequest::default()
    };
    let captured: CaptureResponse = call(&server, CAPTURE, events).await.unwrap();
    assert_eq!(captured, CaptureResponse {});
}

#[tokio::test]
async fn all_methods_over_connect() {
    let server = Server::start().await;
    let answer = send(server.address, proto(GUARD, &request(vec![window(2)]))).await;
    assert_eq!(
        (answer.status, answer.content_type()),
        (StatusCode::OK, "application/proto")
    );
    assert_eq!(remaining(&GuardResponse::decode(answer.body).unwrap()), 1);

    // The other protocol counts on. The body is the one of the documentation.
    let body = r#"{"label":"tools.test","ruleSubmissions":[{"configId":"c","inputId":"i","rule":{"fixedWindow":
        {"configMaxRequests":2,"configWindowSeconds":864000,"configBucket":"bucket","inputKeyHash":"ab12","inputRequested":1}}}]}"#;
    for conclusion in ["GUARD_CONCLUSION_ALLOW", "GUARD_CONCLUSION_DENY"] {
        let answer = send(server.address, post_json(GUARD, body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let decision = &answer.json()["decision"];
        assert_eq!(decision["conclusion"], conclusion);
        let result = &decision["ruleResults"][0];
        assert_eq!(
            (
                &result["configId"],
                &result["inputId"],
                &result["type"],
                &result["mode"]
            ),
            (
                &json!("c"),
                &json!("i"),
                &json!("GUARD_RULE_TYPE_FIXED_WINDOW"),
                &json!("GUARD_RULE_MODE_LIVE")
            )
        );
        assert_eq!(result["fixedWindow"]["maxRequests"], 2);
        assert_eq!(
            decision["policyEvaluation"]["status"],
            "GUARD_POLICY_STATUS_NOT_CONFIGURED"
        );
    }

    let answer = send(server.address, post_json(GET_GUARD_POLICY, r#"{"label":"a"}"#)).await;
    assert_eq!(
        answer.json()["status"],
        "GUARD_POLICY_LOOKUP_STATUS_NOT_CONFIGURED"
    );
    let answer = send(
        server.address,
        post_json(CAPTURE, r#"{"events":[{"action":"a"}]}"#),
    )
    .await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({})));
}

#[tokio::test]
async fn what_a_request_may_list_is_bounded() {
    let server = Server::start().await;
    let submissions = request(vec![GuardRuleSubmission::default(); 1001]);
    let status = call::<_, GuardResponse>(&server, GUARD, submissions)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let events = CaptureRequest {
        events: vec![CaptureEvent::default(); 1001],
        ..CaptureRequest::default()
    };
    let answer = send(server.address, proto(CAPTURE, &events)).await;
    assert_eq!(
        (answer.status, &*answer.error_code()),
        (StatusCode::BAD_REQUEST, "invalid_argument")
    );
}

#[tokio::test]
async fn sites_need_their_key_and_count_apart() {
    let keys = arcjet_decide_server::Keys::new(["ajkey_one", "ajkey_two"]).unwrap();
    let server = Server::with(crate::server::config().keys(keys)).await;
    let with_key = |key: Option<&'static str>| {
        let mut request = proto(GUARD, &request(vec![window(5)]));
        if let Some(key) = key {
            request
                .headers_mut()
                .insert("authorization", HeaderValue::from_static(key));
        }
        send(server.address, request)
    };
    for path in [GUARD, GET_GUARD_POLICY, CAPTURE] {
        let answer = send(server.address, post_json(path, "{}")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let status = call::<_, GuardResponse>(&server, GUARD, request(Vec::new()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    for (key, left) in [
        ("Bearer ajkey_one", 4),
        ("Bearer ajkey_one", 3),
        ("Bearer ajkey_two", 4),
    ] {
        let answer = with_key(Some(key)).await;
        assert_eq!(
            remaining(&GuardResponse::decode(answer.body).unwrap()),
            left,
            "{key}"
        );
    }
    assert_eq!(with_key(None).await.status, StatusCode::UNAUTHORIZED);
}
