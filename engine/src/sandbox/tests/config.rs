//! The limits that can be set.

use super::*;

fn refusal(config: SandboxConfig) -> Option<(String, String)> {
    let error = Sandbox::new(config).err()?;
    Some((error.field().to_owned(), error.accepted().to_owned()))
}

#[test]
fn figures_out_of_range_are_refused() {
    let millis = Duration::from_millis;
    let config = SandboxConfig::default;
    for (config, field, accepted) in [
        (
            config().memory_limit((4 << 20) - 1),
            "sandbox.memory_limit",
            "4 MiB to 4 GiB, in bytes",
        ),
        (
            config().memory_limit((4 << 30) + 1),
            "sandbox.memory_limit",
            "4 MiB to 4 GiB, in bytes",
        ),
        (
            config().deadline(Duration::from_micros(999)),
            "sandbox.deadline",
            "1 ms to 1 s",
        ),
        (config().deadline(millis(1001)), "sandbox.deadline", "1 ms to 1 s"),
        (
            config().recycle_after(0),
            "sandbox.recycle_after",
            "1 to 4294967295 requests",
        ),
    ] {
        assert_eq!(
            refusal(config),
            Some((field.to_owned(), accepted.to_owned())),
            "{field}"
        );
    }
    for config in [
        config()
            .memory_limit(4 << 20)
            .deadline(millis(1))
            .recycle_after(1),
        config()
            .memory_limit(4 << 30)
            .deadline(millis(1000))
            .recycle_after(u32::MAX),
    ] {
        assert_eq!(refusal(config), None);
    }
}

#[test]
fn the_bundled_rules_fit_the_smallest_limit() {
    // The machine may be busy with other tests, and this is about memory.
    let config = SandboxConfig::default()
        .memory_limit(4 << 20)
        .deadline(Duration::from_secs(1));
    let sandbox = Sandbox::new(config).unwrap();
    let rules = sandbox
        .prepare(vec![DetectBot::allow(Vec::<String>::new()).into()], &[0])
        .unwrap();
    // As long as the head of a request can be in common servers.
    let user_agent = [&b"curl/8 "[..], &vec![b'x'; 512 << 10]].concat();
    let request = RequestDetails::builder("GET", "/")
        .header("user-agent", &user_agent)
        .build();
    let outcome = sandbox
        .judge(&rules, &request, None, None, &[])
        .unwrap()
        .remove(0);
    assert_eq!(outcome.conclusion, Conclusion::Deny);
}

#[test]
fn a_limit_below_what_an_instance_begins_with_is_a_fault_of_memory() {
    let component = r#"(component
        (core module $m (memory (export "memory") 128))
        (core instance $i (instantiate $m))
    )"#;
    let engine = Engine::new(&engine_config::engine_config()).unwrap();
    let component = Component::new(&engine, component).unwrap();
    let mut store = wasmtime::Store::new(
        &engine,
        Guard::new(
            &SandboxConfig::default().memory_limit(4 << 20),
            Ticker::start(&engine, Duration::from_millis(1), IDLE)
                .unwrap()
                .waker()
                .clone(),
        ),
    );
    store.limiter(|guard| guard);
    assert!(Linker::new(&engine).instantiate(&mut store, &component).is_err());
    assert!(store.data().memory_exceeded);
}
