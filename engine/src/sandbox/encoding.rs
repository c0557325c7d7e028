//! A request as it crosses the border; `wit/rules.wit` has the table.

use std::net::IpAddr;

use super::bindings::arcjet::rules::types::Needs;
use crate::request::RequestDetails;

/// Writes what `needs` names of a request into `buffer`, in place of what was there.
pub(super) fn encode(buffer: &mut Vec<u8>, request: &RequestDetails, ip: Option<IpAddr>, needs: &Needs) {
    buffer.clear();
    field(buffer, 0, "", request.method().as_bytes());
    field(buffer, 1, "", request.host().as_bytes());
    field(buffer, 2, "", request.path().as_bytes());
    field(buffer, 3, "", request.query().as_bytes());
    if needs.all_headers {
        for (name, value) in request.headers() {
            field(buffer, 4, name, value);
        }
    } else {
        // The first of a name counts, so the others need not be copied, however many a request has.
        for name in &needs.headers {
            if let Some(value) = request.header(name) {
                field(buffer, 4, name, value);
            }
        }
    }
    let body = request.body();
    if needs.body > 0 && !body.is_empty() {
        let limit = usize::try_from(needs.body).unwrap_or(usize::MAX);
        field(buffer, 5, "", &body[..body.len().min(limit)]);
    }
    if needs.ip {
        match ip {
            Some(IpAddr::V4(ip)) => field(buffer, 6, "", &ip.octets()),
            Some(IpAddr::V6(ip)) => field(buffer, 6, "", &ip.octets()),
            None => {}
        }
    }
    let texts = [
        (needs.email, 8, request.email()),
        (needs.sensitive_text, 9, request.sensitive_text()),
        (needs.message, 10, request.message()),
    ];
    for (needed, tag, text) in texts {
        if let (true, Some(text)) = (needed, text) {
            field(buffer, tag, "", text.as_bytes());
        }
    }
    if needs.local {
        for (key, value) in request.local() {
            field(buffer, 11, key, value.as_bytes());
        }
    }
}

/// Writes one field. One that is too long for its length, which no web server lets through, is left out.
fn field(buffer: &mut Vec<u8>, tag: u8, name: &str, value: &[u8]) {
    let (Ok(name_length), Ok(value_length)) = (u16::try_from(name.len()), u32::try_from(value.len())) else {
        return;
    };
    let [n0, n1] = name_length.to_le_bytes();
    let [v0, v1, v2, v3] = value_length.to_le_bytes();
    buffer.extend_from_slice(&[tag, n0, n1, v0, v1, v2, v3]);
    buffer.extend_from_slice(name.as_bytes());
    buffer.extend_from_slice(value);
}
