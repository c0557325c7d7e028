//! A request as one JSON object.

mod headers;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::{Kind, kind, text};
use super::{Parts, Target, Unread, bad, time};

pub(super) use headers::Headers;

/// The keys that are looked at; others are ignored. What each value is gets looked at afterwards, because people write the
/// same thing in many ways.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    uri: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
    #[serde(borrow)]
    path: Option<&'a RawValue>,
    #[serde(borrow)]
    query: Option<&'a RawValue>,
    #[serde(borrow)]
    host: Option<&'a RawValue>,
    #[serde(borrow)]
    protocol: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    body_b64: Option<&'a RawValue>,
    #[serde(borrow)]
    raw_b64: Option<&'a RawValue>,
    #[serde(borrow, alias = "client_ip", alias = "remote_addr")]
    ip: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(borrow, alias = "@timestamp")]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    ts: Option<&'a RawValue>,
    #[serde(borrow, alias = "ua")]
    user_agent: Option<&'a RawValue>,
    #[serde(borrow)]
    email: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    sensitive_text: Option<&'a RawValue>,
    #[serde(borrow)]
    requested: Option<&'a RawValue>,
    #[serde(borrow)]
    characteristics: Option<&'a RawValue>,
    #[serde(borrow)]
    local: Option<&'a RawValue>,
}

/// Reads a record.
pub(super) fn read(json: &str) -> Result<Parts, Unread> {
    let fields: Fields<'_> =
        serde_json::from_str(json).map_err(|error| bad(format!("not a record: {error}")))?;
    let method = field("method", fields.method)?;
    if fields.raw_b64.is_some_and(|raw| kind(raw) != Kind::Null) || method.as_deref() == Some("RAW") {
        return Err(Unread::Skipped(
            "a request in raw bytes, which has no method, headers and body to judge",
        ));
    }
    let mut parts = Parts {
        id: fields
            .id
            .filter(|id| kind(id) != Kind::Null)
            .map(|id| id.get().to_owned()),
        method: method
            .filter(|method| !method.is_empty())
            .unwrap_or_else(|| "GET".to_owned()),
        target: target(&fields)?,
        host: field("host", fields.host)?,
        protocol: field("protocol", fields.protocol)?,
        body: body(&fields)?,
        ip: field("ip", fields.ip)?,
        email: field("email", fields.email)?,
        message: field("message", fields.message)?,
        sensitive_text: field("sensitive_text", fields.sensitive_text)?,
        characteristics: pairs("characteristics", fields.characteristics)?,
        local: pairs("local", fields.local)?,
        ..Parts::default()
    };
    if let Some(headers) = fields.headers {
        parts.headers = Headers::read(headers)
            .map_err(|problem| bad(format!("headers: {problem}")))?
            .0;
    }
    if let Some(agent) = field("user_agent", fields.user_agent)?
        && parts.header("user-agent").is_none()
    {
        parts.headers.push(("user-agent".to_owned(), agent.into_bytes()));
    }
    let times = [
        ("time", fields.time),
        ("timestamp", fields.timestamp),
        ("ts", fields.ts),
    ];
    for (name, value) in times {
        if let (None, Some(text)) = (parts.time, field(name, value)?) {
            let problem = || {
                bad(format!(
                    "{name}: neither RFC 3339 nor a number of seconds or milliseconds"
                ))
            };
            parts.time = Some(time::of_text(&text).ok_or_else(problem)?);
        }
    }
    if let Some(units) = field("requested", fields.requested)? {
        let problem = |_| bad("requested: not a whole number from 0 to 4294967295");
        parts.requested = Some(units.parse().map_err(problem)?);
    }
    Ok(parts)
}

fn field(name: &str, value: Option<&RawValue>) -> Result<Option<String>, Unread> {
    let Some(value) = value else { return Ok(None) };
    match text(value) {
        Ok(text) => Ok(text.map(Into::into)),
        Err(problem) => Err(bad(format!("{name}: {problem}"))),
    }
}

fn target(fields: &Fields<'_>) -> Result<Target, Unread> {
    for (name, value) in [("uri", fields.uri), ("url", fields.url)] {
        if let Some(text) = field(name, value)? {
            return Ok(Target::of(&text));
        }
    }
    let mut target = Target::of(&field("path", fields.path)?.unwrap_or_default());
    // Without a path, `query` may mean anything.
    if fields.path.is_some()
        && target.query.is_empty()
        && let Some(query) = field("query", fields.query)?
    {
        query
            .strip_prefix('?')
            .unwrap_or(&query)
            .clone_into(&mut target.query);
    }
    Ok(target)
}

fn body(fields: &Fields<'_>) -> Result<Vec<u8>, Unread> {
    if let Some(encoded) = field("body_b64", fields.body_b64)? {
        return decode(&encoded).ok_or_else(|| bad("body_b64: not base64"));
    }
    let Some(body) = fields.body else {
        return Ok(Vec::new());
    };
    match kind(body) {
        // A body of JSON that was written down as such.
        Kind::List | Kind::Object => Ok(body.get().as_bytes().to_vec()),
        _ => Ok(field("body", Some(body))?.unwrap_or_default().into_bytes()),
    }
}

/// Decodes base64 of either alphabet, padded or not, in one line or many.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let alphabet = if text.contains(['-', '_']) {
        URL_SAFE
    } else {
        STANDARD
    };
    let text: String = text.split_ascii_whitespace().collect();
    GeneralPurpose::new(&alphabet, LENIENT).decode(text).ok()
}

fn pairs(name: &str, value: Option<&RawValue>) -> Result<Vec<(String, String)>, Unread> {
    let Some(value) = value.filter(|value| kind(value) != Kind::Null) else {
        return Ok(Vec::new());
    };
    let object: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(value.get()).map_err(|_| bad(format!("{name}: not an object")))?;
    let mut pairs = Vec::with_capacity(object.len());
    for (key, value) in object {
        if let Some(text) = field(name, Some(value))? {
            pairs.push((key, text));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests;
