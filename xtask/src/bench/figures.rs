//! Figures and how they are written: tables, units, and whether a target is met.

use std::fmt::Write as _;

/// A table of Markdown; the first column is text, the others are numbers.
pub(crate) struct Table(String);

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        let rule = "---:|".repeat(columns.len() - 1);
        Self(format!("| {} |\n|---|{rule}\n", columns.join(" | ")))
    }

    pub(crate) fn row(&mut self, cells: &[String]) {
        // Writing to a string can't fail.
        let _ = writeln!(self.0, "| {} |", cells.join(" | "));
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Whether a figure is at most what it should be, as an item of a list.
pub(crate) fn target(what: &str, measured: f64, most: f64, unit: &str) -> String {
    let verdict = if measured <= most { "met" } else { "**missed**" };
    format!(
        "- {what}: at most {} {unit}, measured {}: {verdict}\n",
        number(most),
        number(measured)
    )
}

/// Three significant digits, or all digits of larger numbers.
pub(crate) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

/// A duration in nanoseconds, in the unit that fits.
pub(crate) fn duration(nanoseconds: f64) -> String {
    if nanoseconds < 1e3 {
        format!("{nanoseconds:.0} ns")
    } else if nanoseconds < 1e6 {
        format!("{} us", number(nanoseconds / 1e3))
    } else {
        format!("{} ms", number(nanoseconds / 1e6))
    }
}

/// The values of several rounds.
pub(crate) struct Rounds(Vec<f64>);

impl Rounds {
    pub(crate) fn new(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self(values)
    }

    /// The value in the middle, or the mean of the two there; zero if there is none.
    pub(crate) fn median(&self) -> f64 {
        match self.0.as_slice() {
            [] => 0.0,
            values => {
                let middle = values.len() / 2;
                match values.len() % 2 {
                    0 => f64::midpoint(values[middle - 1], values[middle]),
                    _ => values[middle],
                }
            }
        }
    }

    /// The least and the greatest value.
    pub(crate) fn spread(&self, write: impl Fn(f64) -> String) -> String {
        match self.0.as_slice() {
            [first, .., last] => format!("{} to {}", write(*first), write(*last)),
            [only] => write(*only),
            [] => "none".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        for (values, median) in [
            (vec![], 0.0),
            (vec![3.0, 1.0, 2.0], 2.0),
            (vec![4.0, 1.0, 2.0, 3.0], 2.5),
        ] {
            assert_eq!(Rounds::new(values).median(), median);
        }
    }

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [
            (0.0, "0.00"),
            (4.449, "4.45"),
            (12.34, "12.3"),
            (99.96, "100"),
            (221_402.3, "221402"),
        ] {
            assert_eq!(number(value), text);
        }
        for (nanoseconds, text) in [(812.4, "812 ns"), (1234.0, "1.23 us"), (5_600_000.0, "5.60 ms")] {
            assert_eq!(duration(nanoseconds), text);
        }
    }

    #[test]
    fn targets_tell_whether_they_are_met() {
        assert_eq!(
            target("it", 1.5, 1.5, "times"),
            "- it: at most 1.50 times, measured 1.50: met\n"
        );
        assert_eq!(
            target("it", 2.0, 1.5, "us"),
            "- it: at most 1.50 us, measured 2.00: **missed**\n"
        );
    }
}
