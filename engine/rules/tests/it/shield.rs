//! What Shield finds in which part of a request, and what it leaves alone.

use arcjet_rules::{
    Category, Conclusion, Mode, Needs, Part, Reason, Request, Rule, RuleConfig, RuleSet, Shield, ShieldReason,
};
use proptest::prelude::*;

fn set(shield: Shield) -> RuleSet {
    RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::Shield(shield),
    }])
    .unwrap()
}

fn judge(rules: &RuleSet, request: &Request<'_>) -> ShieldReason {
    let outcomes = rules.judge(request);
    let [outcome] = outcomes.as_slice() else {
        panic!("{} outcomes", outcomes.len())
    };
    let Reason::Shield(reason) = &outcome.reason else {
        panic!("{outcome:?}")
    };
    assert_eq!(outcome.conclusion == Conclusion::Deny, reason.triggered);
    reason.clone()
}

/// Part and parameter of the first detection, if the request is denied.
fn found(rules: &RuleSet, request: &Request<'_>) -> Option<(Part, String)> {
    let reason = judge(rules, request);
    reason
        .triggered
        .then(|| (reason.detections[0].part, reason.detections[0].parameter.clone()))
}

fn body<'a>(headers: &'a [(&'a [u8], &'a [u8])], body: &'a [u8]) -> Request<'a> {
    Request {
        method: b"POST",
        path: b"/",
        headers,
        body,
        ..Request::default()
    }
}

#[test]
fn attacks_are_found_where_they_are() {
    let rules = set(Shield::default());
    let xss = "<script>alert(1)</script>";
    let path = Request {
        path: b"/a/../../../etc/passwd",
        ..Request::default()
    };
    assert_eq!(found(&rules, &path), Some((Part::Path, String::new())));
    for query in [
        "q=%3Cscript%3Ealert(1)%3C/script%3E",
        "q=%253Cscript%253Ealert(1)%253C/script%253E",
        "q=%u003cscript%u003ealert(1)%u003c/script%u003e",
        "q=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "a=1&q={%22x%22:%22<script>alert(1)</script>%22}&b=2",
        "q=https://example.com/?x=<script>alert(1)</script>",
    ] {
        let request = Request {
            path: b"/",
            query: query.as_bytes(),
            ..Request::default()
        };
        let (part, name) = found(&rules, &request).expect(query);
        assert_eq!(part, Part::Query, "{query}");
        assert!(name == "q" || name == "q.x", "{query} {name}");
    }
    let cookie = format!("a=b; theme=\"{xss}\"");
    for (name, value, part, parameter) in [
        ("Cookie", cookie.as_str(), Part::Cookie, "theme"),
        ("X-Search", "1' OR '1'='1", Part::Header, "x-search"),
        (
            "Referer",
            "https://example.com/<script>alert(1)</script>/../../../../etc/passwd",
            Part::Header,
            "referer",
        ),
    ] {
        let headers: [(&[u8], &[u8]); 1] = [(name.as_bytes(), value.as_bytes())];
        let request = Request {
            path: b"/",
            headers: &headers,
            ..Request::default()
        };
        assert_eq!(
            found(&rules, &request),
            Some((part, parameter.to_owned())),
            "{name}"
        );
    }
}

#[test]
fn bodies_are_taken_to_pieces_whatever_they_say_they_are() {
    let rules = set(Shield::default());
    let parts = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\ncontent-disposition: form-data; \
                 name=\"bio\"\r\n\r\n1' or '1'='1\r\n--b--\r\n";
    let file = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../../../etc/passwd\"\r\n\r\nx\r\n--b--\r\n";
    for (content_type, text, parameter) in [
        (
            "application/x-www-form-urlencoded",
            "a=1&bio=1'+or+'1'%3D'1",
            "bio",
        ),
        ("", "a=1&bio=1'+or+'1'%3D'1", "bio"),
        ("multipart/form-data; boundary=b", parts, "bio"),
        ("multipart/form-data; boundary=\"b\"", file, "f"),
        ("application/json", r#"{"a": [1, {"b": "1' or '1'='1"}]}"#, "a.b"),
        ("text/plain", r#"{"a": "1\u0027 or \u00271\u0027=\u00271"}"#, "a"),
        (
            "application/json",
            r#"[{"c": 1, "d": "x"}, {"bio": "1' or '1'='1"#,
            "bio",
        ),
        (
            "application/xml",
            "<a><b c='x'>1&apos; or &apos;1&apos;=&apos;1</b></a>",
            "b",
        ),
        ("text/xml", "<a b=\"1' or '1'='1\"/>", "b"),
        ("application/xml", "<a><![CDATA[1' or '1'='1]]></a>", "a"),
        (
            "application/xml",
            "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>",
            "",
        ),
        (
            "application/graphql",
            "query { user(name: \"1' or '1'='1\") { id } }",
            "",
        ),
        ("text/plain", "1' or '1'='1", ""),
    ] {
        let headers: [(&[u8], &[u8]); 1] = [(b"content-type", content_type.as_bytes())];
        let found = found(&rules, &body(&headers, text.as_bytes()));
        assert_eq!(
            found,
            Some((Part::Body, parameter.to_owned())),
            "{content_type} {text}"
        );
    }
}

#[test]
fn ordinary_requests_pass() {
    let rules = set(Shield::default());
    let headers: [(&[u8], &[u8]); 8] = [
        (b"host", b"example.com"),
        (
            b"user-agent",
            b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        ),
        (
            b"accept",
            b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ),
        (b"sec-ch-ua", b"\"Not/A)Brand\";v=\"8\", \"Chromium\";v=\"138\""),
        (b"if-none-match", b"W/\"5f-19\""),
        (
            b"referer",
            b"https://example.com/search?q=it%27s+a+dog%27s+life&page=2",
        ),
        (b"cookie", b"session=s%3Aabc.def; prefs={%22dark%22:true}"),
        (b"content-type", b"application/json"),
    ];
    for text in [
        "{\"title\": \"Drop me a line\", \"body\": \"Select one from the union, it's 5 > 4 and that's that -- really\"}",
        "{\"body\": \"two\\nlines; with semicolons & ampersands, 100% of them (and <3)\"}",
        "{\"body\": \"O'Reilly or O'Neill?\"}",
    ] {
        let request = Request {
            method: b"POST",
            path: b"/blog/2026/11/a-title_with.dots",
            query: b"utm_source=mail&tags[]=a&tags[]=b&next=%2Fhome%3Fa%3Db",
            headers: &headers,
            body: text.as_bytes(),
            ..Request::default()
        };
        let reason = judge(&rules, &request);
        assert!(!reason.triggered, "{text} {reason:?}");
    }
    // A binary body is no text.
    let image: Vec<u8> = (0..=255)
        .cycle()
        .take(4096)
        .chain(*b"<script>alert(1)</script>")
        .collect();
    let headers: [(&[u8], &[u8]); 1] = [(b"content-type", b"image/png")];
    assert_eq!(judge(&rules, &body(&headers, &image)).score, 0);
}

#[test]
fn what_is_excluded_or_off_is_not_looked_at() {
    let attack = |path: &'static [u8], query: &'static [u8]| Request {
        path,
        query,
        ..Request::default()
    };
    let query = b"html=%3Cscript%3Ealert(1)%3C/script%3E";
    let with = |change: fn(&mut Shield)| {
        let mut shield = Shield::default();
        change(&mut shield);
        set(shield)
    };
    assert!(judge(&with(|_| ()), &attack(b"/", query)).triggered);
    let rules = with(|shield| shield.excluded_parameters.push("ht*".into()));
    assert!(!judge(&rules, &attack(b"/", query)).triggered);
    assert!(judge(&rules, &attack(b"/", b"x=%3Cscript%3Ealert(1)%3C/script%3E")).triggered);
    let rules = with(|shield| shield.excluded_paths.push("/admin/*".into()));
    assert!(!judge(&rules, &attack(b"/admin/page", query)).triggered);
    assert!(judge(&rules, &attack(b"/admin/../page", query)).triggered);
    let rules = with(|shield| shield.categories = vec![Category::Sqli]);
    assert!(!judge(&rules, &attack(b"/", query)).triggered);
    let rules = with(|shield| shield.threshold = 1000);
    assert!(judge(&rules, &attack(b"/", query)).score >= 5);
    let rules = with(|shield| shield.body_limit = 0);
    assert!(!judge(&rules, &body(&[], b"a=%3Cscript%3Ealert(1)%3C/script%3E")).triggered);
}

#[test]
fn policy_is_off_unless_asked_for() {
    let request = Request {
        method: b"PROPFIND",
        path: b"/",
        ..Request::default()
    };
    assert_eq!(judge(&set(Shield::default()), &request).score, 0);
    let mut shield = Shield::default();
    shield.categories.push(Category::Policy);
    let reason = judge(&set(shield), &request);
    assert_eq!(
        (reason.triggered, reason.detections[0].part),
        (true, Part::Method)
    );
}

#[test]
fn long_values_are_looked_at_from_both_ends() {
    let rules = set(Shield::default());
    let filler = "lorem ipsum ".repeat(2000);
    for (text, expected) in [
        (format!("<script>alert(1)</script>{filler}"), true),
        (format!("{filler}<script>alert(1)</script>"), true),
        (filler, false),
    ] {
        let text = format!("{{\"text\": \"{text}\"}}");
        assert_eq!(judge(&rules, &body(&[], text.as_bytes())).triggered, expected);
    }
}

#[test]
fn wrong_configurations_name_the_field() {
    let error = |change: fn(&mut Shield)| {
        let mut shield = Shield::default();
        change(&mut shield);
        let rule = Rule {
            mode: Mode::Live,
            config: RuleConfig::Shield(shield),
        };
        RuleSet::new(&[rule]).unwrap_err().field
    };
    assert_eq!(error(|shield| shield.threshold = 0), "threshold");
    assert_eq!(error(|shield| shield.categories.clear()), "categories");
    assert_eq!(error(|shield| shield.body_limit = usize::MAX), "body_limit");
    assert_eq!(
        error(|shield| shield.excluded_parameters = vec!["a".into(), "*".into()]),
        "excluded_parameters[1]"
    );
    assert_eq!(
        error(|shield| shield.excluded_paths = vec!["admin".into()]),
        "excluded_paths[0]"
    );
}

#[test]
fn needs_all_headers_and_the_body_as_far_as_it_is_read() {
    let mut needs = Needs::default();
    needs.all_headers = true;
    needs.body = 64 * 1024;
    assert_eq!(set(Shield::default()).needs(), needs);
}

/// Pieces of what attacks and encodings are made of.
const PIECES: [&str; 40] = [
    "'",
    "\"",
    "<",
    ">",
    "script",
    "%",
    "%25",
    "27",
    "&lt;",
    "&#",
    "\\u00",
    "\\x",
    "../",
    "..\\",
    "/*",
    "*/",
    "--",
    "<!--",
    "${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "=",
    "&",
    ";",
    ":",
    ",",
    " or ",
    "select",
    "union",
    "http://",
    "PHNjcmlwdD4",
    "\r\n",
    "\0",
    "\u{ff1c}",
    "$ne",
    "a",
];

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => (0..PIECES.len()).prop_map(|place| PIECES[place].as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_request_panics_and_answers_are_bounded(
        path in pieces(), query in pieces(), cookie in pieces(), text in pieces(), kind in 0..6usize,
    ) {
        let content_type: &[u8] = [
            &b"application/json"[..], b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=a", b"text/xml",
            b"application/graphql", b"",
        ][kind];
        let headers: [(&[u8], &[u8]); 3] = [(b"content-type", content_type), (b"cookie", &cookie), (b"referer", &query)];
        let request = Request { method: b"POST", path: &path, query: &query, headers: &headers, body: &text, ..Request::default() };
        let reason = judge(&set(Shield::default()), &request);
        prop_assert!(reason.detections.len() <= ShieldReason::MAX_DETECTIONS);
        prop_assert!(reason.detections.iter().all(|found| found.parameter.len() <= 64 && (1..=5).contains(&found.score)));
        prop_assert!(reason.detections.is_sorted_by(|first, second| first.score >= second.score));
        prop_assert_eq!(reason.score == 0, reason.detections.is_empty());
    }

    #[test]
    fn numbers_and_plain_words_are_never_suspicious(words in proptest::collection::vec("[a-f]{1,8}|[0-9]{1,12}", 1..20)) {
        let query = words.iter().map(|word| format!("{word}={word}")).collect::<Vec<_>>().join("&");
        let request = Request { path: b"/", query: query.as_bytes(), ..Request::default() };
        prop_assert_eq!(judge(&set(Shield::default()), &request).score, 0);
    }
}
