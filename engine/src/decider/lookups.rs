//! Questions that a request raises and only the DNS can answer: whether a domain takes mail, and whether an address is that of the
//! bot that it says it is. They are asked last, when nothing else denies the request.

#[cfg(feature = "dns")]
use std::net::IpAddr;

#[cfg(feature = "dns")]
use crate::dns::{Dns, DnsAnswer, DnsConfig, HostNames};
use crate::error::ConfigError;
use crate::evaluation::Evaluation;
#[cfg(feature = "dns")]
use crate::evaluation::{Answers, Questions};
use crate::rule::{CompiledRule, EmailType, PassList, Rule, RuleSet};
#[cfg(feature = "dns")]
use crate::verification::matches_mask;

/// Asks on behalf of one client and of all clients derived from it.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    #[cfg(feature = "dns")]
    dns: Option<Dns>,
    /// Whether bots are asked about too: a request that names one then waits for the DNS, so the application must want it.
    #[cfg(feature = "dns")]
    confirm_bots: bool,
}

impl Lookups {
    /// Asks as configured, or else as the system is configured, if it is.
    #[cfg(feature = "dns")]
    pub(crate) fn new(config: Option<&DnsConfig>) -> Result<Self, ConfigError> {
        let dns = match config {
            Some(config) => Some(Dns::new(config)?),
            None => Dns::new(&DnsConfig::new())
                .inspect_err(|error| tracing::info!(%error, "the DNS is not asked"))
                .ok(),
        };
        Ok(Self {
            dns,
            confirm_bots: config.is_some_and(|config| config.verify_bots),
        })
    }

    /// Whether the DNS can be asked at all.
    fn are_possible(&self) -> bool {
        #[cfg(feature = "dns")]
        return self.dns.is_some();
        #[cfg(not(feature = "dns"))]
        false
    }

    /// Whether the rules can leave anything open that this answers.
    pub(crate) fn may_be_asked(&self, set: &RuleSet) -> bool {
        #[cfg(feature = "dns")]
        let confirms_bots = self.confirm_bots;
        #[cfg(not(feature = "dns"))]
        let confirms_bots = false;
        let may_ask = |rule: &CompiledRule| match &rule.source {
            Some(Rule::ValidateEmail(email)) => match &email.types {
                PassList::Deny(types) => types.contains(&EmailType::NoMxRecords),
                PassList::Allow(types) => !types.contains(&EmailType::NoMxRecords),
            },
            Some(Rule::DetectBot(_)) => confirms_bots,
            _ => false,
        };
        self.are_possible() && set.rules.iter().any(may_ask)
    }

    /// Refuses rules that would wait for answers in vain.
    pub(crate) fn check(&self, set: &RuleSet) -> Result<(), ConfigError> {
        for rule in &set.rules {
            let Some(Rule::ValidateEmail(email)) = &rule.source else {
                continue;
            };
            let PassList::Deny(types) = &email.types else {
                continue;
            };
            let field = format!("rules[{}].deny", rule.position);
            if types.contains(&EmailType::NoMxRecords) && !self.are_possible() {
                return Err(ConfigError::new(
                    field,
                    "NO_MX_RECORDS takes the DNS, which can't be asked here",
                    "other types, or the cargo feature `dns` and a system with name servers (or `ArcjetBuilder::dns`)",
                ));
            }
        }
        refuse_gravatar(set)
    }

    /// Answers what the evaluation has left open. What can't be answered changes nothing.
    #[cfg(feature = "dns")]
    pub(crate) async fn answer(&self, evaluation: &mut Evaluation<'_>) {
        if self.would_ask(&evaluation.questions) {
            let ip = evaluation.ip.as_ref().and_then(|ip| ip.ip());
            // Boxed: the state of a look-up must not make the future of every decision large.
            let answers = Box::pin(self.ask(&evaluation.questions, ip)).await;
            evaluation.settle_questions(answers);
        }
    }

    /// Answers nothing: there is nobody to ask.
    #[cfg(not(feature = "dns"))]
    pub(crate) async fn answer(&self, _evaluation: &mut Evaluation<'_>) {}

    /// Whether [`ask`](Self::ask) would ask anything.
    #[cfg(feature = "dns")]
    pub(crate) fn would_ask(&self, questions: &Questions) -> bool {
        let has_bots = self.confirm_bots && !questions.bots.is_empty();
        self.dns.is_some() && (has_bots || !questions.mail_domains.is_empty())
    }

    /// What is certain about the questions that a client at `ip` raised.
    #[cfg(feature = "dns")]
    pub(crate) async fn ask(&self, questions: &Questions, ip: Option<IpAddr>) -> Answers {
        let mut answers = Answers::default();
        let Some(dns) = &self.dns else {
            return answers;
        };
        for (index, domain) in &questions.mail_domains {
            if dns.has_mx(domain).await == DnsAnswer::No {
                answers.no_mail.push(*index);
            }
        }
        let Some(ip) = ip.filter(|_| self.confirm_bots) else {
            return answers;
        };
        for (index, masks) in &questions.bots {
            let is_wanted = |name: &str| masks.iter().any(|mask| matches_mask(mask, name));
            match dns.forward_confirmed(ip, is_wanted).await {
                HostNames::Confirmed(_) => answers.bots.push((*index, true)),
                HostNames::Unconfirmed => answers.bots.push((*index, false)),
                HostNames::Unknown => {}
            }
        }
        answers
    }
}

/// Refuses rules that would wait for what nobody here asks for.
pub(crate) fn refuse_gravatar(set: &RuleSet) -> Result<(), ConfigError> {
    for rule in &set.rules {
        if let Some(Rule::ValidateEmail(email)) = &rule.source
            && let PassList::Deny(types) = &email.types
            && types.contains(&EmailType::NoGravatar)
        {
            return Err(ConfigError::new(
                format!("rules[{}].deny", rule.position),
                "NO_GRAVATAR would send a digest of the address to gravatar.com, which is not done here",
                "DISPOSABLE, FREE, NO_MX_RECORDS, INVALID, ROLE",
            ));
        }
    }
    Ok(())
}

#[cfg(all(test, feature = "dns"))]
#[allow(
    clippy::unwrap_used,
    reason = "a test's helpers may panic like the test itself"
)]
mod tests {
    use std::net::IpAddr;
    use std::time::Duration;

    use hickory_resolver::proto::op::ResponseCode;
    use hickory_resolver::proto::rr::rdata::{MX, PTR};
    use hickory_resolver::proto::rr::{Name, RData};

    use crate::dns::DnsConfig;
    use crate::dns::tests::server::{Server, Zone};
    use crate::{Arcjet, DetectBot, EmailType, Reason, RequestDetails, ValidateEmail};

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    fn asked(server: &Server) -> crate::ArcjetBuilder {
        // Long enough to never pass.
        let config = DnsConfig::new()
            .servers([server.address])
            .timeout(Duration::from_secs(30));
        Arcjet::builder().dns(config)
    }

    fn request(user_agent: &str, ip: &str) -> RequestDetails {
        RequestDetails::builder("GET", "/")
            .header("user-agent", user_agent.as_bytes())
            .peer(ip.parse().unwrap())
            .build()
    }

    #[tokio::test]
    async fn an_address_whose_domain_takes_no_mail_is_denied_and_one_of_doubt_is_not() {
        let server = Server::start(
            Zone::default()
                .record("mail.example.", RData::MX(MX::new(10, name("mx.mail.example."))))
                .record("null.example.", RData::MX(MX::new(0, name("."))))
                .fails("broken.example.", ResponseCode::ServFail),
        )
        .await;
        let arcjet = asked(&server)
            .rule(ValidateEmail::deny([EmailType::NoMxRecords]))
            .build()
            .unwrap();
        for (email, expected) in [
            ("jane@mail.example", &[][..]),
            ("jane@null.example", &[EmailType::NoMxRecords]),
            ("jane@unknown.example", &[EmailType::NoMxRecords]),
            ("jane@broken.example", &[]),
        ] {
            let decision = arcjet.protect(&request("", "192.0.2.1").with_email(email)).await;
            let Reason::Email(reason) = decision.results()[0].reason() else {
                panic!("{decision:?}")
            };
            assert_eq!(reason.denied, expected, "{email}");
            assert_eq!(decision.is_denied(), !expected.is_empty(), "{email}");
        }
    }

    #[tokio::test]
    async fn a_bot_is_confirmed_by_a_name_that_leads_back() {
        let own = "192.0.2.7";
        let server = Server::start(
            Zone::default()
                .record(
                    "7.2.0.192.in-addr.arpa.",
                    RData::PTR(PTR(name("msnbot-192-0-2-7.search.msn.com."))),
                )
                .record(
                    "msnbot-192-0-2-7.search.msn.com.",
                    RData::from(own.parse::<IpAddr>().unwrap()),
                ),
        )
        .await;
        let arcjet = asked(&server).rule(DetectBot::deny(["CURL"])).build().unwrap();
        let bing = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)";
        for (ip, verified) in [(own, true), ("192.0.2.8", false)] {
            let decision = arcjet.protect(&request(bing, ip)).await;
            let Reason::Bot(bot) = decision.results()[0].reason() else {
                panic!("{decision:?}")
            };
            assert_eq!((bot.verified, bot.spoofed), (verified, !verified), "{ip}");
        }
        let asked = server.questions().len();
        let config = DnsConfig::new().servers([server.address]).verify_bots(false);
        let arcjet = Arcjet::builder()
            .dns(config)
            .rule(DetectBot::deny(["CURL"]))
            .build()
            .unwrap();
        let decision = arcjet.protect(&request(bing, own)).await;
        let Reason::Bot(bot) = decision.results()[0].reason() else {
            panic!("{decision:?}")
        };
        assert!(!bot.verified && !bot.spoofed, "{bot:?}");
        assert_eq!(server.questions().len(), asked);
    }

    #[cfg(feature = "wire")]
    #[tokio::test]
    async fn a_decision_server_asks_for_its_clients() {
        use crate::decider::protocol::{ProtocolDecider, Site};
        use crate::wire::v1alpha1 as wire;

        let server = Server::start(
            Zone::default().record("mail.example.", RData::MX(MX::new(10, name("mx.mail.example.")))),
        )
        .await;
        let config = DnsConfig::new()
            .servers([server.address])
            .timeout(Duration::from_secs(30));
        let decider = ProtocolDecider::builder().dns(config.clone()).build().unwrap();
        let silent = ProtocolDecider::builder()
            .dns(config)
            .without_dns()
            .build()
            .unwrap();
        let rule = wire::rule::Rule::Email(wire::EmailRule {
            mode: wire::Mode::Live.into(),
            // The second one is never looked up, and must not keep the first one from it.
            deny: [wire::EmailType::NoMxRecords, wire::EmailType::NoGravatar]
                .map(i32::from)
                .to_vec(),
            ..wire::EmailRule::default()
        });
        for (email, expected) in [
            ("jane@mail.example", wire::Conclusion::Allow),
            ("jane@unknown.example", wire::Conclusion::Deny),
        ] {
            let request = wire::DecideRequest {
                details: Some(wire::RequestDetails {
                    ip: "8.8.8.8".to_owned(),
                    email: email.to_owned(),
                    ..wire::RequestDetails::default()
                }),
                rules: vec![wire::Rule {
                    rule: Some(rule.clone()),
                }],
                ..wire::DecideRequest::default()
            };
            let response = decider.decide(Site::default(), request.clone()).await;
            assert_eq!(response.decision.unwrap().conclusion(), expected, "{email}");
            let asked = server.questions().len();
            let response = silent.decide(Site::default(), request).await;
            assert_eq!(response.decision.unwrap().conclusion(), wire::Conclusion::Allow);
            assert_eq!(server.questions().len(), asked);
        }
    }
}
