//! The fields of the list of well-known bots. A field that is not known here is an error: it may change what a bot is.

use serde::Deserialize;

/// An entry of the list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bot {
    /// Unique, in kebab case.
    pub(crate) id: String,
    pub(crate) categories: Vec<String>,
    pub(crate) pattern: Pattern,
    /// How a client can prove to be this bot; one method is enough.
    verification: Vec<Verification>,
    /// The bot's documentation.
    #[serde(default, rename = "url")]
    _url: Option<String>,
    #[serde(default)]
    pub(crate) instances: Instances,
    /// Names that other lists give it.
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default, rename = "addition_date")]
    _addition_date: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    /// Names of software that the bot is built on.
    #[serde(default, rename = "depends_on")]
    _depends_on: Vec<String>,
}

/// What a user agent must match to be the bot.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pattern {
    /// Regular expressions that must all match.
    pub(crate) accepted: Vec<String>,
    /// Regular expressions of which none may match.
    pub(crate) forbidden: Vec<String>,
}

/// User agents seen in the wild.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Instances {
    pub(crate) accepted: Vec<String>,
    pub(crate) rejected: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
enum Verification {
    /// The address is in one of these published ranges.
    Cidr { sources: Vec<Source> },
    /// The address resolves to a name that fits one of these masks.
    Dns { masks: Vec<String> },
    /// The address is one of these.
    Ip {
        #[serde(default)]
        sources: Vec<Source>,
        #[serde(default)]
        ips: Vec<String>,
    },
}

/// Where a bot's operator publishes its addresses.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(tag = "type", deny_unknown_fields)]
enum Source {
    #[serde(rename = "http-json")]
    Json { url: String, selector: String },
    #[serde(rename = "http-csv")]
    Csv { url: String },
    #[serde(rename = "http-text")]
    Text { url: String },
}

impl Bot {
    /// Where its operator publishes its addresses.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &str> {
        let sources = self.verification.iter().flat_map(Verification::sources);
        sources.map(|source| match source {
            Source::Json { url, .. } | Source::Csv { url } | Source::Text { url } => url.as_str(),
        })
    }

    /// Its addresses and ranges as far as the list has them.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        let addresses = self.verification.iter().filter_map(|method| match method {
            Verification::Ip { ips, .. } => Some(ips),
            _ => None,
        });
        addresses.flatten().map(String::as_str)
    }

    /// The masks of its host names.
    pub(crate) fn masks(&self) -> impl Iterator<Item = &str> {
        let masks = self.verification.iter().filter_map(|method| match method {
            Verification::Dns { masks } => Some(masks),
            _ => None,
        });
        masks.flatten().map(String::as_str)
    }

    /// What decides which requests the bot is detected in and verified by.
    pub(crate) fn rules(&self) -> impl PartialEq + use<'_> {
        (&self.categories, &self.pattern, &self.verification, &self.aliases)
    }
}

impl Verification {
    fn sources(&self) -> &[Source] {
        match self {
            Self::Cidr { sources } | Self::Ip { sources, .. } => sources,
            Self::Dns { .. } => &[],
        }
    }
}
