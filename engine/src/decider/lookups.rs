//! Questions that a request raises and only the DNS can answer: whether a domain takes mail, and whether an address is that of the
//! bot that it says it is. They are asked last, when nothing else denies the request.

#[cfg(feature = "dns")]
use crate::dns::{Dns, DnsAnswer, DnsConfig, HostNames};
use crate::error::ConfigError;
use crate::evaluation::Evaluation;
use crate::rule::{EmailType, PassList, Rule, RuleSet};
#[cfg(feature = "dns")]
use crate::verification::matches_mask;

/// Asks on behalf of one client and of all clients derived from it.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    #[cfg(feature = "dns")]
    dns: Option<Dns>,
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
        Ok(Self { dns })
    }

    /// Whether the DNS can be asked at all.
    fn are_possible(&self) -> bool {
        #[cfg(feature = "dns")]
        return self.dns.is_some();
        #[cfg(not(feature = "dns"))]
        false
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
            if types.contains(&EmailType::NoGravatar) {
                return Err(ConfigError::new(
                    field,
                    "NO_GRAVATAR would send a digest of the address to gravatar.com, which is not done here",
                    "DISPOSABLE, FREE, NO_MX_RECORDS, INVALID, ROLE",
                ));
            }
        }
        Ok(())
    }

    /// Answers what the evaluation has left open. What can't be answered changes nothing.
    pub(crate) async fn answer(&self, evaluation: &mut Evaluation<'_>) {
        if evaluation.mail_domains.is_empty() && evaluation.unconfirmed_bots.is_empty() {
            return;
        }
        #[cfg(feature = "dns")]
        if let Some(dns) = &self.dns {
            // Boxed: the state of a look-up must not make the future of every decision large.
            Box::pin(ask(dns, evaluation)).await;
        }
    }
}

#[cfg(feature = "dns")]
async fn ask(dns: &Dns, evaluation: &mut Evaluation<'_>) {
    for (index, domain) in std::mem::take(&mut evaluation.mail_domains) {
        if dns.has_mx(&domain).await == DnsAnswer::No {
            evaluation.deny_mail(index);
        }
    }
    let ip = evaluation.ip.as_ref().and_then(|ip| ip.ip());
    for (index, masks) in std::mem::take(&mut evaluation.unconfirmed_bots) {
        let Some(ip) = ip else { continue };
        let is_wanted = |name: &str| masks.iter().any(|mask| matches_mask(mask, name));
        match dns.forward_confirmed(ip, is_wanted).await {
            HostNames::Confirmed(_) => evaluation.verify_bot(index, true),
            HostNames::Unconfirmed => evaluation.verify_bot(index, false),
            HostNames::Unknown => {}
        }
    }
}
