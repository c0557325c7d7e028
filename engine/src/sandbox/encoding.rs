//! A request as it crosses the border; `wit/rules.wit` has the table.

use std::net::IpAddr;

use super::ApplicationFind;
use super::bindings::arcjet::rules::types::Needs;
use crate::decision::{IpDetails, IpFlag};
use crate::request::RequestDetails;

/// Writes what `needs` names of a request into `buffer`, in place of what was there.
pub(super) fn encode(
    buffer: &mut Vec<u8>,
    request: &RequestDetails,
    ip: Option<IpAddr>,
    details: Option<&IpDetails>,
    found: &[ApplicationFind],
    needs: &Needs,
) {
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
    if let (true, Some(details)) = (needs.ip_details, details) {
        ip_details(buffer, details);
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
    for ApplicationFind { rule, find } in found {
        let numbers = [*rule, find.start, find.end].map(u32::to_le_bytes);
        field(buffer, 12, &find.label, numbers.as_flattened());
    }
}

/// Writes what is known about the address, under the names that it has in filters. What is not known is left out, which
/// makes expressions that hang on it undetermined.
fn ip_details(buffer: &mut Vec<u8>, details: &IpDetails) {
    let numbers = [
        ("ip.src.lat", details.latitude()),
        ("ip.src.lon", details.longitude()),
        ("ip.src.accuracy_radius", details.accuracy_radius().map(f64::from)),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            field(buffer, 7, name, number.to_string().as_bytes());
        }
    }
    let texts = [
        ("ip.src.timezone.name", details.timezone()),
        ("ip.src.postal_code", details.postal_code()),
        ("ip.src.city", details.city()),
        ("ip.src.region", details.region()),
        ("ip.src.country", details.country()),
        ("ip.src.country.name", details.country_name()),
        ("ip.src.continent", details.continent()),
        ("ip.src.continent.name", details.continent_name()),
        ("ip.src.asnum", details.asn()),
        ("ip.src.asnum.name", details.asn_name()),
        ("ip.src.asnum.domain", details.asn_domain()),
        ("ip.src.asnum.type", details.asn_type()),
        ("ip.src.asnum.country", details.asn_country()),
        ("ip.src.service", details.service()),
        ("ip.src.crawler.name", details.crawler_name()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            field(buffer, 7, name, text.as_bytes());
        }
    }
    let flags = [
        ("ip.src.crawler", IpFlag::Crawler),
        ("ip.src.hosting", IpFlag::Hosting),
        ("ip.src.mobile", IpFlag::Mobile),
        ("ip.src.proxy", IpFlag::Proxy),
        ("ip.src.relay", IpFlag::Relay),
        ("ip.src.tor", IpFlag::Tor),
        ("ip.src.vpn", IpFlag::Vpn),
    ];
    for (name, flag) in flags {
        match details.flag(flag) {
            Some(true) => field(buffer, 7, name, b"true"),
            Some(false) => field(buffer, 7, name, b"false"),
            None => {}
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
