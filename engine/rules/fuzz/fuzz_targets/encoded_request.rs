//! The flat encoding of requests at the border of the sandbox, and all rules together on what it holds.
#![no_main]

use arcjet_rules::{
    BotList, DetectBot, DetectPromptInjection, EmailList, EmailType, EntityList, Filter, FilterList, Mode,
    Request, Rule, RuleConfig, RuleSet, SensitiveInfo, Shield, ValidateEmail, fuzzing::encoded_request,
};
use libfuzzer_sys::fuzz_target;
use std::{net::IpAddr, sync::LazyLock};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let expressions = FilterList::Deny(vec![
        "ip.src.country == \"AT\" or http.request.headers[\"a\"] matches \"b+$\"".into(),
        "local[\"plan\"] in {\"free\"} or ip.src in {192.0.2.0/24 2001:db8::/32}".into(),
    ]);
    let configs = [
        RuleConfig::SensitiveInfo(SensitiveInfo {
            entities: EntityList::Allow(Vec::new()),
            custom: Vec::new(),
        }),
        RuleConfig::Filter(Filter { expressions }),
        RuleConfig::Shield(Shield::default()),
        RuleConfig::DetectBot(DetectBot::new(BotList::Allow(Vec::new()))),
        RuleConfig::ValidateEmail(ValidateEmail::new(EmailList::Deny(EmailType::ALL.into()))),
        RuleConfig::DetectPromptInjection(DetectPromptInjection::default()),
    ];
    let mode = Mode::DryRun;
    RuleSet::new(&configs.map(|config| Rule { mode, config })).expect("the configuration is right")
});

fuzz_target!(|encoded: &[u8]| {
    let Some((again, outcomes)) = encoded_request(encoded, |request| (encode(request), RULES.judge(request)))
    else {
        return;
    };
    assert_eq!(outcomes.len(), 6, "dry runs end nothing");
    let same = encoded_request(&again, |request| {
        assert_eq!(encode(request), again, "what was read can be written");
        assert_eq!(
            RULES.judge(request),
            outcomes,
            "the same request is judged the same"
        );
    });
    assert!(same.is_some(), "what was written can be read");
    // Cut anywhere, it is refused, or it is a request with fewer fields.
    if let Some(cut) = again.len().checked_sub(1) {
        assert!(
            encoded_request(&again[..cut], |_| ()).is_none(),
            "a cut field is no field"
        );
    }
});

/// Writes a request as the host does.
fn encode(request: &Request<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let ip = match request.ip {
        Some(IpAddr::V4(ip)) => Some(ip.octets().to_vec()),
        Some(IpAddr::V6(ip)) => Some(ip.octets().to_vec()),
        None => None,
    };
    let texts = [request.email, request.sensitive_text, request.message];
    for (tag, value) in (0..).zip([request.method, request.host, request.path, request.query]) {
        field(&mut out, tag, b"", value);
    }
    for (name, value) in request.headers {
        field(&mut out, 4, name, value);
    }
    field(&mut out, 5, b"", request.body);
    if let Some(ip) = ip {
        field(&mut out, 6, b"", &ip);
    }
    for (name, value) in request.ip_details {
        field(&mut out, 7, name.as_bytes(), value.as_bytes());
    }
    for (tag, text) in (8..).zip(texts) {
        if let Some(text) = text {
            field(&mut out, tag, b"", text.as_bytes());
        }
    }
    for (name, value) in request.local {
        field(&mut out, 11, name.as_bytes(), value.as_bytes());
    }
    for span in request.application_spans {
        let numbers = [span.rule, span.start, span.end].map(u32::to_le_bytes);
        field(&mut out, 12, span.label.as_bytes(), numbers.as_flattened());
    }
    out
}

fn field(out: &mut Vec<u8>, tag: u8, name: &[u8], value: &[u8]) {
    let name_length = u16::try_from(name.len()).expect("names were read from 16 bits of length");
    let value_length = u32::try_from(value.len()).expect("values were read from 32 bits of length");
    out.push(tag);
    out.extend_from_slice(&name_length.to_le_bytes());
    out.extend_from_slice(&value_length.to_le_bytes());
    out.extend_from_slice(name);
    out.extend_from_slice(value);
}
