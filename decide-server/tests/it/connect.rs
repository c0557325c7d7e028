//! The Connect protocol.

use std::io::Write as _;

use arcjet_engine::wire::v1alpha1::{Conclusion, ReportRequest, ReportResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderValue, Request, StatusCode, Version};
use http_body_util::Full;
use prost::Message as _;

use crate::client::{DECIDE, REPORT, decide, fixed_window, json, post, proto, send};
use crate::server::Server;

const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

/// The body that the help text shows.
const JSON_REQUEST: &str = r#"{"sdkStack":"SDK_STACK_NODEJS","sdkVersion":"0","details":{"ip":"8.8.8.8"},"rules":[
    {"rateLimit":{"mode":"MODE_LIVE","max":5,"algorithm":"RATE_LIMIT_ALGORITHM_FIXED_WINDOW","windowInSeconds":86400}}]}"#;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn with(
    mut request: Request<Full<bytes::Bytes>>,
    name: &'static str,
    value: &'static str,
) -> Request<Full<bytes::Bytes>> {
    request
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    request
}

#[tokio::test]
async fn proto_over_both_versions_of_http() {
    let server = Server::start().await;
    for (version, remaining) in VERSIONS.into_iter().zip([4, 3]) {
        let message = decide("8.8.8.8", vec![fixed_window(5)]).encode_to_vec();
        let answer = send(
            server.address,
            post(version, DECIDE, "application/proto", message),
        )
        .await;
        let decision = answer.decision();
        assert_eq!(decision.conclusion(), Conclusion::Allow);
        let text = format!("{decision:?}");
        assert!(text.contains(&format!("remaining: {remaining}")), "{text}");
    }
}

#[tokio::test]
async fn json_over_both_versions_of_http() {
    let server = Server::start().await;
    for (version, remaining) in VERSIONS.into_iter().zip([4, 3]) {
        let answer = send(
            server.address,
            post(version, DECIDE, "application/json; charset=utf-8", JSON_REQUEST),
        )
        .await;
        assert_eq!(
            (answer.status, answer.content_type()),
            (StatusCode::OK, "application/json")
        );
        let decision = &answer.json()["decision"];
        assert_eq!(decision["conclusion"], "CONCLUSION_ALLOW");
        assert!(decision["id"].as_str().unwrap().starts_with("req_"), "{decision}");
        let result = &decision["ruleResults"][0];
        assert_eq!(result["state"], "RULE_STATE_RUN");
        assert_eq!(result["reason"]["rateLimit"]["remaining"], remaining);
    }
}

#[tokio::test]
async fn reports_are_acknowledged() {
    let server = Server::start().await;
    let answer = send(server.address, proto(REPORT, &ReportRequest::default())).await;
    assert_eq!(
        (answer.status, answer.content_type()),
        (StatusCode::OK, "application/proto")
    );
    assert_eq!(
        ReportResponse::decode(answer.body).unwrap(),
        ReportResponse::default()
    );
    let answer = send(server.address, json(REPORT, "{}")).await;
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::OK, serde_json::json!({}))
    );
}

#[tokio::test]
async fn gzip_request_bodies() {
    let server = Server::start().await;
    for (body, content_type) in [
        (decide("8.8.8.8", vec![]).encode_to_vec(), "application/proto"),
        (JSON_REQUEST.as_bytes().to_vec(), "application/json"),
    ] {
        let request = with(
            post(Version::HTTP_11, DECIDE, content_type, gzip(&body)),
            "content-encoding",
            "gzip",
        );
        let answer = send(server.address, request).await;
        assert_eq!(
            (answer.status, answer.content_type()),
            (StatusCode::OK, content_type),
            "{answer:?}"
        );
    }
    let plain = with(json(DECIDE, "{}"), "content-encoding", "identity");
    assert_eq!(send(server.address, plain).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_sdks_send_beside_the_message_is_accepted() {
    let server = Server::start().await;
    let request = with(json(DECIDE, "{}"), "connect-protocol-version", "1");
    let request = with(request, "connect-timeout-ms", "2000");
    let answer = send(server.address, with(request, "accept-encoding", "gzip,br")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.headers.get("content-encoding").is_none());
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let server = Server::start().await;
    let newer = r#"{"fromTheFuture":{"a":[1]},"details":{"ip":"8.8.8.8","alsoNew":true}}"#;
    assert_eq!(
        send(server.address, json(DECIDE, newer)).await.status,
        StatusCode::OK
    );
    let mut message = decide("8.8.8.8", vec![fixed_window(5)]).encode_to_vec();
    // Field 1000, a string.
    message.extend([0xc2, 0x3e, 3, b'n', b'e', b'w']);
    let answer = send(
        server.address,
        post(Version::HTTP_11, DECIDE, "application/proto", message),
    )
    .await;
    assert_eq!(answer.decision().conclusion(), Conclusion::Allow);
}

#[tokio::test]
async fn malformed_messages_are_invalid_arguments() {
    let server = Server::start().await;
    let bodies: [(&str, &[u8]); 10] = [
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"{} {}"),
        ("application/json", br#"{"details":{"ip":7}}"#),
        (
            "application/json",
            br#"{"rules":[{"rateLimit":{"mode":"MODE_NONE"}}]}"#,
        ),
        ("application/json", b"{\"sdkVersion\":\"\xff\"}"),
        ("application/proto", b"\xff\xff\xff"),
        ("application/proto", b"\x12\x02\xc3\x28"),
        ("application/proto", b"\x22\x05\x0a"),
    ];
    for (content_type, body) in bodies {
        let answer = send(
            server.address,
            post(Version::HTTP_11, DECIDE, content_type, body.to_vec()),
        )
        .await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{content_type} {body:?} {answer:?}"
        );
        assert_eq!(answer.error_code(), "invalid_argument");
    }
    let deep = format!("{{\"new\":{}", "[".repeat(100_000));
    let answer = send(
        server.address,
        post(Version::HTTP_11, DECIDE, "application/json", deep),
    )
    .await;
    assert_eq!(answer.error_code(), "invalid_argument");
}

#[tokio::test]
async fn wrong_headers_are_named() {
    let server = Server::start().await;
    for (name, value, status, code) in [
        ("connect-protocol-version", "2", 400, "invalid_argument"),
        ("connect-timeout-ms", "soon", 400, "invalid_argument"),
        ("content-encoding", "br", 501, "unimplemented"),
        ("content-encoding", "gzip", 400, "invalid_argument"),
        ("content-type", "application/connect+json", 415, "unknown"),
        (
            "content-type",
            "application/x-www-form-urlencoded",
            415,
            "unknown",
        ),
    ] {
        let answer = send(server.address, with(json(DECIDE, "{}"), name, value)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.error_code().as_str()),
            (status, code),
            "{name}: {value}"
        );
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(
            message.contains(name) || message.contains(value),
            "{name}: {value}: {message}"
        );
        match status {
            415 => assert_eq!(
                answer.headers["accept-post"],
                "application/proto, application/json"
            ),
            501 => assert_eq!(answer.headers["accept-encoding"], "gzip, identity"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_deadline_of_the_client_is_kept() {
    let server = Server::start().await;
    // The body never ends, so the deadline is all that can.
    let head = format!(
        "POST {DECIDE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnect-timeout-ms: 20\r\n\
         content-length: 10\r\n\r\n{{"
    );
    let answer = crate::client::raw(server.address, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert!(answer.contains(r#"{"code":"deadline_exceeded""#), "{answer}");
}

#[tokio::test]
async fn other_methods_and_paths() {
    let server = Server::start().await;
    let get = Request::get(format!("{DECIDE}?message=%7B%7D&encoding=json"))
        .body(Full::default())
        .unwrap();
    let answer = send(server.address, get).await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "unimplemented")
    );
    assert_eq!(answer.headers["allow"], "POST");

    let answer = send(
        server.address,
        json("/proto.decide.v1alpha1.DecideService/Divine", "{}"),
    )
    .await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::NOT_FOUND, "unimplemented")
    );

    for path in [
        "/",
        "/proto.decide.v3.DecideService/Guard",
        "/favicon.ico",
        "/grpc.health.v1.Health/Check",
    ] {
        assert_eq!(
            send(server.address, json(path, "{}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let get = |path| Request::get(path).body(Full::default()).unwrap();
    let health = send(server.address, get("/healthz")).await;
    assert_eq!((health.status, &health.body[..]), (StatusCode::OK, &b"ok\n"[..]));
    assert_eq!(
        send(server.address, json("/healthz", "{}")).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    // This server was given no recorder.
    assert_eq!(
        send(server.address, get("/metrics")).await.status,
        StatusCode::NOT_FOUND
    );
}
