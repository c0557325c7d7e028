//! The configuration of a [`Reputation`].

use std::fs;

use super::read::{self, Reading};
use super::source::Origin;
use super::{Reputation, ReputationError, Source, Tables};

/// Configures and builds a [`Reputation`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ReputationBuilder {
    sources: Vec<Source>,
}

impl ReputationBuilder {
    /// Adds a source. Where two know a country or an autonomous system of the same address, the one that was added later
    /// has it; lists add up.
    pub fn source(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// Reads the sources.
    ///
    /// # Errors
    ///
    /// A source can't be read, or nothing of it can: the error names it, the line, and what is accepted. Single lines that
    /// can't be read don't stand in the way of the others; they are logged.
    pub fn build(self) -> Result<Reputation, ReputationError> {
        let readings: Vec<Reading> = self.sources.iter().map(load).collect::<Result<_, _>>()?;
        let layers: Vec<_> = readings.iter().map(|reading| &reading.layer).collect();
        Ok(Reputation::from(Tables::new(&layers)))
    }
}

fn load(source: &Source) -> Result<Reading, ReputationError> {
    let reading = match &source.origin {
        Origin::Text(text) => read::read(source, text.as_bytes())?,
        Origin::File(path) => {
            let content = fs::read(path).map_err(|error| {
                ReputationError::new(source.label(), None, error.to_string(), "a file that can be read")
            })?;
            read::read(source, &content)?
        }
    };
    if reading.rejects.count > 0 {
        for reject in &reading.rejects.first {
            tracing::warn!(
                source = source.label(),
                line = reject.line,
                problem = reject.problem,
                "skipped an entry"
            );
        }
        tracing::warn!(
            source = source.label(),
            skipped = reading.rejects.count,
            read = reading.prefixes,
            "some entries could not be read"
        );
    }
    Ok(reading)
}
