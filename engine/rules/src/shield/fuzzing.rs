//! Shield's parsers, each by itself. There only with `--cfg fuzzing`.

use super::{
    charset,
    decode::{self, base64},
    finding::{Category, Finding, Place, ViewKind},
    html, ldap, nosql, signatures, sql, views,
};

/// All places: of each, the fuzz targets look at every value.
const PLACES: [Place; 13] = [
    Place::Method,
    Place::Path,
    Place::QueryName,
    Place::QueryValue,
    Place::HeaderName,
    Place::HeaderValue,
    Place::Cookie,
    Place::UserAgent,
    Place::Referer,
    Place::BodyName,
    Place::BodyValue,
    Place::Body,
    Place::FileName,
];
/// All kinds of views.
const VIEWS: [ViewKind; 4] = [
    ViewKind::Decoded,
    ViewKind::Shell,
    ViewKind::Compact,
    ViewKind::Path,
];

/// A value, decoded as far as it goes.
pub fn decode(value: &[u8], form: bool) -> Vec<u8> {
    let (mut out, mut spare) = (Vec::new(), Vec::new());
    let seen = decode::decode(value, charset::classes(value), form, &mut out, &mut spare);
    assert!(out.len() <= value.len(), "no step makes a value longer");
    assert_eq!(
        seen.classes,
        charset::classes(&out),
        "the classes are those of the result"
    );
    decode::css(value, &mut spare);
    assert!(spare.len() <= value.len(), "no step makes a value longer");
    decode::json(value, &mut spare);
    assert!(spare.len() <= value.len(), "no step makes a value longer");
    if base64::text(value, &mut spare) {
        assert!(spare.len() < value.len(), "base64 is longer than its text");
    }
    out
}

/// A decoded value, as SQL injection: the detector that matched.
pub fn sql(value: &[u8]) -> Option<&'static str> {
    sql::check_tokens(value);
    sql::detect(value, charset::classes(value), &mut Vec::new()).map(checked)
}

/// A decoded value, as markup and scripts: the detector that matched.
pub fn html(value: &[u8]) -> Option<&'static str> {
    html::detect(value, charset::classes(value)).map(checked)
}

/// A decoded value, as filters of directories and of document stores, read also as a parameter's name.
pub fn filters(value: &[u8]) -> [Option<&'static str>; 3] {
    [
        ldap::detect(value),
        nosql::detect(value, charset::classes(value)),
        nosql::detect_name(value),
    ]
    .map(|found| found.map(checked))
}

/// The views of a decoded value in lower case.
pub fn views(value: &[u8]) {
    let (mut out, mut second) = (Vec::new(), Vec::new());
    assert_eq!(views::shell(value, &mut out), out != value);
    assert!(out.len() <= value.len(), "no view is longer than the value");
    if let Some(first) = views::padding(&out, 0) {
        views::unpad(&mut out, first);
        assert!(
            out.len() <= value.len() && views::padding(&out, 0).is_none(),
            "one space is left"
        );
    }
    assert_eq!(views::compact(value, &mut out), out != value);
    assert!(out.len() <= value.len(), "no view is longer than the value");
    assert!(
        out.iter().all(|byte| *byte > b' '),
        "nothing is left to be taken out"
    );
    assert_eq!(views::path(value, &mut out), out != value);
    assert!(out.len() <= value.len(), "no view is longer than the value");
    if views::resolve(&out, &mut second) {
        assert!(second.len() <= out.len() + 1, "a resolved path isn't longer");
        assert!(
            views::find(&second, b"/../").is_none(),
            "nothing is left to be resolved"
        );
    }
}

/// The signatures that match a view in lower case, in all places and as all kinds of views, sorted.
pub fn signatures(view: &[u8]) -> Vec<&'static str> {
    let classes = charset::classes(view);
    let mut all = Vec::new();
    for place in PLACES {
        let mut at_once = Vec::new();
        signatures::scan(view, classes, ViewKind::ALL_MASK, place, &mut at_once);
        let at_once = sorted(at_once, true);
        let mut one_by_one = Vec::new();
        for kind in VIEWS {
            signatures::scan(view, classes, kind.mask(), place, &mut one_by_one);
        }
        assert_eq!(
            at_once,
            sorted(one_by_one, false),
            "what is found doesn't depend on how it is asked for"
        );
        all.extend(at_once);
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn sorted(hits: Vec<Finding>, distinct: bool) -> Vec<&'static str> {
    let mut names: Vec<_> = hits.into_iter().map(checked).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert!(!distinct || names.len() == count, "a signature matches once");
    names
}

/// The detector's name, after checking that the finding is one that can be reported.
fn checked(finding: Finding) -> &'static str {
    assert!((1..=5).contains(&finding.score), "{finding:?}");
    let (category, _) = finding.detector.split_once('.').unwrap_or_default();
    assert_eq!(
        Category::from_name(category),
        Some(finding.category),
        "{finding:?}"
    );
    finding.detector
}
