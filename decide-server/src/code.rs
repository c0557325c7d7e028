//! Status codes. gRPC and Connect share the codes; Connect adds a name in JSON and an HTTP status.

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

/// Number of codes, `Ok` included; a code's number is an index below it.
pub(crate) const CODES: usize = 17;

/// Name on the wire (Connect) and in metrics.
pub(crate) fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "canceled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}

/// HTTP status of a Connect unary error, from the table "Error codes" of the Connect protocol.
fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        // 499, as the table has it; it is no registered status and has no constant.
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::REQUEST_TIMEOUT),
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Why a request gets no decision, whatever protocol it came by.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    /// For the developer at the other end; never holds a key.
    pub(crate) message: Cow<'static, str>,
    /// HTTP status of the Connect answer.
    pub(crate) status: StatusCode,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            status: http_status(code),
        }
    }

    /// A fault that HTTP has a status of its own for, as the Connect protocol wants it.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            Code::Unauthenticated,
            "missing or unknown API key; send it as \"authorization: Bearer <key>\"",
        )
    }

    pub(crate) fn expired_key() -> Self {
        Self::new(
            Code::Unauthenticated,
            "the API key has expired; use the key that replaced it",
        )
    }

    /// The server has too much to do. What it says is temporary, and nothing was counted: clients may try again.
    pub(crate) fn overloaded() -> Self {
        Self::new(
            Code::Unavailable,
            "the server has too much to do; try again later",
        )
    }

    pub(crate) fn deadline_exceeded() -> Self {
        Self::new(
            Code::DeadlineExceeded,
            "the request was not received and answered in time",
        )
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let mut status = Self::new(fault.code, fault.message);
        if fault.code == Code::Unavailable {
            // As clients of gRPC read it that retry by themselves (gRFC A6).
            let pause = MetadataValue::from(RETRY_AFTER.as_secs() * 1000);
            status.metadata_mut().insert("grpc-retry-pushback-ms", pause);
        }
        status
    }
}

/// When to come back after `unavailable`.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);
