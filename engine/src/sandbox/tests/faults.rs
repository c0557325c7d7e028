//! What a fault costs: the request its verdict, the instance its life, nothing else.

use super::super::ticker::tests::{sleeps, until};
use super::*;

/// Judges a request that goes wrong and a good one after it, on the same thread.
fn fault_of(config: SandboxConfig, name: &str) -> Fault {
    let faulty = Faulty::new(config);
    let rules = faulty.configure("NONE");
    assert_eq!(faulty.calls(&rules), 1);
    faulty.gained(Fault::Trap);

    let fault = faulty.judge(&rules, name).unwrap_err();
    assert_eq!(
        faulty.gained(fault),
        (0, 1),
        "counted once, on the instance there was"
    );
    assert_eq!(faulty.calls(&rules), 1, "judged by a fresh instance");
    assert_eq!(faulty.gained(fault), (1, 0));
    assert_eq!(faulty.calls(&rules), 2, "which is kept");
    assert_eq!(faulty.gained(fault), (0, 0));
    fault
}

#[test]
fn a_trap() {
    assert_eq!(fault_of(roomy(), "trap"), Fault::Trap);
}

#[test]
fn a_loop_meets_the_deadline() {
    let config = SandboxConfig::default().deadline(Duration::from_millis(5));
    assert_eq!(fault_of(config, "loop"), Fault::Deadline);
}

#[test]
fn a_loop_meets_the_deadline_though_no_rule_had_run_for_long() {
    let mut faulty = Faulty::new(SandboxConfig::default().deadline(Duration::from_millis(5)));
    let inner = Arc::get_mut(&mut faulty.sandbox.0).unwrap();
    let millis = Duration::from_millis;
    inner.ticker = Ticker::start(&inner.engine, millis(1), millis(20)).unwrap();
    let rules = faulty.configure("NONE");
    until("the ticker sleeps", || sleeps(&faulty.sandbox.0.ticker));
    assert_eq!(faulty.judge(&rules, "loop"), Err(Fault::Deadline));
}

#[test]
fn memory_beyond_the_limit() {
    let config = roomy().memory_limit(4 << 20);
    assert_eq!(fault_of(config, "memory"), Fault::Memory);
}

#[test]
fn an_overflow_of_the_stack() {
    assert_eq!(fault_of(roomy(), "stack"), Fault::Trap);
}

#[test]
fn an_answer_beyond_all_measure() {
    assert_eq!(fault_of(roomy(), "flood"), Fault::Trap);
}

#[test]
fn an_overflow_of_the_stack_fits_into_a_small_thread() {
    let faulty = Faulty::new(roomy());
    let rules = faulty.configure("NONE");
    // Rust gives 2 MiB unless told otherwise; a debug build's own frames need some of it.
    let verdict = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(512 << 10)
            .spawn_scoped(scope, || faulty.judge(&rules, "stack"))
            .unwrap()
            .join()
            .unwrap()
    });
    assert_eq!(verdict, Err(Fault::Trap));
}

#[test]
fn rules_may_survive_the_refusal_of_memory() {
    let faulty = Faulty::new(roomy());
    let rules = faulty.configure("NONE");
    assert!(faulty.judge(&rules, "refused-memory").is_ok());
    assert_eq!(faulty.calls(&rules), 2, "the same instance goes on");
    assert_eq!(faulty.judge(&rules, "trap"), Err(Fault::Trap));
}

#[test]
fn every_run_has_the_whole_deadline() {
    let faulty = Faulty::new(SandboxConfig::default().deadline(Duration::from_millis(1)));
    let rules = faulty.configure("NONE");
    // All together take many deadlines; were time not counted from the start of each, one of them would meet it.
    for call in 1..=20_000 {
        let call_in_instance = (call - 1) % 10_000 + 1;
        assert_eq!(faulty.calls(&rules), call_in_instance);
    }
}

#[test]
fn other_threads_go_on_meanwhile() {
    let faulty = Faulty::new(SandboxConfig::default().deadline(Duration::from_millis(50)));
    let rules = faulty.configure("NONE");
    std::thread::scope(|scope| {
        let bad: Vec<_> = ["loop", "trap", "memory", "loop"]
            .map(|fault| scope.spawn(|| faulty.judge(&rules, fault).unwrap_err()))
            .into();
        for call in 1..=1_000 {
            assert_eq!(faulty.calls(&rules), call);
        }
        let faults: Vec<_> = bad.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(
            faults,
            [Fault::Deadline, Fault::Trap, Fault::Memory, Fault::Deadline]
        );
    });
}

#[test]
fn in_a_configuration() {
    let faulty = Faulty::new(SandboxConfig::default().deadline(Duration::from_millis(20)));
    for (entry, expected) in [
        ("TRAP", Fault::Trap),
        ("LOOP", Fault::Deadline),
        ("MEMORY", Fault::Memory),
    ] {
        let (position, error) = faulty
            .sandbox
            .prepare(vec![DetectBot::deny([entry]).into()], &[0])
            .unwrap_err();
        assert_eq!((position, error.field()), (None, "rules"));
        assert_eq!(error.problem(), expected.to_string());
        assert_eq!(faulty.gained(expected), (1, 1));
    }
}
