//! Verdicts and errors against those of Arcjet's component; `tests/filter/README.md` tells where they come from.

use arcjet_rules::Request;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Vectors {
    requests: Vec<Fields>,
    locals: Vec<BTreeMap<String, String>>,
    details: Vec<BTreeMap<String, String>>,
    cases: Vec<(String, usize, usize, usize, String)>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Fields {
    ip: String,
    host: String,
    method: String,
    path: String,
    query: String,
    cookies: String,
    headers: BTreeMap<String, String>,
}

#[test]
fn expressions_come_to_what_arcjet_says() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../filter/vectors.json")).unwrap();
    let mut differing = Vec::new();
    for (expression, request, local, details, expected) in &vectors.cases {
        let fields = &vectors.requests[*request];
        let mut headers: Vec<(&[u8], &[u8])> = fields
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect();
        if !fields.cookies.is_empty() {
            headers.push((b"Cookie", fields.cookies.as_bytes()));
        }
        let request = Request {
            ip: fields.ip.parse().ok(),
            host: fields.host.as_bytes(),
            method: fields.method.as_bytes(),
            path: fields.path.as_bytes(),
            query: fields.query.strip_prefix('?').unwrap_or_default().as_bytes(),
            headers: &headers,
            local: &pairs(&vectors.locals[*local]),
            ip_details: &pairs(&vectors.details[*details]),
            ..Request::default()
        };
        let got = super::result(expression, &request);
        if got != *expected {
            differing.push(format!("{expression}\nexpected: {expected}\ngot: {got}"));
        }
    }
    assert!(vectors.cases.len() > 1000);
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    map.iter().map(|(key, value)| (&**key, &**value)).collect()
}
