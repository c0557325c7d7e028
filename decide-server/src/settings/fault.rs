//! What is wrong with a configuration.

use std::fmt;

/// One thing that is wrong with a configuration. Prints as `arcjet-decide.toml:7: site[0].name: missing; accepted: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The file and the line, from 1, as in `arcjet-decide.toml:7`, or the variable.
    pub place: String,
    /// The path of the field, as in `site[0].name`; empty if the fault is not one field's.
    pub field: String,
    /// What is wrong, with the value unless it is secret.
    pub problem: String,
    /// What is accepted instead; empty if that goes without saying.
    pub accepted: String,
}

impl Fault {
    /// A fault of a field.
    pub fn new(
        place: impl Into<String>,
        field: impl Into<String>,
        problem: impl Into<String>,
        accepted: impl Into<String>,
    ) -> Self {
        Self {
            place: place.into(),
            field: field.into(),
            problem: problem.into(),
            accepted: accepted.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.problem)?;
        if !self.accepted.is_empty() {
            write!(f, "; accepted: {}", self.accepted)?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a configuration; at least one fault. Prints one to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// `Ok` if nothing is wrong.
    ///
    /// # Errors
    ///
    /// The faults, if there are any.
    pub fn none(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self(faults))
        }
    }

    /// A single fault.
    pub fn one(fault: Fault) -> Self {
        Self(vec![fault])
    }

    /// The faults, in the order in which they were found.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
