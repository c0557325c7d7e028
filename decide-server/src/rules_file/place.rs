//! Where in a file something stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The lines of a text, to be found by byte.
#[derive(Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// The line, from 1, that the byte is in.
    pub(super) fn line(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte)
    }
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A path from a table to a value in it, as in `custom[0].label`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    /// Reads what [`Display`](std::fmt::Display) writes. Text that is none makes a path that leads nowhere.
    pub(super) fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        for segment in text.split('.').filter(|segment| !segment.is_empty()) {
            let mut parts = segment.split('[');
            if let Some(key) = parts.next().filter(|key| !key.is_empty()) {
                steps.push(Step::Key(key.to_owned()));
            }
            let indices = parts.filter_map(|part| part.strip_suffix(']')?.parse().ok());
            steps.extend(indices.map(Step::Index));
        }
        Self(steps)
    }

    /// The path to the innermost key or value of `table` that holds all of `span`.
    pub(super) fn to(span: &Range<usize>, table: &DeTable<'_>) -> Option<Self> {
        let mut steps = in_table(span, table)?;
        steps.reverse();
        Some(Self(steps))
    }

    /// The bytes of what the path leads to, or of the last thing on the way that is there.
    pub(super) fn span(&self, table: &DeTable<'_>) -> Option<Range<usize>> {
        let mut span = None;
        let (mut in_table, mut in_array) = (Some(table), None);
        for step in &self.0 {
            let (found, value) = match step {
                Step::Key(key) => in_table?
                    .get_key_value(key.as_str())
                    .map(|(key, value)| (key.span(), value))?,
                Step::Index(index) => {
                    let array: &DeArray<'_> = in_array?;
                    array.get(*index).map(|value| (value.span(), value))?
                }
            };
            span = Some(found);
            (in_table, in_array) = (value.get_ref().as_table(), value.get_ref().as_array());
        }
        span
    }

    /// The value that the path leads to, if it leads through tables only.
    pub(super) fn value<'t, 'i>(&self, table: &'t mut DeTable<'i>) -> Option<&'t mut DeValue<'i>> {
        let (last, way) = self.0.split_last()?;
        let mut table = table;
        for step in way {
            let Step::Key(key) = step else { return None };
            let DeValue::Table(next) = table.get_mut(key.as_str())?.get_mut() else {
                return None;
            };
            table = next;
        }
        let Step::Key(key) = last else { return None };
        table.get_mut(key.as_str()).map(Spanned::get_mut)
    }

    /// Takes what the path leads to out of `table`. Says whether it was there.
    pub(super) fn remove(&self, table: &mut DeTable<'_>) -> bool {
        match &*self.0 {
            [Step::Key(key)] => table.remove(key.as_str()).is_some(),
            [Step::Key(key), rest @ ..] => table
                .get_mut(key.as_str())
                .is_some_and(|value| remove(value.get_mut(), rest)),
            _ => false,
        }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if place == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// The steps, last one first.
fn in_table(span: &Range<usize>, table: &DeTable<'_>) -> Option<Vec<Step>> {
    table.iter().find_map(|(key, value)| {
        // A table with a header of its own does not span what is below the header, so it is searched in any case.
        let mut steps = in_value(span, value).or_else(|| holds(&key.span(), span).then(Vec::new))?;
        steps.push(Step::Key(key.get_ref().clone().into_owned()));
        Some(steps)
    })
}

fn in_value(span: &Range<usize>, value: &Spanned<DeValue<'_>>) -> Option<Vec<Step>> {
    let inside = match value.get_ref() {
        DeValue::Table(table) => in_table(span, table),
        DeValue::Array(array) => array.iter().enumerate().find_map(|(index, element)| {
            let mut steps = in_value(span, element)?;
            steps.push(Step::Index(index));
            Some(steps)
        }),
        _ => None,
    };
    inside.or_else(|| holds(&value.span(), span).then(Vec::new))
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn remove(value: &mut DeValue<'_>, steps: &[Step]) -> bool {
    match (value, steps) {
        (DeValue::Table(table), steps) => Path(steps.to_vec()).remove(table),
        (DeValue::Array(array), [Step::Index(index)]) => {
            let length = array.len();
            let others = array.iter().enumerate().filter(|(at, _)| at != index);
            *array = others.map(|(_, element)| element.clone()).collect();
            array.len() < length
        }
        (DeValue::Array(array), [Step::Index(index), rest @ ..]) => array
            .get_mut(*index)
            .is_some_and(|element| remove(element.get_mut(), rest)),
        _ => false,
    }
}
