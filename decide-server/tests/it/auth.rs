//! API keys.

use arcjet_decide_server::{Keys, ServeError, serve};
use arcjet_engine::wire::v1alpha1::decide_service_client::DecideServiceClient;
use arcjet_engine::wire::v1alpha1::{Conclusion, DecideRequest};
use http::{HeaderValue, StatusCode};
use tokio::net::TcpListener;
use tonic::{Code, Request};

use crate::client::{DECIDE, decide, fixed_window, proto, send};
use crate::grpc::channel;
use crate::server::{Server, config};

async fn with_keys() -> Server {
    Server::with(config().keys(Keys::new(["ajkey_one", "ajkey_two"]).unwrap())).await
}

async fn ask(server: &Server, authorization: Option<&'static str>) -> crate::client::Answer {
    let mut request = proto(DECIDE, &decide("8.8.8.8", vec![fixed_window(1)]));
    if let Some(value) = authorization {
        request
            .headers_mut()
            .insert("authorization", HeaderValue::from_static(value));
    }
    send(server.address, request).await
}

#[tokio::test]
async fn connect_needs_a_configured_key() {
    let server = with_keys().await;
    for wrong in [
        None,
        Some("Bearer ajkey_three"),
        Some("Bearer"),
        Some("Basic ajkey_one"),
    ] {
        let answer = ask(&server, wrong).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (StatusCode::UNAUTHORIZED, "unauthenticated")
        );
        assert!(
            !String::from_utf8_lossy(&answer.body).contains("ajkey_"),
            "no key is repeated: {answer:?}"
        );
    }
    assert_eq!(
        ask(&server, Some("Bearer ajkey_one"))
            .await
            .decision()
            .conclusion(),
        Conclusion::Allow
    );
}

#[tokio::test]
async fn grpc_needs_a_configured_key() {
    let server = with_keys().await;
    let mut client = DecideServiceClient::new(channel(&server).await);
    let status = client.decide(DecideRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let mut request = Request::new(DecideRequest::default());
    request
        .metadata_mut()
        .insert("authorization", "Bearer ajkey_two".parse().unwrap());
    client.decide(request).await.unwrap();
}

#[tokio::test]
async fn keys_do_not_share_counts() {
    let server = with_keys().await;
    for key in ["Bearer ajkey_one", "Bearer ajkey_two"] {
        assert_eq!(
            ask(&server, Some(key)).await.decision().conclusion(),
            Conclusion::Allow
        );
        assert_eq!(
            ask(&server, Some(key)).await.decision().conclusion(),
            Conclusion::Deny
        );
    }
}

#[tokio::test]
async fn without_keys_any_key_and_none_are_the_same() {
    let server = Server::start().await;
    assert_eq!(
        ask(&server, None).await.decision().conclusion(),
        Conclusion::Allow
    );
    assert_eq!(
        ask(&server, Some("Bearer ajkey_any"))
            .await
            .decision()
            .conclusion(),
        Conclusion::Deny
    );
}

#[tokio::test]
async fn without_keys_only_loopback_is_served() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = serve(config(), listener, std::future::pending())
        .await
        .unwrap_err();
    assert!(matches!(error, ServeError::KeysRequired { .. }));
    let message = error.to_string();
    assert!(
        message.contains("--key") && message.contains("--listen"),
        "{message}"
    );

    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let keys = Keys::new(["ajkey_one"]).unwrap();
    serve(config().keys(keys), listener, std::future::ready(()))
        .await
        .unwrap();
}
