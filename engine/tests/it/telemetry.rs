//! Ids and metrics of decisions.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use arcjet_engine::{DetectBot, FixedWindow, Mode};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::*;

#[tokio::test]
async fn every_decision_has_an_id_of_its_own() {
    let (builder, _) = builder();
    let arcjet = builder.rule(DetectBot::deny(["CURL"])).build().unwrap();
    let mut ids = HashSet::new();
    for client in 0..1_000 {
        let decision = arcjet.protect(&request("192.0.2.1", CURL)).await;
        assert!(decision.id().is_local());
        let id = decision.id().to_string();
        let suffix = id.strip_prefix("lreq_").unwrap();
        assert!(suffix.len() == 26 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(ids.insert(id), "the id of request {client} is a new one");
    }
}

#[tokio::test]
async fn decisions_results_and_stages_are_measured() {
    let recorder = DebuggingRecorder::new();
    let (builder, _) = builder();
    let arcjet = metrics::with_local_recorder(&recorder, || {
        builder
            .rule(DetectBot::deny(["CURL"]))
            .rule(DetectBot::deny(["CATEGORY:SEARCH_ENGINE"]).mode(Mode::DryRun))
            .rule(FixedWindow::new(2, Duration::from_secs(60)))
            .build()
            .unwrap()
    });
    const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    // Allowed, allowed with a dry run's denial, denied by a limit, again from memory, denied as a bot, and an error.
    for user_agent in [FIREFOX, GOOGLEBOT, FIREFOX, FIREFOX] {
        arcjet.protect(&request("192.0.2.1", user_agent)).await;
    }
    arcjet.protect(&request("192.0.2.2", CURL)).await;
    arcjet.protect(&request("192.0.2.2", "")).await;

    let mut counted = BTreeMap::new();
    let mut measured = BTreeMap::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let labels: Vec<_> = key.key().labels().map(|label| label.value()).collect();
        let name = format!("{} {}", key.key().name(), labels.join(" "));
        match value {
            DebugValue::Counter(0) => {}
            DebugValue::Counter(count) => drop(counted.insert(name, count)),
            DebugValue::Histogram(samples) => drop(measured.insert(name, samples.len())),
            DebugValue::Gauge(_) => {}
        }
    }
    let expected = [
        ("arcjet_decisions_total allow", 2),
        ("arcjet_decisions_total deny", 3),
        ("arcjet_decisions_total error", 1),
        ("arcjet_rule_results_total detect_bot allow dry_run", 2),
        ("arcjet_rule_results_total detect_bot allow run", 3),
        ("arcjet_rule_results_total detect_bot deny dry_run", 1),
        ("arcjet_rule_results_total detect_bot deny run", 1),
        ("arcjet_rule_results_total detect_bot error dry_run", 1),
        ("arcjet_rule_results_total detect_bot error run", 1),
        ("arcjet_rule_results_total fixed_window allow run", 3),
        ("arcjet_rule_results_total fixed_window deny cached", 1),
        ("arcjet_rule_results_total fixed_window deny run", 1),
        ("arcjet_sandbox_instances_total ", 2),
    ];
    let expected: BTreeMap<_, _> = expected
        .map(|(name, count): (&str, u64)| (name.to_owned(), count))
        .into();
    assert_eq!(counted, expected);
    let expected = [
        ("arcjet_protect_duration_seconds ", 6),
        ("arcjet_stage_duration_seconds identify", 6),
        ("arcjet_stage_duration_seconds remember", 6),
        ("arcjet_stage_duration_seconds judge", 5),
        ("arcjet_stage_duration_seconds decide", 4),
    ];
    let expected: BTreeMap<_, _> = expected.map(|(name, samples)| (name.to_owned(), samples)).into();
    assert_eq!(measured, expected);
}
