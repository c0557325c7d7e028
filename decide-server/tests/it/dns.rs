//! A DNS server on a free port of this machine, and what the program asks it.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use arcjet_engine::wire::v1alpha1::{
    BotV2Reason, BotV2Rule, Conclusion, Decision, EmailReason, EmailRule, EmailType, Mode, Rule, reason, rule,
};

use crate::client::{DECIDE, decide, proto, send};
use crate::program::Program;
use crate::sites::{File, check};

pub(crate) const A: u16 = 1;
pub(crate) const PTR: u16 = 12;
pub(crate) const MX: u16 = 15;

/// Answers what it was told to, and that no other name exists, for as long as the tests run.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    questions: Arc<Mutex<Vec<(String, u16)>>>,
}

/// A name and a type of records, with the data of the only one.
pub(crate) type Record = (&'static str, u16, Vec<u8>);

impl NameServer {
    pub(crate) fn start(records: Vec<Record>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let questions = Arc::<Mutex<Vec<(String, u16)>>>::default();
        let seen = Arc::clone(&questions);
        let records: HashMap<(String, u16), Vec<u8>> = records
            .into_iter()
            .map(|(name, kind, data)| ((name.to_owned(), kind), data))
            .collect();
        thread::spawn(move || {
            let mut message = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut message) {
                let (name, kind, end) = question(&message[..length]);
                let data = records.get(&(name.clone(), kind));
                let exists = records.keys().any(|(own, _)| *own == name);
                seen.lock().unwrap().push((name, kind));
                let answer = answer(&message[..end], kind, data, exists);
                socket.send_to(&answer, client).unwrap();
            }
        });
        Self { address, questions }
    }

    /// The names that were asked about, with the type of records.
    pub(crate) fn questions(&self) -> Vec<(String, u16)> {
        self.questions.lock().unwrap().clone()
    }
}

/// Name, type and end of the question behind the twelve bytes of the header.
fn question(message: &[u8]) -> (String, u16, usize) {
    let mut labels = Vec::new();
    let mut at = 12;
    while message[at] != 0 {
        let length = usize::from(message[at]);
        labels.push(String::from_utf8_lossy(&message[at + 1..=at + length]).to_lowercase());
        at += length + 1;
    }
    let kind = u16::from_be_bytes([message[at + 1], message[at + 2]]);
    (labels.join("."), kind, at + 5)
}

/// A response with the question repeated, and the record if there is one.
fn answer(asked: &[u8], kind: u16, data: Option<&Vec<u8>>, exists: bool) -> Vec<u8> {
    let no_such_name = if exists { 0 } else { 3 };
    let mut answer = asked.to_vec();
    // A response, recursion desired and available.
    answer[2..4].copy_from_slice(&[0x81, 0x80 | no_such_name]);
    let counts = [1, u16::from(data.is_some()), 0, 0]
        .map(u16::to_be_bytes)
        .concat();
    answer[4..12].copy_from_slice(&counts);
    if let Some(data) = data {
        // The name of the question, class IN, for five minutes.
        answer.extend([0xc0, 0x0c]);
        answer.extend([kind, 1].map(u16::to_be_bytes).concat());
        answer.extend(300_u32.to_be_bytes());
        answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        answer.extend(data);
    }
    answer
}

/// A name as the DNS writes it.
pub(crate) fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in text.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// A domain that takes mail, and a bot of Bing's that has a name.
pub(crate) fn records() -> Vec<Record> {
    let host = "msnbot-192-0-2-7.search.msn.com";
    vec![
        (
            "mail.example",
            MX,
            [&[0, 10], &name("mx.mail.example")[..]].concat(),
        ),
        ("7.2.0.192.in-addr.arpa", PTR, name(host)),
        (host, A, Ipv4Addr::new(192, 0, 2, 7).octets().to_vec()),
    ]
}

pub(crate) const BING: &str = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)";

/// A server that asks `dns` with this line among its settings.
fn serve(name: &str, dns: &NameServer, line: &str) -> (File, Program) {
    // Longer than any test takes, so that a busy machine doesn't make an answer late.
    let text = format!(
        "[dns]\nservers = [\"{}\"]\ntimeout = \"30s\"\n{line}\n",
        dns.address
    );
    let file = File::new(name, &text);
    let program = file.serve();
    (file, program)
}

async fn judge(program: &Program, ip: &str, email: &str, user_agent: &str, rule: rule::Rule) -> Decision {
    let mut request = decide(ip, vec![Rule { rule: Some(rule) }]);
    let details = request.details.as_mut().unwrap();
    details.email = email.to_owned();
    details
        .headers
        .insert("user-agent".to_owned(), user_agent.to_owned());
    send(program.address, proto(DECIDE, &request)).await.decision()
}

/// The kinds of addresses that were denied.
async fn denied_mail(program: &Program, email: &str) -> Vec<EmailType> {
    let rule = rule::Rule::Email(EmailRule {
        mode: Mode::Live.into(),
        deny: vec![EmailType::NoMxRecords.into()],
        ..EmailRule::default()
    });
    let decision = judge(program, "192.0.2.1", email, "Firefox", rule).await;
    let reason = decision.rule_results[0].reason.clone().unwrap().reason;
    let Some(reason::Reason::Email(EmailReason { email_types })) = reason else {
        panic!("{reason:?}")
    };
    let denied: Vec<EmailType> = email_types
        .iter()
        .map(|&kind| EmailType::try_from(kind).unwrap())
        .collect();
    assert_eq!(decision.conclusion() == Conclusion::Deny, !denied.is_empty());
    denied
}

/// Whether a bot that names itself Bing's is one, and whether it is none.
async fn is_bing(program: &Program, ip: &str) -> (bool, bool) {
    let rule = rule::Rule::BotV2(BotV2Rule {
        mode: Mode::Live.into(),
        deny: vec!["CURL".to_owned()],
        ..BotV2Rule::default()
    });
    let decision = judge(program, ip, "", BING, rule).await;
    let reason = decision.rule_results[0].reason.clone().unwrap().reason;
    let Some(reason::Reason::BotV2(BotV2Reason {
        verified, spoofed, ..
    })) = reason
    else {
        panic!("{reason:?}")
    };
    (verified, spoofed)
}

#[tokio::test]
async fn domains_of_addresses_are_asked_about_and_bots_are_not() {
    let dns = NameServer::start(records());
    let (_file, program) = serve("dns-mail", &dns, "");
    assert_eq!(denied_mail(&program, "jane@mail.example").await, []);
    assert_eq!(
        denied_mail(&program, "jane@nowhere.example").await,
        [EmailType::NoMxRecords]
    );
    let asked = dns.questions();
    assert_eq!(asked[0], ("mail.example".to_owned(), MX));
    assert_eq!(is_bing(&program, "192.0.2.7").await, (false, false));
    assert_eq!(dns.questions(), asked);
}

#[tokio::test]
async fn bots_are_asked_about_if_that_is_wanted() {
    let dns = NameServer::start(records());
    let (_file, program) = serve("dns-all", &dns, "lookups = \"all\"");
    assert_eq!(is_bing(&program, "192.0.2.7").await, (true, false));
    assert_eq!(is_bing(&program, "192.0.2.8").await, (false, true));
    assert_eq!(denied_mail(&program, "jane@mail.example").await, []);
}

#[tokio::test]
async fn nothing_is_asked_if_that_is_wanted() {
    let dns = NameServer::start(records());
    let (_file, program) = serve("dns-none", &dns, "lookups = \"none\"");
    assert_eq!(denied_mail(&program, "jane@nowhere.example").await, []);
    assert_eq!(is_bing(&program, "192.0.2.7").await, (false, false));
    assert_eq!(dns.questions(), []);
}

#[test]
fn wrong_settings_are_told_with_what_is_accepted() {
    let file = File::new(
        "dns-wrong",
        "[dns]\nlookups = \"bots\"\nservers = [\"dns.example\"]\ntimeout = \"31s\"\ncache_capacity = 10000001\n\
         max_concurrent = 0\nserver = \"192.0.2.53\"\n",
    );
    let output = check(&file, |_| {});
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    let path = file.path().display();
    for expected in [
        format!("{path}:2: dns.lookups: \"bots\"; accepted: none, mail, all"),
        format!(
            "{path}:3: dns.servers: \"dns.example\"; accepted: an IP address, with its port unless that is 53"
        ),
        format!("{path}:4: dns.timeout: \"31s\"; accepted: 1 millisecond to 30 seconds"),
        format!("{path}:5: dns.cache_capacity: \"10000001\"; accepted: 0 to 10000000"),
        format!("{path}:6: dns.max_concurrent: \"0\"; accepted: 1 to 10000"),
        format!("{path}:7: dns.server: unknown field, did you mean servers?"),
    ] {
        assert!(errors.contains(&expected), "{expected} is missing in:\n{errors}");
    }
}
