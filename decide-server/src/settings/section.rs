//! One table of a file, read field by field.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::place::Lines;

/// A table that is being read: what is asked of it is known, all else is unknown.
pub(super) struct Section<'d, 't> {
    lines: &'d Lines,
    table: &'d DeTable<'t>,
    span: Range<usize>,
    /// As in `site[0]`.
    path: String,
    asked: Vec<&'static str>,
    pub(super) faults: Vec<Fault>,
}

impl<'d, 't> Section<'d, 't> {
    /// Starts reading the value at `path`, if it is a table.
    pub(super) fn open(
        lines: &'d Lines,
        value: &'d Spanned<DeValue<'t>>,
        path: String,
    ) -> Result<Self, Fault> {
        let Some(table) = value.get_ref().as_table() else {
            let problem = format!("a value of type {}", value.get_ref().type_str());
            return Err(Fault::new(
                lines.place(value.span().start),
                path,
                problem,
                "a table",
            ));
        };
        Ok(Self {
            lines,
            table,
            span: value.span(),
            path,
            asked: Vec::new(),
            faults: Vec::new(),
        })
    }

    /// The value of a field, whatever it is.
    pub(super) fn value(&mut self, name: &'static str) -> Option<&'d Spanned<DeValue<'t>>> {
        self.asked.push(name);
        self.table.get(name)
    }

    /// The whole table, for those who read it by themselves. `names` are the fields that they ask for.
    pub(super) fn table(&mut self, names: &[&'static str]) -> &'d DeTable<'t> {
        self.asked.extend(names);
        self.table
    }

    /// The text of a field.
    pub(super) fn text(&mut self, name: &'static str) -> Option<&'d str> {
        let value = self.value(name)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            let problem = format!("a value of type {}", value.get_ref().type_str());
            self.fault(name, problem, "text");
        }
        text
    }

    /// The elements of a list.
    pub(super) fn list(&mut self, name: &'static str, accepted: &str) -> Option<&'d [Spanned<DeValue<'t>>]> {
        let value = self.value(name)?;
        let list = value.get_ref().as_array();
        if list.is_none() {
            let problem = format!("a value of type {}", value.get_ref().type_str());
            self.fault(name, problem, accepted);
        }
        list.map(|list| &**list)
    }

    /// Notes a fault of a field, or of the whole table if the field is not there.
    pub(super) fn fault(&mut self, name: &str, problem: impl Into<String>, accepted: impl Into<String>) {
        let field = self.path_of(name);
        self.faults
            .push(Fault::new(self.place(name), field, problem, accepted));
    }

    /// The file and the line of a field's value, or of the table if the field is not there.
    pub(super) fn place(&self, name: &str) -> String {
        let at = self
            .table
            .get(name)
            .map_or(self.span.start, |value| value.span().start);
        self.lines.place(at)
    }

    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// Ends reading: fields that nobody asked for are faults.
    pub(super) fn close(mut self) -> Vec<Fault> {
        for key in self.table.keys() {
            if !self.asked.iter().any(|asked| asked == key.get_ref()) {
                let place = self.lines.place(key.span().start);
                self.faults
                    .push(unknown(place, &self.path, key.get_ref(), self.asked.clone()));
            }
        }
        self.faults
    }
}

/// The fault that a field is unknown, with the known one that looks most like it.
pub(super) fn unknown(place: String, parent: &str, name: &str, known: Vec<&str>) -> Fault {
    /// From which likeness (Jaro-Winkler, at most 1) a name is suggested; the value that clap uses for flags is close.
    const ALIKE: f64 = 0.75;
    let likeness = |known: &&str| strsim::jaro_winkler(known, name);
    let nearest = known
        .iter()
        .copied()
        .filter(|known| likeness(known) > ALIKE)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let field = match parent {
        "" => name.to_owned(),
        parent => format!("{parent}.{name}"),
    };
    let problem = match nearest {
        Some(nearest) => format!("unknown field, did you mean {nearest}?"),
        None => "unknown field".to_owned(),
    };
    Fault::new(place, field, problem, known.join(", "))
}
