//! A configuration file as TOML.

use toml::de::DeTable;

use super::fault::{Fault, Faults};
use super::place::Lines;

/// A configuration file whose syntax is right.
#[derive(Debug)]
pub struct Document<'t> {
    pub(super) name: String,
    pub(super) text: &'t str,
    pub(super) lines: Lines,
    pub(super) table: DeTable<'t>,
}

impl<'t> Document<'t> {
    /// Parses the text of a file. `name` is how faults call the file.
    ///
    /// # Errors
    ///
    /// The slips in the syntax. Nothing else is looked at then: what is read behind a slip would only confuse.
    pub fn parse(name: &str, text: &'t str) -> Result<Self, Faults> {
        let lines = Lines::of(name, text);
        let (table, errors) = DeTable::parse_recoverable(text);
        let faults = errors.iter().map(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Fault::new(lines.place(at), "", error.message(), "TOML")
        });
        Faults::none(faults.collect())?;
        Ok(Self {
            name: name.to_owned(),
            text,
            lines,
            table: table.into_inner(),
        })
    }
}
