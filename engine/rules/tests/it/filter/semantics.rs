//! What filters mean, and where they differ from Arcjet's on purpose.

use super::{ALLOW, DENY, judge, result, set};
use arcjet_rules::{Conclusion, MAX_EXPRESSION_BYTES, Needs, Request};

const GET: &str = r#"http.request.method eq "GET""#;
const POST: &str = r#"http.request.method eq "POST""#;
const VPN: &str = "ip.src.vpn";

fn get() -> Request<'static> {
    Request {
        method: b"GET",
        ..Request::default()
    }
}

#[test]
fn lists_decide() {
    use Conclusion::{Allow, Deny};
    for (kind, expressions, conclusion, matched, undetermined) in [
        (ALLOW, &[GET][..], Allow, &[0][..], &[][..]),
        (ALLOW, &[POST], Deny, &[], &[]),
        (ALLOW, &[VPN], Allow, &[], &[0]),
        (ALLOW, &[POST, VPN], Allow, &[], &[1]),
        (ALLOW, &[GET, VPN, POST, GET], Allow, &[0, 3], &[1]),
        (DENY, &[GET], Deny, &[0], &[]),
        (DENY, &[POST], Allow, &[], &[]),
        (DENY, &[VPN], Allow, &[], &[0]),
        (DENY, &[VPN, POST, GET], Deny, &[2], &[0]),
    ] {
        let rules = set(kind, expressions).unwrap();
        assert_eq!(
            judge(&rules, &get()),
            (conclusion, matched.to_vec(), undetermined.to_vec()),
            "{expressions:?}"
        );
    }
}

#[test]
fn lists_and_expressions_have_limits() {
    let error = set(ALLOW, &[]).unwrap_err();
    assert_eq!(
        (error.field.as_str(), error.accepted.as_str()),
        ("allow", "1 to 10 expressions")
    );
    assert!(set(DENY, &[GET; 10]).is_ok());
    let error = set(DENY, &[GET; 11]).unwrap_err();
    assert_eq!(
        (error.field.as_str(), error.message.as_str()),
        ("deny", "only 10 expressions may be passed")
    );

    let of_length = |length: usize| format!("http.host eq \"{}\"", "a".repeat(length - 15));
    assert!(set(DENY, &[&of_length(MAX_EXPRESSION_BYTES)]).is_ok());
    let error = set(DENY, &[GET, &of_length(MAX_EXPRESSION_BYTES + 1)]).unwrap_err();
    assert_eq!(error.field, "deny[1]");
    assert_eq!(error.message, "only 1024 bytes may be passed in expression");
}

#[test]
fn errors_say_where_and_what_instead() {
    let error = set(ALLOW, &[GET, "http.blob ~ \"x\""]).unwrap_err();
    assert_eq!(error.field, "allow[1]");
    assert_eq!(
        error.message,
        "Filter parsing error (1:1):\nhttp.blob ~ \"x\"\n^^^^^^^^^ unknown identifier\n"
    );
    assert!(error.accepted.contains("ip.src.timezone.name") && error.accepted.contains("lower"));
    let error = set(ALLOW, &["http.host = \"x\""]).unwrap_err();
    assert!(error.accepted.contains("strict wildcard"));
}

#[test]
fn needs_are_what_is_read() {
    let needs = |expression: &str| set(DENY, &[expression]).unwrap().needs();
    assert_eq!(needs(GET), Needs::default());
    assert_eq!(needs(r#"http.request.uri.args["q"] eq "a""#), Needs::default());
    let mut expected = Needs::default();
    expected.headers = vec!["user-agent".to_owned(), "cookie".to_owned()];
    let headers = r#"http.request.headers["User-Agent"] ~ "a" or len(http.request.cookie["a"]) eq 0
        or lower(http.request.headers["user-agent"]) ~ "b""#;
    assert_eq!(needs(headers), expected);
    let mut expected = Needs::default();
    expected.ip = true;
    assert_eq!(needs("not (ip.src in {10.0.0.0/8} xor ip.src eq ::1)"), expected);
    let mut expected = Needs::default();
    expected.ip_details = true;
    assert_eq!(needs("ip.src.tor"), expected);
    assert_eq!(needs(r#"len(ip.src.country) eq 2"#), expected);
    let mut expected = Needs::default();
    expected.local = true;
    assert_eq!(needs(r#"local["a"] eq "b""#), expected);
}

/// The differences that the documentation lists.
#[test]
fn differences_from_arcjet() {
    let headers: [(&[u8], &[u8]); 4] = [
        (b"X-Id", b"1"),
        (b"x-raw", b"\xff"),
        (b"cookie", b"a=1"),
        (b"Cookie", b"b=2"),
    ];
    let request = Request {
        headers: &headers,
        ..Request::default()
    };
    // Names of headers in any case.
    assert_eq!(result(r#"http.request.headers["X-ID"] eq "1""#, &request), "T");
    // Bytes that are no UTF-8 reach the expression.
    assert_eq!(result(r#"http.request.headers["x-raw"] eq ff:ff"#, &request), "F");
    assert_eq!(
        result(r#"http.request.headers["x-raw"] eq "\xff""#, &request),
        "T"
    );
    // The cookie header is a header too, and there may be several.
    assert_eq!(
        result(r#"http.request.headers["cookie"] eq "a=1, b=2""#, &request),
        "T"
    );
    assert_eq!(result(r#"http.request.cookie["b"] eq "2""#, &request), "T");
    // The type of a map has the name that it has elsewhere in messages.
    assert!(result(r#"local eq "a""#, &request).ends_with("on type Map<Bytes>\n"));
    // Mapping over all entries is refused where it stands.
    assert_eq!(
        result(r#"local[*] eq "a""#, &request),
        "Filter parsing error (1:6):\nlocal[*] eq \"a\"\n     ^^^ invalid use of map each access operator\n"
    );
    // A fault in a raw pattern is shown where the pattern is.
    assert!(result(r##"http.host ~ r#"("# or ip.src.vpn"##, &request).starts_with(
        "Filter parsing error (1:16):\nhttp.host ~ r#\"(\"# or ip.src.vpn\n               ^ regex parse error:"
    ));
}

#[test]
fn patterns_have_limits() {
    let faulty = |pattern: &str, what: &str| {
        let message = result(&format!("http.host ~ \"{pattern}\""), &get());
        assert!(message.contains(what), "{pattern}: {message}");
    };
    faulty(
        "(a{1000}){1000}",
        "Compiled regex exceeds size limit of 1048576 bytes.",
    );
    faulty(
        "(?u)\\w{500}",
        "Compiled regex exceeds size limit of 1048576 bytes.",
    );
    let groups = |depth: usize| format!("{}a?{}", "(".repeat(depth), ")".repeat(depth));
    faulty(&groups(65), "nested parentheses/brackets (64)");
    assert_eq!(result(&format!("http.host ~ \"{}\"", groups(60)), &get()), "T");
    // What takes more than a DFA may, but not too much, works without one.
    let name = r#"http.request.method ~ "(?u)^\w{3,16}$" and not http.host ~ "(?u)\w{3,16}""#;
    assert_eq!(result(name, &get()), "T");
    // Many small patterns fit, the last of them without a cache; many big ones don't.
    let small = ["http.host ~ \"a.b\""; 48].join(" or ");
    assert!(set(DENY, &[small.as_str(); 10]).is_ok());
    let big = ["http.host ~ \"(a.b){900}\""; 30].join(" or ");
    let error = set(DENY, &[big.as_str(); 10]).unwrap_err();
    assert!(
        error.message.contains("Compiled regex exceeds size limit"),
        "{}",
        error.message
    );
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize, open: &str, inner: &str, close: &str| {
        result(
            &format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)),
            &get(),
        )
    };
    let too_deep = "maximum nesting depth exceeded (limit: 64)";
    assert_eq!(nested(64, "(", VPN, ")"), "U");
    assert!(nested(65, "(", VPN, ")").contains(too_deep));
    assert_eq!(nested(64, "!(", VPN, ")"), "U");
    // What is not nested may be long.
    assert_eq!(nested(1000, "!", VPN, ""), "U");
    assert_eq!(result(&format!("{} eq \"GET\"", nest("lower(", 64)), &get()), "F");
    assert!(result(&format!("{} eq \"GET\"", nest("upper(", 65)), &get()).contains(too_deep));
}

fn nest(function: &str, depth: usize) -> String {
    format!(
        "{}http.request.method{}",
        function.repeat(depth),
        ")".repeat(depth)
    )
}
