//! Prompt injection: every attempt is to be denied, nothing else is.

use crate::{
    Result,
    cpu::Times,
    data::Message,
    table::{Tally, percent},
};
use arcjet_rules::{
    DetectPromptInjection, Mode, Reason, Request, Rule, RuleConfig, RuleSet,
    prompt_injection::DEFAULT_THRESHOLD,
};
use std::hint::black_box;

/// The thresholds that the table compares with the default one.
const THRESHOLDS: [u32; 3] = [30, DEFAULT_THRESHOLD, 70];

pub(crate) fn score(rows: &[Message], list_misses: bool) -> Result {
    let mode = Mode::DryRun;
    let config = RuleConfig::DetectPromptInjection(DetectPromptInjection::default());
    let rules = RuleSet::new(&[Rule { mode, config }])?;
    let mut categories = Tally::default();
    for row in rows {
        let total = rate(&rules, row);
        let denied = total >= DEFAULT_THRESHOLD;
        categories.add(&[kind(row), &row.category], denied);
        if list_misses && denied != row.injection {
            println!("{} {} {total}: {:?}", kind(row), row.id, row.message);
        }
    }
    println!("## Prompt injection\n");
    categories.print(&["messages", "category"], "denied");
    println!("| threshold | attempts denied % | harmless denied % |\n|---|---|---|");
    for threshold in THRESHOLDS {
        let share = |injection| {
            let of_kind = rows.iter().filter(|row| row.injection == injection);
            let denied = of_kind.clone().filter(|row| rate(&rules, row) >= threshold);
            percent(denied.count(), of_kind.count())
        };
        println!("| {threshold} | {:.1} | {:.1} |", share(true), share(false));
    }
    let times = Times::of(rows, |row| {
        black_box(rate(&rules, row));
    });
    println!("\nA message: {}\n", times.summary());
    Ok(())
}

/// The score of a message.
fn rate(rules: &RuleSet, row: &Message) -> u32 {
    let request = Request {
        message: Some(&row.message),
        ..Request::default()
    };
    match rules.judge(&request).first().map(|outcome| &outcome.reason) {
        Some(Reason::PromptInjection(reason)) => reason.score,
        _ => 0,
    }
}

fn kind(row: &Message) -> &'static str {
    if row.injection { "attempt" } else { "harmless" }
}
