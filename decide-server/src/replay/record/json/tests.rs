use super::super::{Context, Format, Record};
use super::*;

fn parts(json: &str) -> Parts {
    read(json).unwrap()
}

fn headers(json: &str) -> Vec<(String, String)> {
    let parts = parts(&format!(r#"{{"headers":{json}}}"#));
    let text = |value: Vec<u8>| String::from_utf8(value).unwrap();
    parts
        .headers
        .into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect()
}

fn problem(json: &str) -> String {
    match read(json) {
        Err(Unread::Bad(problem)) => problem,
        other => panic!("{json}: {other:?}"),
    }
}

#[test]
fn a_record_with_everything() {
    let parts = parts(
        r#"{"id":"a\"1","method":"POST","uri":"/a b?x=ä","headers":{"Host":"example.com","X":["1",2]},
            "body":"k=v","ip":"192.0.2.1","time":"2025-10-10T20:55:36Z","email":"a@example.com","message":"hi",
            "sensitive_text":"text","requested":3,"characteristics":{"userId":42},"local":{"plan":"free"},"other":[{}]}"#,
    );
    let expected = Parts {
        id: Some(r#""a\"1""#.to_owned()),
        method: "POST".to_owned(),
        target: Target {
            host: None,
            path: "/a b".to_owned(),
            query: "x=ä".to_owned(),
        },
        headers: vec![
            ("Host".to_owned(), b"example.com".to_vec()),
            ("X".to_owned(), b"1".to_vec()),
            ("X".to_owned(), b"2".to_vec()),
        ],
        body: b"k=v".to_vec(),
        ip: Some("192.0.2.1".to_owned()),
        time: time::of_number(1_760_129_736.0),
        email: Some("a@example.com".to_owned()),
        message: Some("hi".to_owned()),
        sensitive_text: Some("text".to_owned()),
        requested: Some(3),
        characteristics: vec![("userId".to_owned(), "42".to_owned())],
        local: vec![("plan".to_owned(), "free".to_owned())],
        ..Parts::default()
    };
    assert_eq!(parts, expected);
}

#[test]
fn an_empty_record_is_a_request_for_the_root() {
    let record = parts("{}");
    assert_eq!(
        (record.method.as_str(), record.target.path.as_str(), record.id),
        ("GET", "/", None)
    );
    let nulls = parts(
        r#"{"id":null,"method":null,"uri":null,"headers":null,"body":null,"ip":null,"time":null,"raw_b64":null}"#,
    );
    assert_eq!(nulls, parts("{}"));
}

#[test]
fn headers_in_all_their_forms() {
    let expected =
        [("A", "1"), ("B", "2"), ("B", "3")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    for json in [
        r#"{"A":"1","B":["2","3"]}"#,
        r#"{"A":1,"B":"2","B":"3","C":null}"#,
        r#"[["A","1"],["B","2"],["B",3]]"#,
        r#"[{"name":"A","value":"1"},{"value":"2","name":"B"},{"key":"B","value":"3"}]"#,
        r#"["A: 1","B:2","B: 3"]"#,
        r#""A: 1\r\nB: 2\r\nB: 3\r\n""#,
    ] {
        assert_eq!(headers(json), expected, "{json}");
    }
    for json in ["5", r#"[["A"]]"#, r#"{"A":{}}"#, r#"[{"value":"1"}]"#] {
        assert!(
            problem(&format!(r#"{{"headers":{json}}}"#)).starts_with("headers: "),
            "{json}"
        );
    }
}

#[test]
fn bodies_in_all_their_forms() {
    for (json, expected) in [
        (r#"{"body":"a\u0000b"}"#, &b"a\0b"[..]),
        (r#"{"body":{"a": [1]}}"#, br#"{"a": [1]}"#),
        (r#"{"body":"ignored","body_b64":"/wA="}"#, b"\xff\0"),
        (r#"{"body_b64":"_wA"}"#, b"\xff\0"),
        (r#"{"body_b64":"/w\r\nA="}"#, b"\xff\0"),
        (r#"{"body":12}"#, b"12"),
    ] {
        assert_eq!(parts(json).body, expected, "{json}");
    }
    assert_eq!(problem(r#"{"body_b64":"ä"}"#), "body_b64: not base64");
}

#[test]
fn targets_by_other_names() {
    assert_eq!(
        parts(r#"{"url":"https://example.com/a?b"}"#).target,
        Target::of("https://example.com/a?b")
    );
    assert_eq!(
        parts(r#"{"uri":"/u","url":"/v","path":"/etc"}"#).target,
        Target::of("/u")
    );
    assert_eq!(
        parts(r#"{"path":"/a","query":"?b=c"}"#).target,
        Target::of("/a?b=c")
    );
    assert_eq!(
        parts(r#"{"uri":"/a","query":{"odd":1}}"#).target,
        Target::of("/a")
    );
}

#[test]
fn user_agents_alone_are_records() {
    let agent = |json: &str| parts(json).header("User-Agent").map(<[u8]>::to_vec);
    assert_eq!(agent(r#"{"ua":"curl/8"}"#), Some(b"curl/8".to_vec()));
    assert_eq!(
        agent(r#"{"user_agent":"curl/8","headers":{"user-agent":"wget"}}"#),
        Some(b"wget".to_vec())
    );
}

#[test]
fn raw_requests_are_skipped() {
    for json in [
        r#"{"method":"RAW","uri":""}"#,
        r#"{"method":"GET","raw_b64":"R0VU"}"#,
    ] {
        assert!(matches!(read(json), Err(Unread::Skipped(_))), "{json}");
    }
}

#[test]
fn what_is_no_record_says_why() {
    for (json, expected) in [
        ("[]", "not a record: "),
        ("{\"id\":", "not a record: "),
        ("{} {}", "not a record: "),
        (r#"{"uri":["/"]}"#, "uri: a list instead of text"),
        (r#"{"time":"noon"}"#, "time: neither RFC 3339"),
        (r#"{"requested":-1}"#, "requested: not a whole number"),
        (r#"{"characteristics":[]}"#, "characteristics: not an object"),
    ] {
        assert!(problem(json).starts_with(expected), "{json}: {}", problem(json));
    }
}

#[test]
fn hosts_addresses_and_windows_of_bodies() {
    let context = Context {
        body_window: 2,
        client_ip: Some([192, 0, 2, 9].into()),
    };
    let record = |json: &str| {
        Record::read(Format::Jsonl, json.as_bytes(), context)
            .unwrap()
            .unwrap()
    };
    let request = record(
        r#"{"uri":"http://a.example/","headers":{"host":"b.example"},"host":"c.example","body":"abc"}"#,
    )
    .request;
    assert_eq!((request.host(), request.body()), ("a.example", &b"ab"[..]));
    assert_eq!(request.peer(), context.client_ip);
    assert_eq!(
        record(r#"{"headers":{"host":"b.example"},"host":"c.example"}"#)
            .request
            .host(),
        "b.example"
    );
    assert_eq!(record(r#"{"host":"c.example"}"#).request.host(), "c.example");
    let named = record(r#"{"ip":"gateway"}"#);
    assert_eq!(
        (named.request.ip(), named.request.peer(), named.ip.as_deref()),
        (Some("gateway"), None, Some("gateway"))
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced() {
    let record = Record::read(Format::Jsonl, b"{\"uri\":\"/\xff\"}", Context::default())
        .unwrap()
        .unwrap();
    assert_eq!(record.request.path(), "/\u{fffd}");
}
