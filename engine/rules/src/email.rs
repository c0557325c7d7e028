//! The rule that validates an e-mail address: its grammar, and what is known of its domain and its mailbox.
//!
//! What only the DNS knows is left to the caller: [`EmailReason::mail_domain`] says which name to ask for, if the answer matters.

mod cursor;
mod domain;
mod fault;
mod grammar;
mod key;
mod lists;
mod literal;
mod punycode;

use crate::{
    config::ConfigError,
    needs::Needs,
    outcome::{Conclusion, MissingInput, Outcome, Reason},
    request::Request,
};
pub use fault::EmailFault;
pub use grammar::EmailLevel;
use grammar::{Address, Domain};

/// Configures the validation of the e-mail address that the application asks about.
///
/// An invalid address is denied whatever the lists say. A request without an address gives the conclusion
/// [`Error`](Conclusion::Error); an empty one is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidateEmail {
    /// Which kinds of addresses may pass.
    pub list: EmailList,
    /// How much of the grammar is accepted; [`EmailLevel::Smtp`] by default.
    pub level: EmailLevel,
    /// Whether a domain needs at least two labels and a last one that isn't a number; true by default. `jane@localhost` is invalid then.
    pub require_top_level_domain: bool,
    /// Whether an address in brackets may stand for the domain; false by default. `jane@[192.0.2.1]` is invalid then.
    pub allow_domain_literal: bool,
    /// Domains of which only the grammar is judged: with those below them they are neither disposable nor free, need no MX records,
    /// and have no role mailboxes. Empty by default.
    pub trusted_domains: Vec<String>,
}

impl ValidateEmail {
    /// The defaults with this list.
    pub fn new(list: EmailList) -> Self {
        Self {
            list,
            level: EmailLevel::default(),
            require_top_level_domain: true,
            allow_domain_literal: false,
            trusted_domains: Vec::new(),
        }
    }
}

/// Which kinds of addresses may pass. [`EmailType::Invalid`] in a list changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailList {
    /// These kinds pass, every other kind is denied, except [`EmailType::Role`].
    Allow(Vec<EmailType>),
    /// These kinds are denied, every other kind passes.
    Deny(Vec<EmailType>),
}

/// A kind of addresses. An address can be of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EmailType {
    /// Of a domain that hands out addresses to be thrown away, or of one below it.
    Disposable,
    /// Of a provider where anybody gets an address, or of an access provider.
    Free,
    /// Of a domain that doesn't take mail. Found by the DNS, so never by this rule alone.
    NoMxRecords,
    /// Without a picture at Gravatar. Never found here.
    NoGravatar,
    /// Against the grammar. Always denied.
    Invalid,
    /// Of a function instead of a person: `postmaster@`, `sales@`. Arcjet and its wire protocol don't know this kind; so that a
    /// list means here what it means there, only a deny list denies it.
    Role,
}

impl EmailType {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Disposable,
        Self::Free,
        Self::NoMxRecords,
        Self::NoGravatar,
        Self::Invalid,
        Self::Role,
    ];

    /// The name in configurations and decisions: `NO_MX_RECORDS`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disposable => "DISPOSABLE",
            Self::Free => "FREE",
            Self::NoMxRecords => "NO_MX_RECORDS",
            Self::NoGravatar => "NO_GRAVATAR",
            Self::Invalid => "INVALID",
            Self::Role => "ROLE",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    const fn mask(self) -> u8 {
        1 << self as u8
    }
}

/// What the validation of an e-mail address found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmailReason {
    /// The kinds found that may pass, in the order of [`EmailType::ALL`].
    pub allowed: Vec<EmailType>,
    /// The kinds found that are denied, in the same order: Arcjet's `emailTypes`.
    pub denied: Vec<EmailType>,
    /// If the address is invalid: why.
    pub fault: Option<EmailFault>,
    /// The domain, in ASCII and lower case, whose MX records decide whether the address passes: if it takes no mail, the address is
    /// of the kind [`EmailType::NoMxRecords`], and denied. Nothing if the configuration doesn't care, if the address is denied
    /// already, or if there is nothing to ask: the address is in brackets, the provider is a well-known one, or the name might be
    /// encoded in more than one way.
    pub mail_domain: Option<String>,
}

/// The rule, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CompiledEmail {
    /// A bit for each kind that is denied.
    denied: u8,
    level: EmailLevel,
    require_top_level_domain: bool,
    allow_domain_literal: bool,
    /// In ASCII and lower case.
    trusted_domains: Vec<String>,
}

impl CompiledEmail {
    /// Checks and compiles the configuration of the rule at this place.
    pub(crate) fn new(rule: usize, config: &ValidateEmail) -> Result<Self, ConfigError> {
        let mask = |list: &[EmailType]| list.iter().fold(0, |mask, kind| mask | kind.mask());
        let denied = match &config.list {
            EmailList::Allow(list) => !(mask(list) | EmailType::Role.mask()),
            EmailList::Deny(list) => mask(list),
        };
        let trusted = |(place, domain): (usize, &String)| {
            trusted_domain(domain).ok_or_else(|| ConfigError {
                rule,
                field: format!("trusted_domains[{place}]"),
                message: "no name of a domain".into(),
                accepted: "a name such as example.com, without @ and without wildcards".into(),
            })
        };
        Ok(Self {
            denied: denied | EmailType::Invalid.mask(),
            level: config.level,
            require_top_level_domain: config.require_top_level_domain,
            allow_domain_literal: config.allow_domain_literal,
            trusted_domains: config
                .trusted_domains
                .iter()
                .enumerate()
                .map(trusted)
                .collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn needs(&self, needs: &mut Needs) {
        needs.email = true;
    }

    pub(crate) fn judge(&self, request: &Request<'_>) -> Outcome {
        let Some(text) = request.email else {
            return Outcome::missing(MissingInput::Email);
        };
        let reason = match grammar::parse(text).and_then(|address| self.accept(address)) {
            Ok(address) => self.classify(&address),
            Err(fault) => EmailReason {
                denied: vec![EmailType::Invalid],
                fault: Some(fault),
                ..EmailReason::default()
            },
        };
        let conclusion = if reason.denied.is_empty() {
            Conclusion::Allow
        } else {
            Conclusion::Deny
        };
        Outcome {
            conclusion,
            reason: Reason::Email(reason),
        }
    }

    /// The address, if it keeps to what is configured.
    fn accept(&self, address: Address) -> Result<Address, EmailFault> {
        if address.level > self.level {
            return Err(address.because.unwrap_or(EmailFault::Character));
        }
        match address.domain {
            Domain::Literal if !self.allow_domain_literal => Err(EmailFault::DomainLiteral),
            Domain::Name {
                is_single,
                is_numeric,
            } if self.require_top_level_domain && (is_single || is_numeric) => {
                Err(EmailFault::NoTopLevelDomain)
            }
            _ => Ok(address),
        }
    }

    /// What is known of a valid address.
    fn classify(&self, address: &Address) -> EmailReason {
        let mut reason = EmailReason::default();
        let domain = address.domain_name();
        if self.is_trusted(domain) {
            return reason;
        }
        let is_name = address.domain != Domain::Literal;
        let is_free = is_name && lists::is_free(domain);
        for (kind, is_found) in [
            (EmailType::Disposable, is_name && lists::is_disposable(domain)),
            (EmailType::Free, is_free),
            (EmailType::Role, lists::is_role(address.local_part())),
        ] {
            if is_found {
                let is_denied = self.denied & kind.mask() != 0;
                if is_denied {
                    &mut reason.denied
                } else {
                    &mut reason.allowed
                }
                .push(kind);
            }
        }
        let matters = self.denied & EmailType::NoMxRecords.mask() != 0 && reason.denied.is_empty();
        if matters && is_name && !is_free && address.is_canonical {
            reason.mail_domain = Some(domain.to_owned());
        }
        reason
    }

    fn is_trusted(&self, domain: &str) -> bool {
        self.trusted_domains.iter().any(|trusted| {
            domain
                .strip_suffix(trusted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}

/// A configured domain in ASCII and lower case, if it is one.
fn trusted_domain(domain: &str) -> Option<String> {
    let address = grammar::parse(&format!("x@{domain}")).ok()?;
    let is_name = matches!(address.domain, Domain::Name { .. });
    (is_name && address.level <= EmailLevel::Smtp).then(|| address.domain_name().to_owned())
}
