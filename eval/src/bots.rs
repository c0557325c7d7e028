//! Bots by their user agents: every bot is to be denied, no browser is.

use crate::{Result, cpu::Times, data::UserAgent, table::Tally};
use arcjet_rules::{BotList, Conclusion, DetectBot, Mode, Request, Rule, RuleConfig, RuleSet};

pub(crate) fn score(rows: &[UserAgent], list_misses: bool) -> Result {
    let rules = RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::DetectBot(DetectBot::new(BotList::Allow(Vec::new()))),
    }])?;
    let judge = |row: &UserAgent| {
        let headers: [(&[u8], &[u8]); 1] = [(b"user-agent", row.ua.as_bytes())];
        let outcomes = rules.judge(&Request {
            headers: &headers,
            ..Request::default()
        });
        outcomes
            .first()
            .is_some_and(|outcome| outcome.conclusion == Conclusion::Deny)
    };

    let (mut totals, mut categories) = (Tally::default(), Tally::default());
    for row in rows {
        let denied = judge(row);
        let kind = match (row.bot, row.heldout) {
            (true, true) => "bots of no list",
            (true, false) => "bots of a list",
            (false, _) => "browsers",
        };
        totals.add(&[kind], denied);
        if row.bot {
            categories.add(&[row.category.as_deref().unwrap_or("")], denied);
        }
        if list_misses && denied != row.bot {
            println!("{kind}: {}", row.ua);
        }
    }
    println!("## Bots\n");
    totals.print(&["user agents"], "denied");
    categories.print(&["category of bots"], "denied");
    let browsers: Vec<&UserAgent> = rows.iter().filter(|row| !row.bot).collect();
    println!(
        "A browser's user agent: {}\n",
        Times::of(&browsers, |row| {
            std::hint::black_box(judge(row));
        })
        .summary()
    );
    Ok(())
}
