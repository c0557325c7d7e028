//! Messages as bytes: protobuf or JSON.

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tonic::Code;

use crate::code::Fault;
use crate::metrics::Protocol;

/// How the messages of a call are written; the answer is written like the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Proto,
    Json,
}

impl Codec {
    /// The codec of a request; parameters such as `charset=utf-8` change nothing.
    pub(crate) fn from_content_type(value: &HeaderValue) -> Option<Self> {
        let essence = value.as_bytes().split(|&byte| byte == b';').next()?.trim_ascii();
        if essence.eq_ignore_ascii_case(b"application/proto") {
            Some(Self::Proto)
        } else if essence.eq_ignore_ascii_case(b"application/json") {
            Some(Self::Json)
        } else {
            None
        }
    }

    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Proto => "application/proto",
            Self::Json => "application/json",
        })
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Proto => Protocol::ConnectProto,
            Self::Json => Protocol::ConnectJson,
        }
    }

    pub(crate) fn decode<M: prost::Message + Default + DeserializeOwned>(
        self,
        bytes: Bytes,
    ) -> Result<M, Fault> {
        match self {
            Self::Proto => M::decode(bytes).map_err(|error| error.to_string()),
            Self::Json => {
                serde_json::from_slice(&bytes).map_err(|error| format!("malformed JSON message: {error}"))
            }
        }
        .map_err(|message| Fault::new(Code::InvalidArgument, message))
    }

    pub(crate) fn encode<M: prost::Message + Serialize>(self, message: &M) -> Result<Bytes, Fault> {
        match self {
            Self::Proto => Ok(message.encode_to_vec().into()),
            // Fails for an enum number that the contract does not know; the decider sends none.
            Self::Json => serde_json::to_vec(message).map(Bytes::from).map_err(|error| {
                Fault::new(
                    Code::Internal,
                    format!("cannot write the answer as JSON: {error}"),
                )
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        for (value, codec) in [
            ("application/proto", Some(Codec::Proto)),
            ("application/json", Some(Codec::Json)),
            ("application/json; charset=utf-8", Some(Codec::Json)),
            ("Application/JSON", Some(Codec::Json)),
            ("application/connect+proto", None),
            ("application/x-www-form-urlencoded", None),
            ("", None),
        ] {
            assert_eq!(
                Codec::from_content_type(&HeaderValue::from_static(value)),
                codec,
                "{value:?}"
            );
        }
    }
}
