//! What holds for every expression.

use super::result;
use arcjet_rules::Request;
use proptest::prelude::*;

/// An expression of the tests, with its own way of coming to a verdict: by the definitions, on strings.
#[derive(Clone, Debug)]
enum Model {
    Flag(&'static str),
    Compare(Text, &'static str, String),
    In(Text, Vec<String>),
    Length(Text, &'static str, usize),
    Not(Box<Self>),
    Combine(&'static str, Box<Self>, Box<Self>),
}

#[derive(Clone, Debug)]
struct Text {
    field: &'static str,
    function: Option<&'static str>,
}

const FLAGS: [(&str, Option<&str>); 4] = [
    ("ip.src.vpn", Some("true")),
    ("ip.src.tor", Some("false")),
    ("ip.src.relay", None),
    ("ip.src.proxy", None),
];
/// Fields and what the request of the tests has there.
const TEXTS: [(&str, Option<&str>); 9] = [
    ("http.host", Some("b.Ab")),
    ("http.request.method", Some("a")),
    ("http.request.uri.path", Some("")),
    (r#"http.request.headers["h"]"#, Some("aB")),
    (r#"http.request.headers["i"]"#, None),
    (r#"http.request.cookie["c"]"#, Some("b")),
    (r#"http.request.uri.args["q"]"#, Some("a b")),
    (r#"local["l"]"#, None),
    ("ip.src.city", Some("ab")),
];

fn request_result(expression: &str) -> String {
    let headers: [(&[u8], &[u8]); 2] = [(b"H", b"aB"), (b"cookie", b"c=b")];
    let known = |(name, value): &(&'static str, Option<&'static str>)| Some((*name, (*value)?));
    let mut details: Vec<_> = FLAGS.iter().filter_map(known).collect();
    details.push(("ip.src.city", "ab"));
    let request = Request {
        host: b"b.Ab",
        method: b"a",
        query: b"q=a+b",
        headers: &headers,
        ip_details: &details,
        ..Request::default()
    };
    result(expression, &request)
}

impl Text {
    fn value(&self) -> Option<String> {
        let (_, value) = TEXTS.iter().find(|(field, _)| *field == self.field).unwrap();
        let value = (*value)?;
        Some(match self.function {
            Some("lower") => value.to_lowercase(),
            Some(_) => value.to_uppercase(),
            None => value.to_owned(),
        })
    }

    fn print(&self) -> String {
        match self.function {
            Some(function) => format!("{function}({})", self.field),
            None => self.field.to_owned(),
        }
    }
}

impl Model {
    fn verdict(&self) -> Option<bool> {
        match self {
            Self::Flag(name) => {
                let (_, value) = FLAGS.iter().find(|(own, _)| own == name).unwrap();
                value.map(|value| value == "true")
            }
            Self::Compare(text, operator, other) => {
                let text = text.value()?;
                Some(match *operator {
                    "eq" => text == *other,
                    "!=" => text != *other,
                    "lt" => text < *other,
                    ">=" => text >= *other,
                    "contains" => text.contains(other.as_str()),
                    _ => panic!("{operator}"),
                })
            }
            Self::In(text, set) => Some(set.contains(&text.value()?)),
            Self::Length(text, operator, other) => {
                let length = text.value().map_or(0, |text| text.len());
                Some(match *operator {
                    "==" => length == *other,
                    "gt" => length > *other,
                    "&" => length & other != 0,
                    _ => panic!("{operator}"),
                })
            }
            Self::Not(inner) => inner.verdict().map(|truth| !truth),
            Self::Combine(operator, left, right) => match (*operator, left.verdict(), right.verdict()) {
                ("and", Some(false), _) | ("and", _, Some(false)) => Some(false),
                ("or", Some(true), _) | ("or", _, Some(true)) => Some(true),
                (_, None, _) | (_, _, None) => None,
                ("and", Some(left), Some(right)) => Some(left && right),
                ("or", Some(left), Some(right)) => Some(left || right),
                (_, Some(left), Some(right)) => Some(left ^ right),
            },
        }
    }

    fn binding(&self) -> u8 {
        match self {
            Self::Combine("or", ..) => 0,
            Self::Combine("xor", ..) => 1,
            Self::Combine(..) => 2,
            _ => 3,
        }
    }

    /// With parentheses only where they are needed.
    fn print(&self) -> String {
        let inside = |inner: &Self, binding: u8| {
            if inner.binding() < binding {
                format!("({})", inner.print())
            } else {
                inner.print()
            }
        };
        match self {
            Self::Flag(name) => (*name).to_owned(),
            Self::Compare(text, operator, other) => format!("{} {operator} {other:?}", text.print()),
            Self::In(text, set) => {
                let set: Vec<_> = set.iter().map(|entry| format!("{entry:?}")).collect();
                format!("{} in {{{}}}", text.print(), set.join(" "))
            }
            Self::Length(text, operator, other) => format!("len({}) {operator} {other}", text.print()),
            Self::Not(inner) => format!("not {}", inside(inner, 3)),
            Self::Combine(operator, left, right) => {
                let binding = self.binding();
                format!(
                    "{} {operator} {}",
                    inside(left, binding),
                    inside(right, binding + 1)
                )
            }
        }
    }
}

fn text() -> impl Strategy<Value = Text> {
    let function = prop::option::weighted(0.3, prop::sample::select(vec!["lower", "upper"]));
    (0..TEXTS.len(), function).prop_map(|(place, function)| Text {
        field: TEXTS[place].0,
        function,
    })
}

fn model() -> impl Strategy<Value = Model> {
    let operators = || prop::sample::select(vec!["eq", "!=", "lt", ">=", "contains"]);
    let literal = || "[abAB. ]{0,4}";
    let numbers = prop::sample::select(vec!["==", "gt", "&"]);
    let leaf = prop_oneof![
        (0..FLAGS.len()).prop_map(|place| Model::Flag(FLAGS[place].0)),
        (text(), operators(), literal()).prop_map(|(text, op, other)| Model::Compare(text, op, other)),
        (text(), prop::collection::vec(literal(), 0..3)).prop_map(|(text, set)| Model::In(text, set)),
        (text(), numbers, 0usize..5).prop_map(|(text, op, other)| Model::Length(text, op, other)),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let combinations = prop::sample::select(vec!["or", "xor", "and"]);
        prop_oneof![
            inner.clone().prop_map(|inner| Model::Not(inner.into())),
            (combinations, inner.clone(), inner).prop_map(|(operator, left, right)| Model::Combine(
                operator,
                left.into(),
                right.into()
            )),
        ]
    })
}

/// Parts of expressions in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "http.host",
        "http.request.headers",
        "[\"",
        "\"]",
        "ip.src",
        "ip.src.vpn",
        "len(",
        "lower(",
        "(",
        ")",
        "{",
        "}",
        "not ",
        "!",
        " or ",
        " xor ",
        " and ",
        " in ",
        "eq",
        "==",
        "~",
        " matches ",
        "wildcard ",
        "strict wildcard",
        "contains",
        "\"",
        "\\",
        "r#\"",
        "\"#",
        "#",
        "*",
        "10.0.0.0/8",
        "::1",
        "..",
        "41:42",
        "0x1f",
        "&",
        "$",
        " ",
        "\n",
        "é",
        "a",
        "(?i)",
        "\u{1f980}",
        "[",
        "]",
        ",",
        "-",
        "1",
        "/",
        "%",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Parses and judges; a message of an error has its mark inside its line.
fn check(expression: &str) -> Result<(), TestCaseError> {
    let got = request_result(expression);
    if !matches!(
        got.as_str(),
        "T" | "F" | "U" | "only 1024 bytes may be passed in expression"
    ) {
        let place = got.strip_prefix("Filter parsing error (").unwrap();
        let (line, rest) = place.split_once(':').unwrap();
        let (column, rest) = rest.split_once("):\n").unwrap();
        let (line, column): (usize, usize) = (line.parse().unwrap(), column.parse().unwrap());
        let shown = expression.split('\n').nth(line - 1).unwrap();
        prop_assert!(rest.starts_with(shown), "{got}");
        prop_assert!(column <= shown.len() + 1, "{got}");
        let mark = &rest[shown.len() + 1..];
        prop_assert!(mark.starts_with(&format!("{:1$}^", "", column - 1)), "{got}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn parsing_never_panics(expression in "\\PC{0,80}") {
        check(&expression)?;
    }

    #[test]
    fn parsing_pieces_never_panics(expression in pieces()) {
        check(&expression)?;
    }

    #[test]
    fn printed_expressions_come_to_what_they_mean(model in model()) {
        let expected = match model.verdict() {
            Some(true) => "T",
            Some(false) => "F",
            None => "U",
        };
        let expression = model.print();
        prop_assume!(expression.len() <= arcjet_rules::MAX_EXPRESSION_BYTES);
        prop_assert_eq!(request_result(&expression), expected, "{}", expression);
    }

    #[test]
    fn any_query_and_cookies_can_be_read(query in prop::collection::vec(any::<u8>(), 0..60), cookie in prop::collection::vec(any::<u8>(), 0..60)) {
        let headers: [(&[u8], &[u8]); 2] = [(b"cookie", &cookie), (b"cookie", &cookie)];
        let request = Request { query: &query, headers: &headers, ..Request::default() };
        for expression in [r#"lower(http.request.uri.args["a"]) ~ "b""#, r#"upper(http.request.cookie["a"]) ~ "b""#] {
            let got = result(expression, &request);
            prop_assert!(matches!(got.as_str(), "T" | "F" | "U"), "{got}");
        }
    }
}
