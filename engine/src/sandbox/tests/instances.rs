//! Which instance judges.

use super::*;

#[test]
fn a_thread_keeps_its_instance() {
    let faulty = Faulty::new(roomy());
    let rules = faulty.configure("NONE");
    faulty.gained(Fault::Trap);
    for call in 1..=5 {
        assert_eq!(faulty.calls(&rules), call);
    }
    assert_eq!(faulty.gained(Fault::Trap), (1, 0));
}

#[test]
fn an_instance_is_replaced_after_its_share_of_requests() {
    let faulty = Faulty::new(roomy().recycle_after(3));
    let rules = faulty.configure("NONE");
    faulty.gained(Fault::Trap);
    let calls: Vec<_> = (0..7).map(|_| faulty.calls(&rules)).collect();
    assert_eq!(calls, [1, 2, 3, 1, 2, 3, 1]);
    assert_eq!(faulty.gained(Fault::Trap), (3, 0));
}

#[test]
fn each_request_has_its_own_instance_when_isolated() {
    let faulty = Faulty::new(roomy().isolation(Isolation::PerRequest));
    let rules = faulty.configure("NONE");
    faulty.gained(Fault::Trap);
    for _ in 0..4 {
        assert_eq!(faulty.calls(&rules), 1);
    }
    assert_eq!(faulty.gained(Fault::Trap), (4, 0));
    assert_eq!(faulty.judge(&rules, "trap"), Err(Fault::Trap));
    assert_eq!(faulty.calls(&rules), 1);
}

#[test]
fn rules_configured_on_one_thread_are_judged_on_all() {
    let faulty = Faulty::new(roomy());
    let rules = faulty.configure("NONE");
    faulty.gained(Fault::Trap);
    let all_started = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                all_started.wait();
                for call in 1..=50 {
                    assert_eq!(faulty.calls(&rules), call, "no thread sees another's instance");
                }
                all_started.wait();
            });
        }
    });
    assert_eq!(faulty.gained(Fault::Trap), (8, 0));
}

#[test]
fn an_instance_of_an_ended_thread_is_taken_over() {
    let faulty = Faulty::new(roomy());
    let rules = faulty.configure("NONE");
    for call in 1..=5 {
        let thread = std::thread::scope(|scope| scope.spawn(|| faulty.calls(&rules)).join());
        assert_eq!(thread.unwrap(), call);
    }
}

#[test]
fn an_instance_holds_many_rule_sets_but_not_any_number() {
    let faulty = Faulty::new(roomy());
    let sets: Vec<_> = (0..100)
        .map(|set| faulty.configure(&format!("SET_{set}")))
        .collect();
    faulty.gained(Fault::Trap);
    let calls: Vec<_> = sets.iter().map(|rules| faulty.calls(rules)).collect();
    let expected: Vec<_> = (1..=65).chain(1..=35).collect();
    assert_eq!(calls, expected);
    assert_eq!(faulty.gained(Fault::Trap), (2, 0));
}

#[test]
fn an_equal_configuration_is_the_same_rule_set() {
    let faulty = Faulty::new(roomy());
    let (one, other) = (faulty.configure("ONE"), faulty.configure("OTHER"));
    faulty.gained(Fault::Trap);
    assert!(Arc::ptr_eq(&one, &faulty.configure("ONE")));
    assert!(!Arc::ptr_eq(&one, &other));
    assert_eq!(faulty.gained(Fault::Trap), (0, 0), "nothing is configured again");
}

#[test]
fn a_panic_of_the_host_leaves_the_thread_usable() {
    let faulty = Faulty::new(roomy());
    let rules = faulty.configure("NONE");
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        faulty
            .sandbox
            .run(|_| -> Result<(), Fault> { panic!("a slip in the host") })
    }));
    assert!(panic.is_err());
    assert_eq!(faulty.calls(&rules), 1);
    assert_eq!(faulty.calls(&rules), 2);
}

#[test]
fn a_call_inside_a_call_gets_an_instance_of_its_own() {
    let faulty = Faulty::new(roomy());
    let rules = faulty.configure("NONE");
    let inner = faulty.sandbox.run(|_| Ok(faulty.calls(&rules))).unwrap();
    assert_eq!(inner, 1);
}
