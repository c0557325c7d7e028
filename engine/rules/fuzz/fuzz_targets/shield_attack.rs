//! An attack that is certain, behind whatever comes before it in a query, cookies, a form, JSON, or a form in parts: Shield must see it,
//! because the application does.
#![no_main]

use arcjet_rules::{Request, RuleConfig, RuleSet, Shield};
use arcjet_rules_fuzz::{passes, rule};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;

const ATTACK: &str = "<script>alert(document.cookie)</script>";
const ENCODED: &[u8] = b"%3Cscript%3Ealert(document.cookie)%3C/script%3E";
const BOUNDARY: &[u8] = b"\r\n--arcjet";
/// How deep JSON may be nested for its strings to be told apart.
const MAX_DEPTH: usize = 60;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| rule(RuleConfig::Shield(Shield::default())));

fuzz_target!(|before: &[u8]| {
    let query = [before, b"&q=", ENCODED].concat();
    assert_seen(&Request {
        query: &query,
        ..Request::default()
    });

    let cookies = [b"a=", before, b"; q=", ATTACK.as_bytes()].concat();
    let headers = [(&b"cookie"[..], &cookies[..])];
    assert_seen(&Request {
        headers: &headers,
        ..Request::default()
    });

    let form = [b"a=", before, b"&q=", ENCODED].concat();
    assert_seen_in(b"application/x-www-form-urlencoded", &form);

    if let Ok(mut json) = serde_json::from_slice::<Value>(before)
        && let Some(last) = last_string(&mut json, MAX_DEPTH)
    {
        ATTACK.clone_into(last);
        assert_seen_in(b"application/json", json.to_string().as_bytes());
    }

    // What holds the boundary says itself where parts begin.
    if !before.windows(BOUNDARY.len()).any(|window| window == BOUNDARY) {
        let head: &[u8] = b"\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
        let parts = [
            &BOUNDARY[2..],
            head,
            before,
            BOUNDARY,
            head,
            ATTACK.as_bytes(),
            BOUNDARY,
            b"--\r\n",
        ]
        .concat();
        assert_seen_in(b"multipart/form-data; boundary=arcjet", &parts);
    }
});

/// The string that is last in the text of a value.
fn last_string(json: &mut Value, depth: usize) -> Option<&mut String> {
    let depth = depth.checked_sub(1)?;
    match json {
        Value::String(text) => Some(text),
        Value::Array(values) => values
            .iter_mut()
            .rev()
            .find_map(|value| last_string(value, depth)),
        Value::Object(values) => values
            .values_mut()
            .rev()
            .find_map(|value| last_string(value, depth)),
        _ => None,
    }
}

fn assert_seen_in(content_type: &[u8], body: &[u8]) {
    // What a client says about its body without need changes nothing.
    for encoding in [&b"identity"[..], b"x"] {
        let headers = [
            (&b"content-type"[..], content_type),
            (b"content-encoding", encoding),
        ];
        assert_seen(&Request {
            method: b"POST",
            path: b"/",
            headers: &headers,
            body,
            ..Request::default()
        });
    }
}

fn assert_seen(request: &Request<'_>) {
    let outcomes = RULES.judge(request);
    assert!(
        !passes(&outcomes[0]),
        "{:?} of {}",
        outcomes[0],
        request.body.escape_ascii()
    );
}
