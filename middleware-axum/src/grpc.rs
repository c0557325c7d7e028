//! Denials in the words of gRPC: HTTP 200 with the status in the headers, and no messages ("trailers-only").

use arcjet_engine::Refusal;
use axum_core::body::Body;
use axum_core::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_STATUS_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// The content type of the answer, if the request is one of gRPC or gRPC-Web.
pub(crate) fn content_type(request_headers: &HeaderMap) -> Option<&'static str> {
    let asked = request_headers.get(CONTENT_TYPE)?.as_bytes();
    [
        "application/grpc-web-text",
        "application/grpc-web",
        "application/grpc",
    ]
    .into_iter()
    .find(|name| {
        let is_prefix = asked
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()));
        is_prefix && matches!(asked.get(name.len()), None | Some(b'+' | b';' | b' '))
    })
}

/// The answer to a denied call.
pub(crate) fn answer(refusal: &Refusal, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(GRPC_STATUS, refusal.grpc_code().into());
    // The texts have no character that gRPC wants escaped.
    headers.insert(GRPC_MESSAGE, HeaderValue::from_static(refusal.message()));
    if let Some(details) = status_details(refusal)
        && let Ok(details) = HeaderValue::from_str(&STANDARD_NO_PAD.encode(details))
    {
        headers.insert(GRPC_STATUS_DETAILS, details);
    }
    response
}

/// A `google.rpc.Status` with a `google.rpc.RetryInfo`, if the refusal says when to come back.
pub(crate) fn status_details(refusal: &Refusal) -> Option<Vec<u8>> {
    let mut duration = Vec::new();
    number(&mut duration, 1, u64::from(refusal.retry_after()?));
    let mut retry_info = Vec::new();
    bytes(&mut retry_info, 1, &duration);
    let mut any = Vec::new();
    bytes(&mut any, 1, b"type.googleapis.com/google.rpc.RetryInfo");
    bytes(&mut any, 2, &retry_info);
    let mut status = Vec::new();
    // Codes are 0 to 16.
    number(&mut status, 1, u64::from(refusal.grpc_code().unsigned_abs()));
    bytes(&mut status, 2, refusal.message().as_bytes());
    bytes(&mut status, 3, &any);
    Some(status)
}

/// Writes a field of protobuf that is a number.
fn number(message: &mut Vec<u8>, field: u8, value: u64) {
    message.push(field << 3);
    varint(message, value);
}

/// Writes a field of protobuf that is a text or a message.
fn bytes(message: &mut Vec<u8>, field: u8, value: &[u8]) {
    message.push((field << 3) | 2);
    varint(message, value.len() as u64);
    message.extend_from_slice(value);
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push((value as u8) | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_grpc_is_answered_as_grpc() {
        for (asked, expected) in [
            ("application/grpc", Some("application/grpc")),
            ("application/grpc+proto", Some("application/grpc")),
            ("Application/gRPC;x=1", Some("application/grpc")),
            ("application/grpc-web", Some("application/grpc-web")),
            ("application/grpc-web+proto", Some("application/grpc-web")),
            ("application/grpc-web-text", Some("application/grpc-web-text")),
            ("application/grpcx", None),
            ("application/json", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(asked));
            assert_eq!(content_type(&headers), expected, "{asked}");
        }
        assert_eq!(content_type(&HeaderMap::new()), None);
    }
}
