//! Attacks and harmless requests: every attack is to be denied, nothing else is.

use crate::{
    Result,
    cpu::Times,
    data::{Expectation, Request as Row},
    table::Tally,
};
use arcjet_rules::{
    BotList, Conclusion, DetectBot, EntityList, Filter, FilterList, Mode, Reason, Request, Rule, RuleConfig,
    RuleSet, SensitiveInfo, Shield,
};
use std::hint::black_box;

/// A row with what judging it needs.
struct Prepared<'a> {
    row: &'a Row,
    headers: Vec<(&'a [u8], &'a [u8])>,
    body: Vec<u8>,
}

impl<'a> Prepared<'a> {
    fn new(row: &'a Row) -> Result<Self> {
        let headers = row
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        Ok(Self {
            row,
            headers: headers.collect(),
            body: row.body()?,
        })
    }

    fn request(&self) -> Request<'_> {
        let (path, query) = self.row.target();
        let host = self
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(b"host"));
        Request {
            method: self.row.method.as_bytes(),
            host: host.map_or(b"", |(_, value)| value),
            path: path.as_bytes(),
            query: query.as_bytes(),
            headers: &self.headers,
            body: &self.body,
            sensitive_text: Some(std::str::from_utf8(&self.body).unwrap_or_default()),
            ip: Some([192, 0, 2, 1].into()),
            ..Request::default()
        }
    }
}

pub(crate) fn score(rows: &[Row], list_misses: bool) -> Result {
    let rows: Vec<Prepared<'_>> = rows.iter().map(Prepared::new).collect::<Result<_>>()?;
    let shield = rules([RuleConfig::Shield(Shield::default())])?;

    let (mut totals, mut categories) = (Tally::default(), Tally::default());
    for prepared in &rows {
        let row = prepared.row;
        let outcomes = shield.judge(&prepared.request());
        let outcome = outcomes.first().ok_or("the shield gave no outcome")?;
        let denied = outcome.conclusion == Conclusion::Deny;
        let kind = match row.expect {
            Expectation::Attack => "attack",
            Expectation::Benign => "harmless",
            Expectation::NoMatch => "one rule of a peer must not fire",
        };
        totals.add(&[kind, &row.source], denied);
        if row.expect == Expectation::Attack {
            categories.add(&[&row.source, &row.category], denied);
        }
        if list_misses && denied != (row.expect == Expectation::Attack) && row.expect != Expectation::NoMatch
        {
            print_miss(row, &outcome.reason);
        }
    }
    println!("## Shield\n");
    totals.print(&["requests", "source"], "denied");
    categories.print(&["source", "category of attacks"], "denied");
    cost(&rows)
}

/// What the rules that most applications have cost together.
fn cost(rows: &[Prepared<'_>]) -> Result {
    let filter = FilterList::Deny(vec![
        r#"http.request.uri.path wildcard "/internal/*" and not ip.src in { 10.0.0.0/8 }"#.to_owned(),
    ]);
    let all = rules([
        RuleConfig::SensitiveInfo(SensitiveInfo {
            entities: EntityList::Deny(vec![arcjet_rules::sensitive_info::Entity::CreditCardNumber]),
            custom: Vec::new(),
        }),
        RuleConfig::Filter(Filter { expressions: filter }),
        RuleConfig::Shield(Shield::default()),
        RuleConfig::DetectBot(DetectBot::new(BotList::Allow(Vec::new()))),
    ])?;
    let shield = rules([RuleConfig::Shield(Shield::default())])?;
    for expect in [Expectation::Benign, Expectation::Attack] {
        let mut sources: Vec<&str> = Vec::new();
        for prepared in rows.iter().filter(|prepared| prepared.row.expect == expect) {
            if !sources.contains(&prepared.row.source.as_str()) {
                sources.push(&prepared.row.source);
            }
        }
        for source in sources {
            let chosen: Vec<&Prepared<'_>> = rows
                .iter()
                .filter(|prepared| prepared.row.expect == expect && prepared.row.source == source)
                .collect();
            let time = |rules: &RuleSet| {
                Times::of(&chosen, |prepared| {
                    black_box(rules.judge(&prepared.request()));
                })
                .summary()
            };
            println!(
                "{source}: shield {}; with bots, filter and sensitive information {}",
                time(&shield),
                time(&all)
            );
            let long: Vec<&&Prepared<'_>> = chosen
                .iter()
                .filter(|prepared| (6_000..10_000).contains(&prepared.body.len()))
                .collect();
            if !long.is_empty() {
                let times = Times::of(&long, |prepared| {
                    black_box(all.judge(&prepared.request()));
                });
                println!(
                    "{source}, the {} bodies of about 8 KB: all {}",
                    long.len(),
                    times.summary()
                );
            }
        }
    }
    println!();
    Ok(())
}

fn rules(configs: impl IntoIterator<Item = RuleConfig>) -> Result<RuleSet> {
    let rules: Vec<Rule> = configs
        .into_iter()
        .map(|config| Rule {
            mode: Mode::DryRun,
            config,
        })
        .collect();
    Ok(RuleSet::new(&rules)?)
}

fn print_miss(row: &Row, reason: &Reason) {
    let found = match reason {
        Reason::Shield(reason) => reason
            .detections
            .iter()
            .map(|d| format!("{} {} {} {}", d.detector, d.part.as_str(), d.parameter, d.score))
            .collect::<Vec<_>>()
            .join(", "),
        other => format!("{other:?}"),
    };
    println!(
        "{:?} {} {}: {} {} [{found}]",
        row.expect, row.category, row.id, row.method, row.uri
    );
}
