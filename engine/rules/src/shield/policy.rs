//! Unusual methods, content types and headers. No attack by themselves: the category is off unless it is asked for.

use super::{
    finding::{Category, Finding, Place},
    inspector::Inspector,
    reason::Part,
    source::Source,
};
use crate::request::Request;

/// Methods that applications use.
const METHODS: [&[u8]; 7] = [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"];
/// Content types that applications read.
const CONTENT_TYPES: [&[u8]; 10] = [
    b"application/x-www-form-urlencoded",
    b"multipart/form-data",
    b"application/json",
    b"application/graphql",
    b"application/xml",
    b"text/xml",
    b"application/soap+xml",
    b"text/plain",
    b"application/octet-stream",
    b"application/csp-report",
];
/// Headers that change how a server understands a request, and that clients of applications don't send.
const HEADERS: [&[u8]; 6] = [
    b"content-range",
    b"lock-token",
    b"proxy",
    b"translate",
    b"x-http-method-override",
    b"x-original-url",
];

/// Looks at what kind of request it is.
pub(super) fn inspect(request: &Request<'_>, inspector: &mut Inspector<'_>) {
    if inspector.settings.categories & Category::Policy.mask() == 0 {
        return;
    }
    let mut add = |detector, part, place, name: &[u8]| {
        let finding = Finding {
            detector,
            category: Category::Policy,
            score: 5,
        };
        inspector.report(finding, Source::new(part, place, name));
    };
    if !request.method.is_empty() && !METHODS.contains(&request.method) {
        add("policy.method", Part::Method, Place::Method, b"");
    }
    for (name, value) in request.headers {
        if name.eq_ignore_ascii_case(b"content-type") {
            let essence = value
                .split(|byte| *byte == b';')
                .next()
                .unwrap_or_default()
                .trim_ascii();
            let is_usual = |known: &&[u8]| essence.eq_ignore_ascii_case(known);
            if !CONTENT_TYPES.iter().any(is_usual) {
                add(
                    "policy.content-type",
                    Part::Header,
                    Place::HeaderValue,
                    b"content-type",
                );
            }
        } else if let Some(known) = HEADERS.iter().find(|known| name.eq_ignore_ascii_case(known)) {
            add("policy.header", Part::Header, Place::HeaderName, known);
        }
    }
}
