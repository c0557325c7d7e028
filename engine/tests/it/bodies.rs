//! Which bodies are read, and what follows if one does not come or need not come.

use std::time::Duration;

use arcjet_engine::{
    BodyArrival, BodyInspection, BodyWindow, DetectBot, ErrorSource, FailPolicy, FixedWindow, Mode, Reason,
    Shield,
};

use super::*;

const ATTACK: &[u8] = b"comment=<script>alert(document.cookie)</script>";
const MINUTE: Duration = Duration::from_secs(60);

fn post(user_agent: &str, headers: &[(&str, &str)]) -> RequestDetails {
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    RequestDetails::builder("POST", "/")
        .protocol("HTTP/1.1")
        .header("user-agent", user_agent.as_bytes())
        .headers(headers)
        .peer([192, 0, 2, 1].into())
        .build()
}

async fn window(arcjet: &Arcjet, request: &RequestDetails) -> BodyWindow {
    match arcjet.inspect_body(request).await {
        BodyInspection::Read(window) => window,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_tunnels_and_grpc_are_not_read() {
    let arcjet = builder().0.rule(Shield::new()).build().unwrap();
    for (method, protocol, headers, is_read) in [
        ("GET", "HTTP/1.1", &[][..], true),
        (
            "POST",
            "HTTP/1.1",
            &[("connection", "upgrade"), ("upgrade", "x")],
            true,
        ),
        ("POST", "HTTP/1.1", &[("content-type", "text/event-stream")], true),
        ("POST", "HTTP/1.1", &[("accept", "text/event-stream")], true),
        ("POST", "HTTP/1.1", &[("transfer-encoding", "identity, x")], true),
        // HTTP/1.1 carries no gRPC, and nothing is known of an unnamed version.
        ("POST", "HTTP/1.1", &[("content-type", "application/grpc")], true),
        ("POST", "", &[("content-type", "application/grpc")], true),
        (
            "POST",
            "HTTP/2.0",
            &[("content-type", "application/grpc-web+proto")],
            true,
        ),
        ("POST", "HTTP/2.0", &[("content-type", "application/grpcx")], true),
        ("POST", "HTTP/2.0", &[("content-type", "application/json")], true),
        ("POST", "HTTP/2.0", &[("content-type", "application/grpc")], false),
        (
            "POST",
            "HTTP/3.0",
            &[("content-type", "Application/gRPC+proto")],
            false,
        ),
        ("CONNECT", "HTTP/1.1", &[], false),
    ] {
        let headers_as_bytes = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        let request = RequestDetails::builder(method, "/")
            .protocol(protocol)
            .headers(headers_as_bytes)
            .build();
        let inspection = arcjet.inspect_body(&request).await;
        assert_eq!(
            matches!(inspection, BodyInspection::Read(_)),
            is_read,
            "{method} {protocol} {headers:?}: {inspection:?}"
        );
    }
    let blind = builder().0.rule(Shield::new().body_limit(0)).build().unwrap();
    let inspection = blind.inspect_body(&post(FIREFOX, &[])).await;
    assert!(matches!(inspection, BodyInspection::Skip));
}

#[tokio::test]
async fn a_late_body_is_an_error_that_the_fail_policy_decides() {
    for (policy, mode, denied, status) in [
        (FailPolicy::Open, Mode::Live, false, None),
        (FailPolicy::Closed, Mode::Live, true, Some(403)),
        (FailPolicy::Closed, Mode::DryRun, false, None),
    ] {
        let arcjet = builder()
            .0
            .rule(Shield::new().mode(mode))
            .rule(DetectBot::deny(["CURL"]))
            .fail_policy(policy)
            .body_deadline(Duration::from_millis(250))
            .build()
            .unwrap();
        let request = post(FIREFOX, &[]);
        let window = window(&arcjet, &request).await;
        assert_eq!(window.deadline(), Duration::from_millis(250));

        let late = window.describe(request.clone(), b"comment=".as_slice().into(), BodyArrival::Late);
        let decision = arcjet.protect(&late).await;
        assert_eq!(decision.is_denied(), denied, "{policy:?} {mode:?}");
        assert_eq!(decision.refusal().map(|refusal| refusal.status()), status);
        let results = decision.results();
        let Reason::Error(error) = results
            .iter()
            .find(|result| result.rule() == RuleKind::Shield)
            .unwrap()
            .reason()
        else {
            panic!("{results:?}")
        };
        assert_eq!(
            (error.source, &*error.message),
            (ErrorSource::Request, "the body did not come within 250ms")
        );
        let bots = results
            .iter()
            .find(|result| result.rule() == RuleKind::DetectBot)
            .unwrap();
        assert_eq!(bots.conclusion(), Conclusion::Allow, "it reads no bodies");

        let in_time = window.describe(
            request.clone(),
            b"comment=".as_slice().into(),
            BodyArrival::Arrived,
        );
        assert!(arcjet.protect(&in_time).await.is_allowed());
    }
}

#[tokio::test]
async fn what_came_of_a_late_body_is_searched() {
    let arcjet = builder().0.rule(Shield::new()).build().unwrap();
    let request = post(FIREFOX, &[]);
    let window = window(&arcjet, &request).await;
    let late = window.describe(request, ATTACK.into(), BodyArrival::Late);
    let decision = arcjet.protect(&late).await;
    assert!(decision.is_denied() && decision.reason().is_shield());
}

#[tokio::test]
async fn a_denial_that_still_holds_asks_for_no_body() {
    let arcjet = builder()
        .0
        .rule(Shield::new())
        .rule(FixedWindow::new(1, MINUTE))
        .build()
        .unwrap();
    let request = post(FIREFOX, &[]);
    assert!(arcjet.protect(&request).await.is_allowed());
    // The first one over the limit is judged as a whole.
    window(&arcjet, &request).await;
    assert!(arcjet.protect(&request).await.is_denied());
    let BodyInspection::Denied(decision) = arcjet.inspect_body(&request).await else {
        panic!()
    };
    assert!(decision.is_denied() && decision.reason().is_rate_limit());
    assert_eq!(decision.refusal().unwrap().status(), 429);
}

#[tokio::test]
async fn who_waits_to_be_asked_is_judged_by_the_head_first() {
    let (builder, clock) = builder();
    let arcjet = builder
        .rule(Shield::new())
        .rule(DetectBot::deny(["CURL"]))
        .rule(FixedWindow::new(2, MINUTE))
        .build()
        .unwrap();
    let expecting = [("expect", "100-Continue")];
    // An allowed head counts for nothing until the whole request is judged.
    let request = post(FIREFOX, &expecting);
    for left in [1, 0] {
        for _ in 0..3 {
            window(&arcjet, &request).await;
        }
        assert_eq!(remaining(&arcjet.protect(&request).await), [left]);
    }
    clock.advance(MINUTE);
    let BodyInspection::Denied(decision) = arcjet.inspect_body(&post(CURL, &expecting)).await else {
        panic!()
    };
    assert!(decision.is_denied() && decision.reason().is_bot());
    // Without the expectation the body is on its way already; now the denial is remembered, though.
    let BodyInspection::Denied(decision) = arcjet.inspect_body(&post(CURL, &[])).await else {
        panic!()
    };
    let bots = decision
        .results()
        .iter()
        .find(|result| result.rule() == RuleKind::DetectBot)
        .unwrap();
    assert_eq!(bots.state(), RuleState::Cached);
    assert_eq!(remaining(&arcjet.protect(&post(FIREFOX, &[])).await), [1]);
}

#[tokio::test]
async fn without_the_expectation_the_head_is_not_judged_twice() {
    let arcjet = builder()
        .0
        .rule(Shield::new())
        .rule(DetectBot::deny(["CURL"]))
        .build()
        .unwrap();
    window(&arcjet, &post(CURL, &[])).await;
    assert!(arcjet.protect(&post(CURL, &[])).await.is_denied());
}

#[test]
fn refuses_deadlines_that_are_none() {
    for deadline in [
        Duration::ZERO,
        Duration::from_micros(999),
        Duration::from_millis(60_001),
    ] {
        let error = builder().0.body_deadline(deadline).build().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("body_deadline: {deadline:?}; accepted: 1 ms to 60 s")
        );
    }
    for deadline in [Duration::from_millis(1), MINUTE] {
        builder().0.body_deadline(deadline).build().unwrap();
    }
}

#[cfg(feature = "compressed-bodies")]
mod compressed {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn is_denied(builder: ArcjetBuilder, codings: &str, body: Vec<u8>) -> bool {
        let arcjet = builder.rule(Shield::new()).build().unwrap();
        let request = post(
            FIREFOX,
            &[
                ("content-encoding", codings),
                ("content-type", "application/x-www-form-urlencoded"),
            ],
        );
        let window = window(&arcjet, &request).await;
        let request = window.describe(request, body.into(), BodyArrival::Arrived);
        arcjet.protect(&request).await.is_denied()
    }

    #[tokio::test]
    async fn attacks_are_found_when_asked_to_unpack() {
        let asked = || builder().0.inspect_compressed_bodies(64 * 1024);
        assert!(is_denied(asked(), "gzip", gzip(ATTACK)).await);
        assert!(is_denied(asked(), "gzip, gzip", gzip(&gzip(ATTACK))).await);
        assert!(
            is_denied(asked(), "gzip", ATTACK.to_vec()).await,
            "said to be packed, and is not"
        );
        assert!(is_denied(asked(), "x", ATTACK.to_vec()).await);
        assert!(!is_denied(asked(), "gzip", gzip(b"comment=hello")).await);
        assert!(
            !is_denied(builder().0, "gzip", gzip(ATTACK)).await,
            "nobody asked"
        );
        let behind_the_budget = [&b"a=1&".repeat(100)[..], ATTACK].concat();
        let little = builder().0.inspect_compressed_bodies(100);
        assert!(!is_denied(little, "gzip", gzip(&behind_the_budget)).await);
    }

    #[test]
    fn refuses_budgets_that_are_none() {
        for budget in [0, (1 << 20) + 1] {
            let error = builder().0.inspect_compressed_bodies(budget).build().unwrap_err();
            let expected = format!("inspect_compressed_bodies: {budget} bytes; accepted: 1 to 1048576 bytes");
            assert_eq!(error.to_string(), expected);
        }
    }
}
