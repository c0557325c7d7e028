//! What an official SDK sends to the decision server, as gRPC carries it.

use arcjet_engine::wire::v1alpha1 as wire;
use bytes::{BufMut as _, Bytes, BytesMut};
use prost::Message;

use crate::request::{BROWSER_HEADERS, client};

/// The rules that a client of the decision server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecideScenario {
    /// A fixed window.
    Limit,
    /// A fixed window and bot detection.
    BotsAndLimit,
}

impl DecideScenario {
    /// The scenario of this name: `limit` or `bots-and-limit`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "limit" => Some(Self::Limit),
            "bots-and-limit" => Some(Self::BotsAndLimit),
            _ => None,
        }
    }
}

/// The request that the SDK for JavaScript sends for a browser's request from the client of this number.
pub fn decide_request(scenario: DecideScenario, client_number: u32) -> wire::DecideRequest {
    // The SDKs send cookies and the query in fields of their own.
    let headers = BROWSER_HEADERS
        .iter()
        .filter(|(name, _)| *name != "cookie")
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let cookies = BROWSER_HEADERS.iter().find(|(name, _)| *name == "cookie");
    let mut rules = vec![wire::Rule {
        rule: Some(wire::rule::Rule::RateLimit(wire::RateLimitRule {
            mode: wire::Mode::Live.into(),
            algorithm: wire::RateLimitAlgorithm::FixedWindow.into(),
            max: u32::MAX,
            window_in_seconds: 3600,
            ..wire::RateLimitRule::default()
        })),
    }];
    if scenario == DecideScenario::BotsAndLimit {
        rules.push(wire::Rule {
            rule: Some(wire::rule::Rule::BotV2(wire::BotV2Rule {
                mode: wire::Mode::Live.into(),
                allow: vec!["CATEGORY:SEARCH_ENGINE".to_owned()],
                ..wire::BotV2Rule::default()
            })),
        });
    }
    wire::DecideRequest {
        sdk_stack: wire::SdkStack::Nodejs.into(),
        sdk_version: "1.13.0".to_owned(),
        details: Some(wire::RequestDetails {
            ip: client(client_number).to_string(),
            method: "GET".to_owned(),
            protocol: "http:".to_owned(),
            host: "shop.example.com".to_owned(),
            path: "/articles/42".to_owned(),
            headers,
            cookies: cookies.map_or_else(String::new, |(_, value)| (*value).to_owned()),
            query: "?utm_source=news&ref=home".to_owned(),
            ..wire::RequestDetails::default()
        }),
        rules,
        ..wire::DecideRequest::default()
    }
}

/// The message as the body of a gRPC call: not compressed, its length, its bytes.
pub fn grpc_frame(message: &impl Message) -> Bytes {
    let mut frame = BytesMut::with_capacity(5 + message.encoded_len());
    frame.put_u8(0);
    // A benchmark's messages are a kilobyte.
    frame.put_u32(message.encoded_len() as u32);
    // Encoding into a buffer that grows can't fail.
    let _ = message.encode(&mut frame);
    frame.freeze()
}
