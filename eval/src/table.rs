//! Tables in Markdown.

use std::collections::BTreeMap;

/// Counts of right and all verdicts, by what rows are called.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<Vec<String>, (usize, usize)>);

impl Tally {
    /// Counts a row under `name`, which has as many parts as the table has columns for names.
    pub(crate) fn add(&mut self, name: &[&str], hit: bool) {
        let name = name.iter().map(|part| (*part).to_owned()).collect();
        let (hits, all) = self.0.entry(name).or_default();
        *hits += usize::from(hit);
        *all += 1;
    }

    /// Prints the counts; `columns` names the parts of names, `hits` what is counted.
    pub(crate) fn print(&self, columns: &[&str], hits: &str) {
        println!("| {} | rows | {hits} | % |", columns.join(" | "));
        println!("|{}---|---|---|", "---|".repeat(columns.len()));
        for (name, (hits, all)) in &self.0 {
            println!(
                "| {} | {all} | {hits} | {:.2} |",
                name.join(" | "),
                percent(*hits, *all)
            );
        }
        println!();
    }
}

/// `part` of `whole` in percent.
pub(crate) fn percent(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}
