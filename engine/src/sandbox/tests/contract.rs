//! Answers that don't trap, but are none.

use super::*;
use crate::rule::Mode;

#[test]
fn outcomes_are_one_for_each_rule_up_to_the_first_live_denial() {
    let faulty = Faulty::new(roomy());
    for (modes, fault, expected) in [
        (&[Mode::Live][..], "none", Ok(1)),
        (&[Mode::Live, Mode::Live], "none", Ok(2)),
        (&[Mode::Live, Mode::Live], "deny", Ok(1)),
        (&[Mode::DryRun, Mode::DryRun], "goes-on", Ok(2)),
        (&[Mode::DryRun, Mode::Live], "goes-on", Ok(2)),
        (&[Mode::Live], "silent", Err(Fault::Contract)),
        (&[Mode::Live], "talkative", Err(Fault::Contract)),
        (&[Mode::Live, Mode::DryRun], "goes-on", Err(Fault::Contract)),
        (&[Mode::DryRun, Mode::Live], "deny", Err(Fault::Contract)),
    ] {
        let rules = modes
            .iter()
            .map(|mode| DetectBot::deny(["NONE"]).mode(*mode).into());
        let positions: Vec<_> = (0..modes.len()).collect();
        let rules = faulty.sandbox.prepare(rules.collect(), &positions).unwrap();
        // What came before is to leave no instance.
        assert_eq!(faulty.judge(&rules, "trap"), Err(Fault::Trap));
        let answer = faulty.judge(&rules, fault).map(|outcomes| outcomes.len());
        assert_eq!(answer, expected, "{modes:?} {fault}");
        let next = if expected.is_ok() { 2 } else { 1 };
        assert_eq!(
            faulty.calls(&rules),
            next,
            "an instance that broke its contract is replaced"
        );
    }
}

#[test]
fn a_configuration_that_fails_in_a_used_instance_costs_it_its_life() {
    let faulty = Faulty::new(roomy());
    for (entry, expected) in [
        ("TRAP_UNLESS_FIRST", Fault::Trap),
        ("REFUSE_UNLESS_FIRST", Fault::Contract),
    ] {
        let usual = faulty.configure("NONE");
        faulty.calls(&usual);
        // Accepted by an instance of its own, then given to the one that has a rule set already.
        let rules = faulty.configure(entry);
        faulty.gained(expected);
        assert_eq!(faulty.judge(&rules, "none"), Err(expected));
        assert_eq!(faulty.gained(expected), (0, 1));
        assert_eq!(faulty.calls(&rules), 1, "the next request finds a fresh one");
        assert_eq!(faulty.gained(expected), (1, 0));
    }
}

#[test]
fn a_refused_configuration_names_its_rule() {
    let faulty = Faulty::new(roomy());
    let rules = vec![DetectBot::deny(["REFUSE"]).into()];
    let (position, error) = faulty.sandbox.prepare(rules, &[3]).unwrap_err();
    assert_eq!(position, Some(3));
    assert_eq!(
        error.to_string(),
        "rules[3].deny[0]: refused on request; accepted: anything else"
    );
}

#[test]
fn rules_of_another_world_are_refused() {
    for (wat, complaint) in [
        ("(component)", "no export `configure` found"),
        ("(component (import \"clock\" (func)))", "clock"),
        ("(module)", "failed to parse"),
    ] {
        let error = Sandbox::with_component(roomy(), |engine| Component::new(engine, wat)).unwrap_err();
        assert_eq!(error.field(), "sandbox");
        assert!(error.problem().contains(complaint), "{wat}: {error}");
    }
}
