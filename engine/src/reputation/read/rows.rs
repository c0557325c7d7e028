//! Lists of one network a line, and tables in CSV or TSV.

use std::borrow::Cow;

use super::Collected;
use super::record::{self, Columns};

/// Reads lines. A line that can't be read costs only itself.
pub(super) fn read(content: &[u8], collected: &mut Collected) {
    let mut columns: Option<Columns> = None;
    let mut is_first = true;
    for (line, bytes) in (1..).zip(content.split(|byte| *byte == b'\n')) {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        let fields = split(text);
        let borrowed: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
        let read = match &columns {
            Some(columns) => columns.read(collected.kind, &borrowed),
            None => record::read(collected.kind, &borrowed),
        };
        match read {
            Ok(record) => collected.add(&record),
            Err(problem) => {
                let header = is_first
                    .then(|| Columns::from_header(collected.kind, &borrowed))
                    .flatten();
                match header.unwrap_or(Err(problem)) {
                    Ok(header) => columns = Some(header),
                    Err(problem) => collected.rejects.push(Some(line), problem),
                }
            }
        }
        is_first = false;
    }
}

/// Splits a line at tabs, at commas or, where there is neither, at spaces.
fn split(line: &str) -> Vec<Cow<'_, str>> {
    if line.contains('\t') {
        line.split('\t').map(Cow::Borrowed).collect()
    } else if line.contains(',') {
        split_csv(line)
    } else {
        // Lists of one network a line have comments behind it, as `192.0.2.0/24 ; SBL1`.
        let line = line.split(['#', ';']).next().unwrap_or_default().trim();
        if line.contains('-') {
            vec![unquoted(line)]
        } else {
            line.split_ascii_whitespace().map(unquoted).collect()
        }
    }
}

/// Splits a line of CSV (RFC 4180). A line break inside of a field is none here: no supplier of data about addresses
/// writes such fields.
fn split_csv(mut rest: &str) -> Vec<Cow<'_, str>> {
    let mut fields = Vec::new();
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => take_quoted(quoted),
            None => match rest.split_once(',') {
                Some((field, after)) => (Cow::Borrowed(field), Some(after)),
                None => (Cow::Borrowed(rest), None),
            },
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return fields,
        }
    }
}

/// Takes a field behind its opening quote, and says what is behind the comma after it.
fn take_quoted(text: &str) -> (Cow<'_, str>, Option<&str>) {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let Some((part, after)) = rest.split_once('"') else {
            // A quote that is never closed: the field ends with the line.
            value.push_str(rest);
            return (Cow::Owned(value), None);
        };
        value.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                value.push('"');
                rest = after;
            }
            None => {
                let after = after.split_once(',').map(|(_, after)| after);
                return (Cow::Owned(value), after);
            }
        }
    }
}

fn unquoted(field: &str) -> Cow<'_, str> {
    Cow::Borrowed(field.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_at_what_separates_them() {
        for (line, expected) in [
            ("192.0.2.0/24", &["192.0.2.0/24"][..]),
            ("192.0.2.0/24 ; SBL1", &["192.0.2.0/24"]),
            ("192.0.2.0/24 # one, two", &["192.0.2.0/24 # one", " two"]),
            ("192.0.2.0/24 AT", &["192.0.2.0/24", "AT"]),
            ("192.0.2.1 - 192.0.2.9", &["192.0.2.1 - 192.0.2.9"]),
            ("1.0.0.0,1.0.0.255,AU", &["1.0.0.0", "1.0.0.255", "AU"]),
            (r#""1.0.0.0","1.0.0.255","AU""#, &["1.0.0.0", "1.0.0.255", "AU"]),
            (
                r#"1.0.0.0,1,"a, ""b"", c",d"#,
                &["1.0.0.0", "1", r#"a, "b", c"#, "d"],
            ),
            (
                "1.0.0.0\t1.0.0.255\t13335\tUS\tA, B",
                &["1.0.0.0", "1.0.0.255", "13335", "US", "A, B"],
            ),
            (r#"a,"b"#, &["a", "b"]),
            (",", &["", ""]),
            ("#", &[]),
        ] {
            assert_eq!(split(line), expected, "{line}");
        }
    }
}
