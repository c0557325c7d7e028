//! Settings of the file that are about counting: by what IPv6 clients count, and how a Valkey is asked.

use arcjet_engine::wire::v1alpha1::Conclusion;

use crate::client::{DECIDE, decide, fixed_window, proto, send};
use crate::program::Program;
use crate::sites::{File, check};
use crate::valkey::server::ValkeyServer;

async fn ask(program: &Program, ip: &str, max: u32) -> Conclusion {
    let request = proto(DECIDE, &decide(ip, vec![fixed_window(max)]));
    send(program.address, request).await.decision().conclusion()
}

#[tokio::test]
async fn clients_of_one_prefix_share_a_count() {
    for (name, line, expected) in [
        // Of the same /64, of the same /48, and of none.
        (
            "default",
            "",
            [Conclusion::Deny, Conclusion::Allow, Conclusion::Allow],
        ),
        (
            "48",
            "ipv6_prefix = 48\n",
            [Conclusion::Deny, Conclusion::Deny, Conclusion::Allow],
        ),
        ("128", "ipv6_prefix = 128\n", [Conclusion::Allow; 3]),
    ] {
        let file = File::new(&format!("ipv6-{name}"), line);
        let program = file.serve();
        assert_eq!(
            ask(&program, "2001:db8:1:1::1", 1).await,
            Conclusion::Allow,
            "{name}"
        );
        let others = ["2001:db8:1:1::2", "2001:db8:1:2::1", "2001:db8:2:1::1"];
        for (ip, expected) in others.into_iter().zip(expected) {
            assert_eq!(ask(&program, ip, 1).await, expected, "{name}: {ip}");
        }
    }
}

#[tokio::test]
async fn leases_are_taken_and_keys_named_as_the_file_says() {
    let valkey = ValkeyServer::start(&[]);
    let file = File::new(
        "lease",
        // The deadline is long because the machine may be busy with other tests.
        &format!(
            "[store]\nurl = \"{}\"\nlease = 0.5\nprefix = \"own\"\ndeadline = \"10s\"\n",
            valkey.url()
        ),
    );
    let program = file.serve();
    for _ in 0..20 {
        assert_eq!(ask(&program, "203.0.113.9", 100).await, Conclusion::Allow);
    }
    // The first decision took half of the limit along, for the others.
    let calls = "arcjet_store_call_duration_seconds_count";
    assert_eq!(program.counter(calls, &[]).await, 1);
    let keys: Vec<String> = valkey.run("KEYS *").await;
    assert!(
        !keys.is_empty() && keys.iter().all(|key| key.starts_with("own:")),
        "{keys:?}"
    );
}

#[test]
fn what_is_wrong_about_counting_is_told_with_what_is_accepted() {
    let file = File::new(
        "counting",
        "ipv6_prefix = 129\n[store]\nlease = 0.6\ndeadline = \"0ms\"\nprefix = \"{a}\"\nmemory_capacity = 0\n",
    );
    let output = check(&file, |command| {
        command.env("ARCJET_DECIDE_STORE_LEASE", "half");
    });
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    let path = file.path().display();
    for expected in [
        format!("{path}:1: ipv6_prefix: \"129\"; accepted: a whole number from 16 to 128"),
        format!("{path}:3: store.lease: \"0.6\"; accepted: more than 0, up to 0.5"),
        format!("{path}:4: store.deadline: \"0ms\"; accepted: from 1ms to 60s"),
        format!("{path}:5: store.prefix: \"{{a}}\"; accepted: 1 to 100 letters, digits"),
        format!("{path}:6: store.memory_capacity: \"0\"; accepted: a whole number from 1 on"),
        "ARCJET_DECIDE_STORE_LEASE: \"half\"; accepted: a number more than 0, up to 0.5".to_owned(),
    ] {
        assert!(errors.contains(&expected), "{expected} is missing in:\n{errors}");
    }
}

#[test]
fn leases_of_a_store_in_memory_are_refused() {
    let file = File::new("memory-lease", "[store]\nlease = 0.05\n");
    let output = check(&file, |_| {});
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors.contains("store.lease (--store-lease, ARCJET_DECIDE_STORE_LEASE)")
            && errors.contains("accepted: none, or a store.url"),
        "{errors}"
    );
}
