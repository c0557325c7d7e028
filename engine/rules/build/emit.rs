//! Writes the tables as Rust source. The types they use are declared in `src/bots/tables.rs` and `src/bots/words/tables.rs`.

use crate::{
    index::Index,
    list::{self, Bot},
    patterns::{Hit, Patterns},
    words::Word,
};
use std::fmt::{Debug, Write as _};

/// The tables of the patterns.
pub(crate) fn bots(bots: &[Bot], patterns: &Patterns, index: &Index) -> String {
    let mut out = Source::default();
    let categories = list::categories(bots);
    let number = |pattern: &String| patterns.numbers[pattern];

    out.array("CATEGORIES", "&str", categories.iter().map(debug));
    out.array(
        "BOTS",
        "BotEntry",
        bots.iter().map(|bot| {
            let mask = categories
                .iter()
                .enumerate()
                .filter(|(_, c)| bot.categories.iter().any(|own| own == **c));
            let mask = mask.fold(0_u64, |mask, (i, _)| mask | 1 << i);
            let also = debug(bot.pattern.accepted.iter().skip(1).map(number).collect::<Vec<_>>());
            let forbidden = debug(bot.pattern.forbidden.iter().map(number).collect::<Vec<_>>());
            format!(
                "BotEntry {{ id: {:?}, categories: {mask}, detected: {}, also: &{also}, forbidden: &{forbidden} }}",
                bot.id,
                !bot.pattern.accepted.is_empty(),
            )
        }),
    );
    let aliases = bots
        .iter()
        .enumerate()
        .flat_map(|(i, bot)| bot.aliases.iter().map(move |alias| (alias, i)));
    out.array("ALIASES", "(&str, u16)", aliases.map(debug));
    let mut triggered = vec![Vec::new(); patterns.numbers.len()];
    for (i, bot) in bots.iter().enumerate() {
        if let Some(first) = bot.pattern.accepted.first() {
            triggered[number(first)].push(i);
        }
    }
    out.array(
        "TRIGGERED",
        "&[u16]",
        triggered.iter().map(|bots| format!("&{bots:?}")),
    );
    let listed = (0..patterns.numbers.len()).map(|number| debug(patterns.listed.contains(&number)));
    out.array("LISTED", "bool", listed);
    out.array(
        "LITERALS",
        "Literal",
        patterns.literals.iter().map(|literal| {
            let hit = match literal.hit {
                Hit::Pattern(number) => format!("Hit::Pattern({number})"),
                Hit::Automaton(i) => format!("Hit::Automaton({i})"),
            };
            format!(
                "Literal {{ bytes: b\"{}\", at_start: {}, at_end: {}, hit: {hit} }}",
                literal.bytes.escape_ascii(),
                literal.at_start,
                literal.at_end,
            )
        }),
    );
    out.array(
        "AUTOMATA",
        "(u16, Automaton)",
        patterns.automata.iter().map(|(pattern, automaton)| {
            let (columns, (_, rows)) = (debug(&automaton.columns), automaton.rows_source());
            format!(
                "({pattern}, Automaton {{ columns: &{columns}, end: {}, rows: {} }})",
                automaton.end(),
                automaton.rows_value(&rows),
            )
        }),
    );
    out.prefilter("PREFILTER", index);
    out.0
}

/// The tables of the words.
pub(crate) fn words(words: &[Word], index: &Index) -> String {
    let mut out = Source::default();
    out.array(
        "WORDS",
        "Word",
        words.iter().map(|word| {
            let not_after = word.not_after.iter().map(|bytes| format!("b\"{}\"", bytes.escape_ascii()));
            format!(
                "Word {{ bytes: b\"{}\", at_start: {}, at_end: {}, left: {}, right: {}, not_after: &[{}], meaning: Meaning::{} }}",
                word.bytes.escape_ascii(),
                word.at_start,
                word.at_end,
                word.left,
                word.right,
                not_after.collect::<Vec<_>>().join(","),
                word.meaning,
            )
        }),
    );
    out.prefilter("PREFILTER", index);
    out.0
}

/// Rust source under construction.
#[derive(Default)]
pub(crate) struct Source(pub(crate) String);

impl Source {
    pub(crate) fn array(&mut self, name: &str, element: &str, values: impl Iterator<Item = String>) {
        let values: Vec<String> = values.collect();
        let kind = format!("[{element}; {}]", values.len());
        self.item(name, &kind, &format!("[{}]", values.join(",")));
    }

    /// The tables of `src/prefilter.rs`.
    pub(crate) fn prefilter(&mut self, name: &str, index: &Index) {
        let probes: Vec<String> = index
            .probes
            .iter()
            .map(|p| {
                format!(
                    "Probe {{ window: {}, literal: {}, offset: {}, group: {} }}",
                    p.window(),
                    p.literal,
                    p.offset,
                    p.group
                )
            })
            .collect();
        let kind = format!("Prefilter<{}, {}>", index.bitmap.len(), index.buckets.len());
        let value = format!(
            "Prefilter {{ multiplier: {}, bitmap: {:?}, windows: {:?}, buckets: {:?}, probes: &[{}] }}",
            index.multiplier,
            index.bitmap,
            index.windows,
            index.buckets,
            probes.join(","),
        );
        self.item(name, &kind, &value);
    }

    pub(crate) fn item(&mut self, name: &str, kind: &str, value: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "pub(super) static {name}: {kind} = {value};");
    }
}

pub(crate) fn debug(value: impl Debug) -> String {
    format!("{value:?}")
}
