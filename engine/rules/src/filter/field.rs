//! The fields that expressions read.

use super::value::{Map, Plain};

/// A field, by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `ip.src`: the address.
    Address,
    /// A text that every request has; it may be empty.
    Plain(Plain),
    /// Texts by key.
    Map(Map),
    /// A text about the address, which may be unknown.
    Detail(&'static str),
    /// A truth about the address, which may be unknown.
    Flag(&'static str),
}

const FIELDS: [(&str, Field); 8] = [
    ("http.host", Field::Plain(Plain::Host)),
    ("http.request.method", Field::Plain(Plain::Method)),
    ("http.request.uri.path", Field::Plain(Plain::Path)),
    ("http.request.headers", Field::Map(Map::Headers)),
    ("http.request.cookie", Field::Map(Map::Cookies)),
    ("http.request.uri.args", Field::Map(Map::Args)),
    ("local", Field::Map(Map::Local)),
    ("ip.src", Field::Address),
];

/// What is known about the address as text. Numbers too: they are compared as text.
const DETAILS: [&str; 18] = [
    "ip.src.accuracy_radius",
    "ip.src.asnum",
    "ip.src.asnum.country",
    "ip.src.asnum.domain",
    "ip.src.asnum.name",
    "ip.src.asnum.type",
    "ip.src.city",
    "ip.src.continent",
    "ip.src.continent.name",
    "ip.src.country",
    "ip.src.country.name",
    "ip.src.crawler.name",
    "ip.src.lat",
    "ip.src.lon",
    "ip.src.postal_code",
    "ip.src.region",
    "ip.src.service",
    "ip.src.timezone.name",
];

/// What is known about the address as truth.
const FLAGS: [&str; 7] = [
    "ip.src.crawler",
    "ip.src.hosting",
    "ip.src.mobile",
    "ip.src.proxy",
    "ip.src.relay",
    "ip.src.tor",
    "ip.src.vpn",
];

impl Field {
    /// The field of this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let detail = || {
            DETAILS
                .iter()
                .find(|own| **own == name)
                .map(|own| Self::Detail(own))
        };
        let flag = || FLAGS.iter().find(|own| **own == name).map(|own| Self::Flag(own));
        let field = FIELDS
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, field)| *field);
        field.or_else(detail).or_else(flag)
    }
}

/// The names of all fields.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let fields = FIELDS.iter().map(|(name, _)| *name);
    fields.chain(DETAILS).chain(FLAGS)
}
