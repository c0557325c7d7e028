//! Settings with one value, or a list of them.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::fault::Fault;
use super::section::unknown;

/// A setting with one value, or a list of them, as the text that a flag or a variable would have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scalar {
    /// The path, as in `limits.max_connections`.
    pub path: String,
    /// The file and the line.
    pub place: String,
    /// The values.
    pub values: Vec<String>,
}

impl Document<'_> {
    /// The settings of the file that are neither a site's nor unknown. `known` are the paths that there are; anything else
    /// is a fault, as is a value that is neither text, a number nor true or false.
    pub fn scalars(&self, known: &[&str], faults: &mut Vec<Fault>) -> Vec<Scalar> {
        let mut scalars = Vec::new();
        self.walk(&self.table, "", known, &mut scalars, faults);
        scalars
    }

    fn walk(
        &self,
        table: &DeTable<'_>,
        parent: &str,
        known: &[&str],
        scalars: &mut Vec<Scalar>,
        faults: &mut Vec<Fault>,
    ) {
        for (key, value) in table {
            let path = match parent {
                "" => key.get_ref().to_string(),
                parent => format!("{parent}.{}", key.get_ref()),
            };
            let place = self.lines.place(key.span().start);
            let below = format!("{path}.");
            if path == "site" {
                continue;
            } else if known.contains(&path.as_str()) {
                match texts(value) {
                    Some(values) => scalars.push(Scalar { path, place, values }),
                    None => {
                        let problem = format!("a value of type {}", value.get_ref().type_str());
                        let accepted = "text, a number, true or false, or a list of them";
                        faults.push(Fault::new(place, path, problem, accepted));
                    }
                }
            } else if known.iter().any(|known| known.starts_with(&below)) {
                match value.get_ref().as_table() {
                    Some(inside) => self.walk(inside, &path, known, scalars, faults),
                    None => {
                        let problem = format!("a value of type {}", value.get_ref().type_str());
                        faults.push(Fault::new(place, &path, problem, format!("a table [{path}]")));
                    }
                }
            } else {
                faults.push(unknown(place, parent, key.get_ref(), siblings(parent, known)));
            }
        }
    }
}

/// The names that may stand in the table `parent`.
fn siblings<'k>(parent: &str, known: &[&'k str]) -> Vec<&'k str> {
    let mut names: Vec<&str> = Vec::new();
    for path in known {
        let inside = match parent {
            "" => Some(*path),
            parent => path.strip_prefix(parent).and_then(|rest| rest.strip_prefix('.')),
        };
        let name = inside.and_then(|inside| inside.split('.').next());
        names.extend(name.filter(|name| !names.contains(name)));
    }
    if parent.is_empty() {
        names.push("site");
    }
    names
}

fn texts(value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    match value.get_ref() {
        DeValue::Array(values) => values.iter().map(|value| text(value.get_ref())).collect(),
        value => Some(vec![text(value)?]),
    }
}

fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(|number| number.to_string()),
        DeValue::Float(number) => Some(number.as_str().replace('_', "")),
        _ => None,
    }
}
