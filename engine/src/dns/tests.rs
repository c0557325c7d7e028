//! The questions, against a DNS server on this machine.

pub(crate) mod server;

use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::{MX, PTR};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::task::JoinSet;

use super::{Dns, DnsAnswer, DnsConfig, HostNames};
use server::{Server, Zone};

/// Long enough to never pass in a test that gets its answer.
const LONG: Duration = Duration::from_secs(30);

fn config(server: &Server) -> DnsConfig {
    DnsConfig::new().servers([server.address]).timeout(LONG)
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn mx(exchange: &str) -> RData {
    RData::MX(MX::new(10, name(exchange)))
}

fn ptr(host: &str) -> RData {
    RData::PTR(PTR(name(host)))
}

fn address(text: &str) -> RData {
    RData::from(ip(text))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn confirmed(names: &[&str]) -> HostNames {
    HostNames::Confirmed(names.iter().map(|&name| name.to_owned()).collect())
}

#[tokio::test]
async fn who_takes_mail() {
    let server = Server::start(
        Zone::default()
            .record("mx.example.", mx("mail.example."))
            .record("null.example.", mx("."))
            .record("null.example.", address("192.0.2.1"))
            .record("v4.example.", address("192.0.2.1"))
            .record("v6.example.", address("2001:db8::1"))
            .record("empty.example.", ptr("somewhere.example."))
            .fails("broken.example.", ResponseCode::ServFail)
            .fails("refused.example.", ResponseCode::Refused),
    )
    .await;
    let dns = Dns::new(&config(&server)).unwrap();
    for (domain, expected) in [
        ("mx.example", DnsAnswer::Yes),
        ("MX.Example.", DnsAnswer::Yes),
        ("null.example", DnsAnswer::No),
        ("v4.example", DnsAnswer::Yes),
        ("v6.example", DnsAnswer::Yes),
        ("empty.example", DnsAnswer::No),
        ("missing.example", DnsAnswer::No),
        ("broken.example", DnsAnswer::Unknown),
        ("refused.example", DnsAnswer::Unknown),
        ("", DnsAnswer::No),
        ("a..example", DnsAnswer::No),
        (&format!("{}.example", "a".repeat(64)), DnsAnswer::No),
    ] {
        assert_eq!(dns.has_mx(domain).await, expected, "{domain}");
    }
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_not_asked_for_addresses() {
    let server = Server::start(Zone::default()).await;
    let dns = Dns::new(&config(&server)).unwrap();
    assert_eq!(dns.has_mx("missing.example").await, DnsAnswer::No);
    assert_eq!(
        server.questions(),
        [("missing.example.".to_owned(), RecordType::MX)]
    );
}

#[tokio::test]
async fn answers_and_failures_are_kept() {
    let server = Server::start(
        Zone::default()
            .record("mx.example.", mx("mail.example."))
            .fails("broken.example.", ResponseCode::ServFail),
    )
    .await;
    let dns = Dns::new(&config(&server)).unwrap();
    for (domain, expected) in [
        ("mx.example", DnsAnswer::Yes),
        ("missing.example", DnsAnswer::No),
        ("broken.example", DnsAnswer::Unknown),
    ] {
        assert_eq!(dns.has_mx(domain).await, expected, "{domain}");
        let asked = server.questions().len();
        assert_eq!(dns.clone().has_mx(domain).await, expected, "{domain} again");
        assert_eq!(server.questions().len(), asked, "{domain} is asked once");
    }
    let forgetful = Dns::new(&config(&server).cache_capacity(0)).unwrap();
    let asked = server.questions().len();
    for _ in 0..2 {
        assert_eq!(forgetful.has_mx("mx.example").await, DnsAnswer::Yes);
    }
    assert_eq!(server.questions().len(), asked + 2);
}

#[tokio::test]
async fn many_who_ask_the_same_ask_once() {
    let server = Server::start(Zone::default().record("mx.example.", mx("mail.example.")).held()).await;
    let dns = Dns::new(&config(&server).cache_capacity(0)).unwrap();
    let mut requests = JoinSet::new();
    for _ in 0..20 {
        let dns = dns.clone();
        requests.spawn(async move { dns.has_mx("mx.example").await });
    }
    while server.questions().is_empty() {
        tokio::task::yield_now().await;
    }
    server.release();
    assert_eq!(requests.join_all().await, [DnsAnswer::Yes; 20]);
    assert_eq!(server.questions().len(), 1);
}

#[tokio::test]
async fn too_many_questions_at_once_are_unknown() {
    let server = Server::start(Zone::default().record("mx.example.", mx("mail.example.")).held()).await;
    let dns = Dns::new(&config(&server).max_concurrent(1)).unwrap();
    let first = tokio::spawn({
        let dns = dns.clone();
        async move { dns.has_mx("mx.example").await }
    });
    while server.questions().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(dns.has_mx("other.example").await, DnsAnswer::Unknown);
    server.release();
    assert_eq!(first.await.unwrap(), DnsAnswer::Yes);
    assert_eq!(dns.has_mx("other.example").await, DnsAnswer::No);
}

#[tokio::test]
async fn a_late_answer_is_unknown_now_and_there_for_the_next() {
    let server = Server::start(Zone::default().record("mx.example.", mx("mail.example.")).held()).await;
    // Half of it is hickory's own patience, so the question is still open when the request has given up.
    let dns = Dns::new(&config(&server)).unwrap();
    let hasty = Dns {
        timeout: Duration::ZERO,
        ..dns.clone()
    };
    assert_eq!(hasty.has_mx("mx.example").await, DnsAnswer::Unknown);
    server.release();
    assert_eq!(dns.has_mx("mx.example").await, DnsAnswer::Yes);
    assert_eq!(hasty.has_mx("mx.example").await, DnsAnswer::Yes);
    assert_eq!(server.questions().len(), 1);
}

/// With its clock paused, tokio moves it to the next timer whenever nothing else is left to do: nobody waits.
#[tokio::test(start_paused = true)]
async fn silence_is_unknown_by_the_deadline() {
    let server = Server::start(Zone::default().silent("silent.example.")).await;
    let dns = Dns::new(&config(&server).timeout(Duration::from_millis(400))).unwrap();
    let started = tokio::time::Instant::now();
    assert_eq!(dns.has_mx("silent.example").await, DnsAnswer::Unknown);
    let waited = started.elapsed();
    assert!(waited <= Duration::from_millis(401), "{waited:?}");
}

#[tokio::test]
async fn names_that_lead_back_are_confirmed() {
    let server = Server::start(
        Zone::default()
            .record("1.2.0.192.in-addr.arpa.", ptr("Crawl-1.Bot.Example."))
            .record("crawl-1.bot.example.", address("192.0.2.1"))
            .record("2.2.0.192.in-addr.arpa.", ptr("crawl-1.bot.example."))
            .record("3.2.0.192.in-addr.arpa.", ptr("elsewhere.example."))
            .record("3.2.0.192.in-addr.arpa.", ptr("crawl-3.bot.example."))
            .record("crawl-3.bot.example.", address("192.0.2.99"))
            .record("crawl-3.bot.example.", address("192.0.2.3"))
            .record("4.2.0.192.in-addr.arpa.", ptr("crawl-4.bot.example."))
            .fails("crawl-4.bot.example.", ResponseCode::ServFail)
            .fails("5.2.0.192.in-addr.arpa.", ResponseCode::ServFail)
            .record(
                "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
                ptr("crawl-6.bot.example."),
            )
            .record("crawl-6.bot.example.", address("2001:db8::1")),
    )
    .await;
    let dns = Dns::new(&config(&server)).unwrap();
    let is_bot = |name: &str| name.ends_with(".bot.example");
    for (client, expected) in [
        ("192.0.2.1", confirmed(&["crawl-1.bot.example"])),
        ("::ffff:192.0.2.1", confirmed(&["crawl-1.bot.example"])),
        ("192.0.2.2", HostNames::Unconfirmed),
        ("192.0.2.3", confirmed(&["crawl-3.bot.example"])),
        ("192.0.2.4", HostNames::Unknown),
        ("192.0.2.5", HostNames::Unknown),
        ("192.0.2.6", HostNames::Unconfirmed),
        ("2001:db8::1", confirmed(&["crawl-6.bot.example"])),
    ] {
        assert_eq!(
            dns.forward_confirmed(ip(client), is_bot).await,
            expected,
            "{client}"
        );
    }
    let asked: Vec<String> = server.questions().into_iter().map(|(name, _)| name).collect();
    assert!(
        !asked.contains(&"elsewhere.example.".to_owned()),
        "what isn't wanted isn't followed"
    );
}

#[tokio::test]
async fn few_of_many_names_are_followed() {
    let reverse = "1.2.0.192.in-addr.arpa.";
    let zone = (0..50).fold(Zone::default(), |zone, i| {
        zone.record(reverse, ptr(&format!("host-{i}.example.")))
    });
    let server = Server::start(zone).await;
    let dns = Dns::new(&config(&server)).unwrap();
    assert_eq!(
        dns.forward_confirmed(ip("192.0.2.1"), |_| true).await,
        HostNames::Unconfirmed
    );
    // One question for the names; of each one followed, one for each version of addresses.
    assert_eq!(server.questions().len(), 1 + 2 * super::MAX_NAMES);
}

#[test]
fn outside_of_a_runtime_nothing_is_known() {
    let config = DnsConfig::new().servers(["127.0.0.1:53".parse().unwrap()]);
    let dns = Dns::new(&config).unwrap();
    let shared = dns.mail.clone();
    let look_up = |_| async { panic!("nobody can ask") };
    let answer = shared.get("mx.example".into(), dns.deadline(), look_up);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let poll = std::pin::pin!(answer).poll(&mut context);
    assert_eq!(poll, std::task::Poll::Ready(None));
}

#[test]
fn wrong_configurations_are_refused() {
    let servers = || DnsConfig::new().servers(["127.0.0.1:53".parse().unwrap()]);
    for (config, field) in [
        (servers().timeout(Duration::ZERO), "dns.timeout"),
        (servers().timeout(Duration::from_secs(31)), "dns.timeout"),
        (servers().cache_capacity(u64::MAX), "dns.cache_capacity"),
        (servers().max_concurrent(0), "dns.max_concurrent"),
        (servers().max_concurrent(10_001), "dns.max_concurrent"),
    ] {
        assert_eq!(Dns::new(&config).unwrap_err().field(), field);
    }
}
