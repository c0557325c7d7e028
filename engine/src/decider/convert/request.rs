//! Requests.

#[cfg(feature = "remote")]
use {
    crate::fingerprint::FingerprintPlan, crate::rule::Characteristic, crate::rule::RuleSet,
    std::collections::BTreeMap,
};

use crate::request::RequestDetails;
use crate::wire::v1alpha1 as wire;

/// The key of `extra` under which SDKs send how many units of a token bucket a request takes.
const REQUESTED: &str = "requested";

/// The keys of `extra` under which SDKs send what rules judge, or tell that they keep it to themselves.
#[cfg(feature = "wire")]
const MESSAGE: &str = "detectPromptInjectionMessage";
#[cfg(feature = "wire")]
const SENSITIVE_TEXT: &str = "sensitiveInfoValue";
#[cfg(feature = "wire")]
const LOCAL_FIELDS: &str = "filterLocal";

/// What SDKs put in the place of a value that stays with them.
#[cfg(feature = "wire")]
const REDACTED: &str = "<redacted>";

/// Whether a client sent the text that a rule about sensitive information judges. The SDKs never do.
#[cfg(feature = "wire")]
pub(in crate::decider) fn has_sensitive_text(details: &wire::RequestDetails) -> bool {
    details
        .extra
        .get(SENSITIVE_TEXT)
        .is_some_and(|text| text != REDACTED)
}

/// Reads a request. The SDKs differ in how they send it: all of it is accepted.
#[cfg(feature = "wire")]
pub(in crate::decider) fn request_from_wire(details: &wire::RequestDetails) -> RequestDetails {
    let mut builder = RequestDetails::builder(&details.method, &details.path)
        .protocol(&details.protocol)
        .host(&details.host)
        .query(&details.query);
    for (name, value) in &details.headers {
        // Some SDKs send cookies here as well as in their own field.
        if details.cookies.is_empty() || !name.eq_ignore_ascii_case("cookie") {
            builder = builder.header(name, value.as_bytes());
        }
    }
    if !details.cookies.is_empty() {
        builder = builder.header("cookie", details.cookies.as_bytes());
    }
    let mut request = builder.build();
    if !details.ip.is_empty() {
        request = request.with_ip(details.ip.as_str());
    }
    if !details.correlation_id.is_empty() {
        request = request.with_correlation_id(details.correlation_id.as_str());
    }
    if !details.email.is_empty() {
        request = request.with_email(details.email.as_str());
    }
    if !details.body.is_empty() {
        request = request.with_body(details.body.clone());
    }
    for (key, value) in &details.extra {
        request = match key.as_str() {
            REQUESTED => request.with_requested_text(value),
            MESSAGE => request.with_message(value.as_str()),
            // Neither may leave the client, and what it sends instead says nothing.
            SENSITIVE_TEXT | LOCAL_FIELDS => request,
            key => request.with_characteristic(key, value.as_str()),
        };
    }
    request
}

/// What of a request the server needs to judge the rules that are its to judge, and nothing else.
#[cfg(feature = "remote")]
pub(in crate::decider) fn request_for_rules<'a>(
    request: &RequestDetails,
    ip: &str,
    plans: impl Iterator<Item = &'a FingerprintPlan>,
) -> wire::RequestDetails {
    let mut details = wire::RequestDetails {
        ip: ip.to_owned(),
        correlation_id: request.correlation_id().unwrap_or_default().to_owned(),
        ..wire::RequestDetails::default()
    };
    if let Some(units) = request.explicitly_requested() {
        details.extra.insert(REQUESTED.to_owned(), units.to_string());
    }
    for characteristic in plans.flat_map(FingerprintPlan::characteristics) {
        match characteristic {
            Characteristic::Ip => {}
            Characteristic::Host => request.host().clone_into(&mut details.host),
            Characteristic::Method => request.method().clone_into(&mut details.method),
            Characteristic::Path => request.path().clone_into(&mut details.path),
            Characteristic::Header(name) => header(request, name, &mut details.headers),
            Characteristic::Cookie(_) => {
                let cookies: Vec<_> = values(request, "cookie").collect();
                details.cookies = cookies.join("; ");
            }
            Characteristic::QueryParameter(_) => details.query = format!("?{}", request.query()),
            Characteristic::Custom(key) => {
                if let Some(value) = request.characteristic(key) {
                    details.extra.insert(key.clone(), value.to_owned());
                }
            }
        }
    }
    details
}

/// What of a request a report tells: what the rules read, and which route it was for.
#[cfg(feature = "remote")]
pub(in crate::decider) fn request_for_report(
    request: &RequestDetails,
    ip: &str,
    set: &RuleSet,
) -> wire::RequestDetails {
    let mut details = request_for_rules(request, ip, set.plans.iter());
    request.host().clone_into(&mut details.host);
    request.method().clone_into(&mut details.method);
    request.path().clone_into(&mut details.path);
    if let Some(local) = &set.local {
        for name in local.headers() {
            header(request, name, &mut details.headers);
        }
    }
    details
}

#[cfg(feature = "remote")]
fn header(request: &RequestDetails, name: &str, headers: &mut BTreeMap<String, String>) {
    let joined = values(request, name).collect::<Vec<_>>().join(", ");
    if !joined.is_empty() {
        headers.insert(name.to_owned(), joined);
    }
}

#[cfg(feature = "remote")]
fn values<'a>(request: &'a RequestDetails, name: &'a str) -> impl Iterator<Item = std::borrow::Cow<'a, str>> {
    request
        .headers()
        .filter(move |(candidate, _)| *candidate == name)
        .map(|(_, value)| String::from_utf8_lossy(value))
}
