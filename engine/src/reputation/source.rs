//! Where tables come from.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::ReputationError;
use super::read::{self, Reading};
use crate::decision::IpFlag;

/// What a source tells about the addresses that it lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Which country they are in.
    Country,
    /// Which autonomous system announces them.
    Asn,
    /// They belong to a hosting provider.
    Hosting,
    /// They belong to a VPN.
    Vpn,
    /// They are proxies.
    Proxy,
    /// They are Tor exits.
    Tor,
    /// They belong to a relay for private browsing. Apple's is one; it is not a VPN, because its users are people who chose
    /// nothing but a setting of their phone, and it tells roughly where they are.
    Relay,
    /// They were seen attacking or spamming.
    Abuser,
    /// They belong to a crawler.
    Crawler,
    /// They belong to a mobile network.
    Mobile,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Country,
        Self::Asn,
        Self::Hosting,
        Self::Vpn,
        Self::Proxy,
        Self::Tor,
        Self::Relay,
        Self::Abuser,
        Self::Crawler,
        Self::Mobile,
    ];

    /// The name in configurations, as in `hosting`.
    pub fn as_str(self) -> &'static str {
        match self.flag() {
            Some(flag) => flag.as_str(),
            None if self == Self::Asn => "asn",
            None => "country",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What the addresses are known as, if the source is a list and not a table of values.
    pub(crate) fn flag(self) -> Option<IpFlag> {
        Some(match self {
            Self::Country | Self::Asn => return None,
            Self::Hosting => IpFlag::Hosting,
            Self::Vpn => IpFlag::Vpn,
            Self::Proxy => IpFlag::Proxy,
            Self::Tor => IpFlag::Tor,
            Self::Relay => IpFlag::Relay,
            Self::Abuser => IpFlag::Abuser,
            Self::Crawler => IpFlag::Crawler,
            Self::Mobile => IpFlag::Mobile,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A table or a list of addresses: what it tells, its name, where it is read from.
///
/// The form is found out by reading: a prefix, an address or a range in each line; CSV or TSV with a prefix or a range in
/// the first columns; or JSON, as clouds publish it. The page on reputation in this project's documentation has examples
/// of each.
#[derive(Clone, Debug)]
pub struct Source {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) service: Option<String>,
    pub(super) origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) enum Origin {
    File(PathBuf),
    Text(Arc<str>),
}

impl Source {
    /// A file. Its source is called as the file is, without the extension.
    pub fn file(kind: Kind, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_stem().unwrap_or(path.as_os_str());
        Self {
            kind,
            name: name.to_string_lossy().into_owned(),
            service: None,
            origin: Origin::File(path),
        }
    }

    /// What a file would hold.
    pub fn text(kind: Kind, name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            name: name.into(),
            service: None,
            origin: Origin::Text(text.into()),
        }
    }

    /// Sets the name under which [`IpDetails::sources`](crate::IpDetails::sources) tells of the source.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets what [`IpDetails::service`](crate::IpDetails::service) is for addresses on the list, and
    /// [`IpDetails::crawler_name`](crate::IpDetails::crawler_name) if it is a list of crawlers. Means nothing for tables of
    /// countries and autonomous systems.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// What the source tells.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File(path) => Some(path),
            Origin::Text(_) => None,
        }
    }

    /// The name under which details tell of the source.
    #[cfg(feature = "ip-data")]
    pub(super) fn name_in_details(&self) -> &str {
        &self.name
    }

    /// Reads the source. Entries that can't be read are logged.
    pub(super) fn load(&self) -> Result<Reading, ReputationError> {
        let content = match &self.origin {
            Origin::Text(text) => Cow::Borrowed(text.as_bytes()),
            Origin::File(path) => Cow::Owned(fs::read(path).map_err(|error| {
                ReputationError::new(
                    self.label(),
                    None,
                    format!("it can't be read: {error}"),
                    "a readable file",
                )
            })?),
        };
        let reading = read::read(self, &content)?;
        for reject in &reading.rejects.first {
            tracing::warn!(
                source = self.label(),
                line = reject.line,
                problem = reject.problem,
                "skipped an entry of a reputation source"
            );
        }
        if reading.rejects.count > reading.rejects.first.len() {
            tracing::warn!(
                source = self.label(),
                skipped = reading.rejects.count,
                "skipped more entries of a reputation source"
            );
        }
        tracing::debug!(
            source = self.label(),
            prefixes = reading.prefixes,
            "addresses read"
        );
        Ok(reading)
    }

    /// What faults of the source are told under: the file or, without one, the name.
    pub(super) fn label(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Text(_) => self.name.clone(),
        }
    }
}
