//! A summary for people.

use std::fmt;

use super::{RuleSummary, Summary};

/// How many causes of denials are listed for each rule.
const LISTED: usize = 15;

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (threads, rate) = (self.threads, self.records as f64 / self.seconds.max(1e-9));
        writeln!(
            f,
            "{} records in {:.2} s on {threads} threads, {rate:.0} a second",
            self.records, self.seconds
        )?;
        let cpu = &self.cpu_microseconds;
        writeln!(
            f,
            "processor time of a record: {:.0} µs (p50), {:.0} µs (p99), {:.0} µs (longest)",
            cpu.p50, cpu.p99, cpu.max
        )?;
        writeln!(f, "\n{:<12}{:>12}{:>9}", "conclusion", "records", "%")?;
        let all = &self.conclusions;
        for (name, count) in [("ALLOW", all.allow), ("DENY", all.deny), ("ERROR", all.error)] {
            let percent = count as f64 * 100.0 / self.records.max(1) as f64;
            writeln!(f, "{name:<12}{count:>12}{percent:>9.2}")?;
        }
        writeln!(
            f,
            "\n{:<6}{:<26}{:<9}{:>10}{:>10}{:>10}{:>10}",
            "rule", "type", "mode", "allow", "deny", "error", "not run"
        )?;
        for rule in &self.rules {
            let RuleSummary {
                rule: index,
                kind,
                mode,
                conclusions,
                not_run,
                ..
            } = rule;
            let (allow, deny, error) = (conclusions.allow, conclusions.deny, conclusions.error);
            writeln!(
                f,
                "{index:<6}{kind:<26}{mode:<9}{allow:>10}{deny:>10}{error:>10}{not_run:>10}"
            )?;
        }
        for rule in &self.rules {
            let causes = rule
                .denied_for
                .iter()
                .map(|(cause, count)| (cause.as_str(), *count));
            list(
                f,
                &format!("rule {} ({}) denied for", rule.rule, rule.kind),
                causes,
            )?;
            let errors = rule.errors.iter().map(|(cause, count)| (cause.as_str(), *count));
            list(
                f,
                &format!("rule {} ({}) could not judge", rule.rule, rule.kind),
                errors,
            )?;
        }
        self.notes(f)
    }
}

impl Summary {
    fn notes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_limits = self
            .rules
            .iter()
            .any(|rule| matches!(rule.kind, "fixed_window" | "sliding_window" | "token_bucket"));
        let notes = [
            (self.bad, "could not be read"),
            (self.skipped, "are no requests that rules could be asked about"),
            (
                self.unreadable_inputs,
                "inputs could not be read, or not to their end",
            ),
            (
                self.without_ip,
                "have no client address: rules about it can't judge them (--client-ip gives them one)",
            ),
            (
                if has_limits { self.without_time } else { 0 },
                "have no time: they count as made when the record before them was",
            ),
            (
                self.limit_evictions,
                "clients were forgotten by limits before their time (--limit-capacity makes room for more)",
            ),
        ];
        for (place, (count, what)) in notes.into_iter().filter(|(count, _)| *count > 0).enumerate() {
            if place == 0 {
                writeln!(f)?;
            }
            writeln!(f, "{count} {what}")?;
        }
        Ok(())
    }
}

/// Lists what was most often first.
fn list<'a>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    counts: impl Iterator<Item = (&'a str, u64)>,
) -> fmt::Result {
    let mut counts: Vec<(&str, u64)> = counts.collect();
    if counts.is_empty() {
        return Ok(());
    }
    // Stable, so what is equally often stays in the order of the alphabet.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    writeln!(f, "\n{title:<60}{:>10}", "records")?;
    for (cause, count) in counts.iter().take(LISTED) {
        writeln!(f, "  {cause:<58}{count:>10}")?;
    }
    if let Some(others) = counts.len().checked_sub(LISTED).filter(|others| *others > 0) {
        writeln!(f, "  and {others} more")?;
    }
    Ok(())
}
