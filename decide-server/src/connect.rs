//! The Connect protocol, unary: one HTTP POST, the message as the body, errors as JSON.
//!
//! Follows the "Unary RPC" part of the Connect protocol's specification. Not offered: streaming, GET requests (hardly a
//! method is free of side effects) and compressed answers (they have half a kilobyte; it would cost more than it saves).

mod codec;
mod gzip;

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, Request, Response, StatusCode};
use http_body::Body;
use tonic::Code;

pub(crate) use codec::Codec;

use crate::body::LimitedBody;
use crate::code::{self, Fault};
use crate::deadline;
use crate::endpoint::{Inner, ResponseBody};
use crate::metrics::{BodyReject, Method};
use crate::sites::Tenant;

/// Answers one call. The caller has checked the path and the codec, and measures.
pub(crate) async fn unary<B>(
    inner: &Inner,
    tenant: Result<Arc<Tenant>, Fault>,
    method: Method,
    codec: Codec,
    request: Request<B>,
) -> Result<Bytes, Fault>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    let tenant = tenant?;
    let (parts, body) = request.into_parts();
    check_version(&parts.headers)?;
    let time = deadline::connect(&parts.headers, inner.request_timeout)?;
    let compressed =
        is_compressed(&parts.headers).inspect_err(|_| inner.budget.reject(BodyReject::Encoding))?;
    let mut body = LimitedBody::new(body, inner.max_body_bytes, inner.budget.clone());

    let answer = async {
        let message = body.read_to_end().await?;
        let message = if compressed {
            decompress(inner, &message)?
        } else {
            message
        };
        match method {
            Method::Decide => codec.encode(&tenant.site.answer(codec.decode(message)?).await?),
            Method::Report => codec.encode(&tenant.site.note(&codec.decode(message)?)?),
            Method::Guard => codec.encode(&tenant.site.answer_guard(codec.decode(message)?).await?),
            Method::GetGuardPolicy => codec.encode(&tenant.site.guard_policy(&codec.decode(message)?)),
            Method::Capture => codec.encode(&tenant.site.note_events(&codec.decode(message)?)?),
        }
    };
    tokio::time::timeout(time, answer)
        .await
        .unwrap_or_else(|_| Err(Fault::deadline_exceeded()))
}

fn check_version(headers: &HeaderMap) -> Result<(), Fault> {
    match headers.get("connect-protocol-version") {
        None => Ok(()),
        Some(version) if version == "1" => Ok(()),
        Some(_) => Err(Fault::new(
            Code::InvalidArgument,
            "connect-protocol-version must be 1",
        )),
    }
}

fn is_compressed(headers: &HeaderMap) -> Result<bool, Fault> {
    match headers.get(CONTENT_ENCODING) {
        None => Ok(false),
        Some(encoding) if encoding == "identity" => Ok(false),
        Some(encoding) if encoding == "gzip" => Ok(true),
        Some(_) => Err(Fault::new(
            Code::Unimplemented,
            "unknown content-encoding: use gzip or identity",
        )),
    }
}

/// The decompressed message is not counted in the budget: it is decoded at once, so there are never more of them than
/// threads.
fn decompress(inner: &Inner, message: &[u8]) -> Result<Bytes, Fault> {
    gzip::decompress(message, inner.max_body_bytes).map_err(|error| {
        inner.budget.reject(match error {
            gzip::GzipError::TooLarge { .. } => BodyReject::TooLarge,
            gzip::GzipError::Malformed => BodyReject::Encoding,
        });
        error.into()
    })
}

/// The HTTP response for a message, or for the lack of one.
pub(crate) fn response(codec: Codec, result: Result<Bytes, Fault>) -> Response<ResponseBody> {
    match result {
        Ok(message) => {
            let mut response = Response::new(ResponseBody::from(message));
            response.headers_mut().insert(CONTENT_TYPE, codec.content_type());
            response
        }
        Err(fault) => error_response(&fault),
    }
}

/// A Connect error: the status from the protocol's table, and `{"code", "message"}`.
pub(crate) fn error_response(fault: &Fault) -> Response<ResponseBody> {
    // Serialising two strings to memory cannot fail.
    let body = serde_json::to_vec(&ErrorBody {
        code: code::name(fault.code),
        message: &fault.message,
    })
    .unwrap_or_default();
    let mut response = Response::new(ResponseBody::from(Bytes::from(body)));
    *response.status_mut() = fault.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    match fault.status {
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, HeaderValue::from(code::RETRY_AFTER.as_secs()));
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let accepted = HeaderValue::from_static("application/proto, application/json");
            headers.insert(HeaderName::from_static("accept-post"), accepted);
        }
        StatusCode::NOT_IMPLEMENTED => {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity"));
        }
        _ => {}
    }
    response
}

#[derive(serde::Serialize)]
struct ErrorBody<'a> {
    code: &'static str,
    message: &'a str,
}

/// Whether a request can be a unary call at all, from its method and content type.
pub(crate) fn codec(method: &HttpMethod, headers: &HeaderMap) -> Result<Codec, Fault> {
    if method != HttpMethod::POST {
        let fault = Fault::new(Code::Unimplemented, "calls are made with POST");
        return Err(fault.with_status(StatusCode::METHOD_NOT_ALLOWED));
    }
    headers
        .get(CONTENT_TYPE)
        .and_then(Codec::from_content_type)
        .ok_or_else(|| {
            let fault = Fault::new(
                Code::Unknown,
                "unsupported content-type: use application/json or application/proto",
            );
            fault.with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        })
}
