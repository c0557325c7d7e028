//! What a fault costs: the request its result, the instance its life, nothing else.

use std::time::Duration;

use super::*;

/// Limits that nothing meets but what is made to.
fn roomy() -> CustomRule {
    rule().deadline(Duration::from_secs(1))
}

/// Judges a request that goes wrong and a good one after it, on the same thread.
fn fault_of(rule: &CustomRule, what: &str) -> Fault {
    let counted = Counted::load(rule);
    assert_eq!(counted.rule.says(), "call 1 of edition of the component");
    assert_eq!(counted.gained(), []);
    let fault = counted.rule.told(what).unwrap_err();
    let expected = (
        "arcjet_custom_rule_faults_total".to_owned(),
        fault.as_str().to_owned(),
        1,
    );
    assert_eq!(counted.gained(), [expected]);
    assert_eq!(counted.rule.says(), "call 1 of edition of the component");
    assert_eq!(counted.rule.says(), "call 2 of edition of the component");
    fault
}

#[test]
fn a_trap() {
    assert_eq!(fault_of(&roomy(), "trap"), Fault::Trap);
}

#[test]
fn a_loop_meets_the_deadline() {
    assert_eq!(
        fault_of(&rule().deadline(Duration::from_millis(5)), "loop"),
        Fault::Deadline
    );
}

#[test]
fn memory_without_end() {
    assert_eq!(fault_of(&roomy().memory_limit(4 << 20), "memory"), Fault::Memory);
}

#[test]
fn a_stack_without_end() {
    assert_eq!(fault_of(&roomy(), "stack"), Fault::Trap);
}

#[test]
fn an_answer_beyond_all_measure() {
    assert_eq!(fault_of(&roomy(), "flood"), Fault::Trap);
}

#[test]
fn a_small_thread_is_large_enough() {
    let rule = roomy().load().unwrap();
    // Less than the stack that a rule may use: it has its own.
    let judge = || {
        (
            rule.told("stack"),
            rule.told("deny").map(|verdict| verdict.denied),
        )
    };
    let verdicts = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(128 << 10);
        thread.spawn_scoped(scope, judge).unwrap().join().unwrap()
    });
    assert_eq!(verdicts, (Err(Fault::Trap), Ok(true)));
}

#[test]
fn a_rule_may_survive_the_refusal_of_memory() {
    let rule = roomy().load().unwrap();
    assert_eq!(rule.told("bear refusal").unwrap().reason, "refused");
    assert_eq!(
        rule.says(),
        "call 2 of edition of the component",
        "the same instance goes on"
    );
    assert_eq!(rule.told("trap"), Err(Fault::Trap));
}

#[test]
fn long_reasons_are_cut_between_characters() {
    let verdict = roomy().load().unwrap().told("talk").unwrap();
    assert_eq!(verdict.reason, "€".repeat(341));
}

#[test]
fn other_threads_go_on_meanwhile() {
    let rule = rule().deadline(Duration::from_millis(50)).memory_limit(4 << 20);
    let rule = rule.load().unwrap();
    std::thread::scope(|scope| {
        let bad: Vec<_> = ["loop", "trap", "memory", "loop"]
            .map(|what| scope.spawn(|| rule.told(what).unwrap_err()))
            .into();
        for call in 1..=1_000 {
            assert_eq!(rule.says(), format!("call {call} of edition of the component"));
        }
        let faults: Vec<_> = bad.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(
            faults,
            [Fault::Deadline, Fault::Trap, Fault::Memory, Fault::Deadline]
        );
    });
}

#[test]
fn while_it_is_configured() {
    for (config, field, fault) in [
        ("\"trap\"", "rule", Fault::Trap),
        ("\"loop\"", "deadline", Fault::Deadline),
        ("\"memory\"", "memory_limit", Fault::Memory),
    ] {
        let rule = rule().config(config).deadline(Duration::from_millis(20));
        let rule = rule.memory_limit(4 << 20);
        let error = rule.load().unwrap_err();
        assert_eq!(error.field(), field);
        assert!(error.problem().contains(&fault.to_string()), "{error}");
    }
}
