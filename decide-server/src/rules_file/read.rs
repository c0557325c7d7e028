//! Reads a rules file and finds everything that is wrong with it.
//!
//! A deserializer stops at the first fault. So each table is read again without the value that was at fault, until nothing is
//! at fault any more; what it is read into then counts only if nothing had been taken away.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::build::{Part, origin};
use super::place::{Lines, Path, Step};
use super::table::RuleTable;
use super::{Fault, Faults, RulesFile};

/// Reads a file.
pub(super) fn read(text: &str) -> Result<RulesFile, Faults> {
    let mut reader = Reader {
        lines: Lines::of(text),
        faults: Vec::new(),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(at, String::new(), error.message(), "TOML");
    }
    // What is read behind a slip in the syntax would only confuse.
    let file = match reader.faults.is_empty() {
        true => reader.document(document.get_ref()),
        false => RulesFile::default(),
    };
    Faults::of(reader.faults).map_or(Ok(file), Err)
}

/// Reads the `[[rule]]` tables, and the `characteristics`, of a table of another file, whose whole text is `text`. Other fields
/// of the table are its own affair.
pub(crate) fn read_inside(text: &str, table: &DeTable<'_>) -> Result<RulesFile, Faults> {
    let mut reader = Reader {
        lines: Lines::of(text),
        faults: Vec::new(),
    };
    let fields = table
        .iter()
        .filter(|(key, _)| matches!(key.get_ref().as_ref(), "rule" | "characteristics"));
    let document: DeTable<'_> = fields.map(|(key, value)| (key.clone(), value.clone())).collect();
    let file = reader.document(&document);
    match Faults::of(reader.faults) {
        None => Ok(file),
        Some(faults) => Err(faults),
    }
}

struct Reader {
    lines: Lines,
    faults: Vec<Fault>,
}

/// A table that was read, and where it stands.
struct Read<'t, 'i> {
    index: usize,
    table: &'t DeTable<'i>,
    at: usize,
    rule: RuleTable,
}

impl Reader {
    fn fault(&mut self, at: usize, field: String, problem: &str, accepted: &str) {
        self.faults.push(Fault {
            line: self.lines.line(at),
            field,
            problem: problem.to_owned(),
            accepted: accepted.to_owned(),
        });
    }

    fn document(&mut self, document: &DeTable<'_>) -> RulesFile {
        let mut characteristics = Vec::new();
        let mut read = Vec::new();
        for (key, value) in document {
            match key.get_ref().as_ref() {
                "characteristics" => characteristics = self.characteristics(value),
                "rule" => read = self.tables(value),
                unknown => {
                    let known = "`rule` and `characteristics`";
                    self.fault(key.span().start, unknown.to_owned(), "unknown field", known);
                }
            }
        }
        let has_none =
            |value: &Spanned<DeValue<'_>>| value.get_ref().as_array().is_some_and(|list| list.is_empty());
        if document.get("rule").is_none_or(has_none) {
            self.fault(0, "rule".to_owned(), "no rules", "at least one [[rule]] table");
        }
        self.build(&read, characteristics)
    }

    fn characteristics(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let texts = value.get_ref().as_array().and_then(|array| {
            let texts = array
                .iter()
                .map(|element| element.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>()
        });
        texts.unwrap_or_else(|| {
            let accepted = "a list of texts, as in [\"ip.src\"]";
            self.fault(
                value.span().start,
                "characteristics".to_owned(),
                "not a list of texts",
                accepted,
            );
            Vec::new()
        })
    }

    fn tables<'t, 'i>(&mut self, value: &'t Spanned<DeValue<'i>>) -> Vec<Read<'t, 'i>> {
        let accepted = "[[rule]] tables";
        let Some(array) = value.get_ref().as_array() else {
            let problem = format!("a {} instead of a list", value.get_ref().type_str());
            self.fault(value.span().start, "rule".to_owned(), &problem, accepted);
            return Vec::new();
        };
        let mut read = Vec::new();
        for (index, element) in array.iter().enumerate() {
            let at = element.span().start;
            let Some(table) = element.get_ref().as_table() else {
                let problem = format!("a {}", element.get_ref().type_str());
                self.fault(at, format!("rule[{index}]"), &problem, accepted);
                continue;
            };
            if let Some(rule) = self.table(index, table, element.span()) {
                read.push(Read {
                    index,
                    table,
                    at,
                    rule,
                });
            }
        }
        read
    }

    /// Reads one rule. What is wrong with it is noted.
    fn table(&mut self, index: usize, table: &DeTable<'_>, span: Range<usize>) -> Option<RuleTable> {
        let faults = self.faults.len();
        let mut rest = table.clone();
        let kinds = RuleTable::kinds();
        let kind = match rest.remove("type") {
            Some(kind) => match kind.get_ref().as_str() {
                Some(name) if RuleTable::KINDS.contains(&name) => name.to_owned(),
                Some(name) => {
                    let problem = format!("no rule is called `{name}`");
                    self.fault(kind.span().start, format!("rule[{index}].type"), &problem, &kinds);
                    return None;
                }
                None => {
                    let problem = format!("a {} instead of text", kind.get_ref().type_str());
                    self.fault(kind.span().start, format!("rule[{index}].type"), &problem, &kinds);
                    return None;
                }
            },
            None => {
                self.fault(span.start, format!("rule[{index}].type"), "missing", &kinds);
                return None;
            }
        };
        let mut complete = true;
        for (path, accepted) in RuleTable::required(&kind) {
            complete &= self.require(index, &mut rest, span.start, &Path::parse(path), accepted);
        }
        if !complete {
            return None;
        }
        loop {
            let error = match RuleTable::of_kind(&kind, &rest, &span) {
                Ok(rule) => return (self.faults.len() == faults).then_some(rule),
                Err(error) => error,
            };
            let Some(path) = error.span().and_then(|span| Path::to(&span, &rest)) else {
                self.serde_fault(span.start, format!("rule[{index}]"), &error);
                return None;
            };
            let elements = elements_at_fault(&kind, &rest, &span, &path, &error);
            for (place, at, error) in &elements {
                self.serde_fault(*at, format!("rule[{index}].{path}[{place}]"), error);
            }
            if elements.is_empty() {
                let at = error.span().map_or(span.start, |span| span.start);
                self.serde_fault(at, format!("rule[{index}].{path}"), &error);
            }
            if !take(&kind, &mut rest, &path) {
                return None;
            }
        }
    }

    /// Serde's messages say what was found, and then what was expected.
    fn serde_fault(&mut self, at: usize, field: String, error: &toml::de::Error) {
        let message = error.message();
        let (problem, accepted) = message.split_once(", expected ").unwrap_or((message, ""));
        let accepted = match accepted {
            "u32" => "a whole number from 0 to 4294967295",
            "a sequence" => "a list",
            "a boolean" => "true or false",
            "a string" => "text",
            accepted => accepted,
        };
        self.fault(at, field, problem, accepted);
    }

    /// Notes that a value is missing, and puts a number there, which all required values but tables may be, so that the other
    /// values are looked at as well. Says whether reading can go on.
    fn require(
        &mut self,
        index: usize,
        table: &mut DeTable<'_>,
        at: usize,
        path: &Path,
        accepted: &str,
    ) -> bool {
        let mut inside = table;
        let mut at = at;
        for (place, step) in path.0.iter().enumerate() {
            let Step::Key(key) = step else { return true };
            let is_last = place + 1 == path.0.len();
            if !inside.contains_key(key.as_str()) {
                // Of a table that is missing, nothing more is said than that.
                if is_last {
                    self.fault(at, format!("rule[{index}].{path}"), "missing", accepted);
                    let Ok(number) = DeValue::parse("1") else {
                        return false;
                    };
                    let is_table = accepted == RuleTable::A_TABLE;
                    inside.insert(Spanned::new(at..at, key.clone().into()), number);
                    return !is_table;
                }
                return true;
            }
            let Some(value) = inside.get_mut(key.as_str()) else {
                return true;
            };
            at = value.span().start;
            let DeValue::Table(next) = value.get_mut() else {
                return true;
            };
            inside = next;
        }
        true
    }

    /// Has the engine check what was read.
    fn build(&mut self, read: &[Read<'_, '_>], characteristics: Vec<String>) -> RulesFile {
        let mut rules = Vec::new();
        let mut parts: Vec<(usize, Part)> = Vec::new();
        for (place, read) in read.iter().enumerate() {
            match read.rule.build() {
                Ok(built) => {
                    parts.extend(built.iter().map(|(part, _)| (place, *part)));
                    rules.extend(built.into_iter().map(|(_, rule)| rule));
                }
                Err(errors) => {
                    for error in errors {
                        self.config_fault(read, "", error.field(), error.problem(), error.accepted());
                    }
                }
            }
        }
        for error in arcjet_engine::replay::check(&rules, &characteristics) {
            let owner = origin(error.field()).and_then(|(rule, field)| Some((parts.get(rule)?, field)));
            let Some(((place, part), field)) = owner else {
                let field = if error.field() == "rules" {
                    "rule"
                } else {
                    error.field()
                };
                self.fault(0, field.to_owned(), error.problem(), error.accepted());
                continue;
            };
            let problem = rename(error.problem(), |rule| {
                parts
                    .get(rule)
                    .and_then(|(place, _)| read.get(*place))
                    .map(|read| read.index)
            });
            self.config_fault(&read[*place], part.table(), field, &problem, error.accepted());
        }
        let origins = parts.iter().map(|(place, _)| read[*place].index).collect();
        RulesFile {
            characteristics,
            rules,
            origins,
        }
    }

    fn config_fault(&mut self, read: &Read<'_, '_>, part: &str, field: &str, problem: &str, accepted: &str) {
        let path: Vec<&str> = [part, field]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        let path = Path::parse(&path.join("."));
        let at = (0..=path.0.len())
            .rev()
            .find_map(|length| Path(path.0[..length].to_vec()).span(read.table))
            .map_or(read.at, |span| span.start);
        let separator = if path.0.is_empty() { "" } else { "." };
        self.fault(
            at,
            format!("rule[{}]{separator}{path}", read.index),
            problem,
            accepted,
        );
    }
}

/// Those elements of a list that cause the same kind of error by themselves, with where they stand; none if the path leads to
/// something else, or if the list is at fault as such.
fn elements_at_fault(
    kind: &str,
    table: &DeTable<'_>,
    span: &Range<usize>,
    path: &Path,
    error: &toml::de::Error,
) -> Vec<(usize, usize, toml::de::Error)> {
    let mut table = table.clone();
    let Some(DeValue::Array(elements)) = path.value(&mut table).cloned() else {
        return Vec::new();
    };
    // An error at the same place, or at an element, is about this list; one behind it is not.
    let error_of = |list: DeArray<'_>| {
        let mut table = table.clone();
        if let Some(value) = path.value(&mut table) {
            *value = DeValue::Array(list);
        }
        let found = RuleTable::of_kind(kind, &table, span).err();
        found.filter(|found| {
            let span = found.span();
            span == error.span() || elements.iter().any(|element| Some(element.span()) == span)
        })
    };
    if error_of(DeArray::new()).is_some() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for (place, element) in elements.iter().enumerate() {
        if let Some(error) = error_of(std::iter::once(element.clone()).collect()) {
            faults.push((place, element.span().start, error));
        }
    }
    faults
}

/// Takes a value away that is at fault, so that what is behind it can be read. Says whether that is possible.
fn take(kind: &str, table: &mut DeTable<'_>, path: &Path) -> bool {
    let name = path.to_string();
    let Some((_, accepted)) = RuleTable::required(kind)
        .iter()
        .find(|(required, _)| *required == name)
    else {
        return path.remove(table);
    };
    // It must not be missed now; all values that are required are numbers or tables.
    let (Some(value), Ok(number)) = (path.value(table), DeValue::parse("1")) else {
        return false;
    };
    *value = number.into_inner();
    *accepted != RuleTable::A_TABLE
}

/// The text with the engine's numbers of rules replaced by those of the file's tables.
fn rename(text: &str, index: impl Fn(usize) -> Option<usize>) -> String {
    let Some((before, after)) = text.split_once("rules[") else {
        return text.to_owned();
    };
    let renamed = after
        .split_once(']')
        .and_then(|(number, rest)| Some((index(number.parse().ok()?)?, rest)));
    match renamed {
        Some((index, rest)) => format!("{before}rule[{index}]{rest}"),
        None => text.to_owned(),
    }
}
