//! Parsed expressions, and what they come to.

use super::{
    address::AddressSet,
    number::RangeSet,
    pattern::Pattern,
    value::{self, Text},
    wildcard::Wildcard,
};
use crate::{needs::Needs, request::Request};
use memchr::memmem::Finder;
use std::{
    cmp::Ordering,
    net::{IpAddr, Ipv4Addr},
    ops::Not,
};

/// What stands for an address that the request doesn't have.
const NO_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Whether something is so, in Kleene's logic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// It hangs on something that is not known.
    Unknown,
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// A parsed expression.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Test(Test),
    Not(Box<Self>),
    /// `and`, of at least two.
    All(Box<[Self]>),
    /// `or`, of at least two.
    Any(Box<[Self]>),
    /// `xor`, of at least two: whether an odd number is true.
    Odd(Box<[Self]>),
}

/// A comparison.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// A truth about the address, by its field.
    Flag(&'static str),
    Address(AddressTest),
    Text(Text, TextTest),
    /// The number of bytes of a text, 0 if the text is unknown.
    Length(Text, LengthTest),
}

#[derive(Clone, Debug)]
pub(super) enum AddressTest {
    Compare(Comparison, IpAddr),
    In(AddressSet),
}

#[derive(Clone, Debug)]
pub(super) enum TextTest {
    Compare(Comparison, Box<[u8]>),
    /// Sorted.
    In(Box<[Box<[u8]>]>),
    Contains(Box<Finder<'static>>),
    Matches(Pattern),
    Wildcard(Wildcard),
}

#[derive(Clone, Debug)]
pub(super) enum LengthTest {
    Compare(Comparison, i64),
    In(RangeSet<i64>),
    /// Whether any of these bits is set.
    Bits(i64),
}

/// Which orders make a comparison true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    GreaterOrEqual,
    LessOrEqual,
    Greater,
    Less,
}

impl Comparison {
    /// Whether the comparison is true of things in this order. Things in no order are not equal, and that is all.
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::Less => order == Some(Ordering::Less),
        }
    }
}

impl Node {
    /// Adds what the expression reads.
    pub(super) fn needs(&self, needs: &mut Needs) {
        match self {
            Self::Test(Test::Flag(_)) => needs.ip_details = true,
            Self::Test(Test::Address(_)) => needs.ip = true,
            Self::Test(Test::Text(text, _) | Test::Length(text, _)) => text.needs(needs),
            Self::Not(inner) => inner.needs(needs),
            Self::All(nodes) | Self::Any(nodes) | Self::Odd(nodes) => {
                nodes.iter().for_each(|node| node.needs(needs));
            }
        }
    }

    /// What the expression comes to. It is as deep as it was nested, which the parser limits.
    pub(super) fn judge(&self, request: &Request<'_>, scratch: &mut Vec<u8>) -> Truth {
        match self {
            Self::Test(test) => test.judge(request, scratch),
            Self::Not(inner) => !inner.judge(request, scratch),
            Self::All(nodes) => decided_by(Truth::False, nodes, request, scratch),
            Self::Any(nodes) => decided_by(Truth::True, nodes, request, scratch),
            Self::Odd(nodes) => {
                let mut odd = Truth::False;
                for node in nodes {
                    odd = match node.judge(request, scratch) {
                        Truth::True => !odd,
                        Truth::False => odd,
                        Truth::Unknown => return Truth::Unknown,
                    };
                }
                odd
            }
        }
    }
}

/// What a list comes to that one of this truth decides. Without one it is unknown if one of them is, and else the opposite.
fn decided_by(decisive: Truth, nodes: &[Node], request: &Request<'_>, scratch: &mut Vec<u8>) -> Truth {
    let mut result = !decisive;
    for node in nodes {
        match node.judge(request, scratch) {
            truth if truth == decisive => return decisive,
            Truth::Unknown => result = Truth::Unknown,
            _ => {}
        }
    }
    result
}

impl Test {
    fn judge(&self, request: &Request<'_>, scratch: &mut Vec<u8>) -> Truth {
        match self {
            Self::Flag(name) => match value::detail(request, name) {
                Some("true") => Truth::True,
                Some("false") => Truth::False,
                _ => Truth::Unknown,
            },
            Self::Address(test) => test.holds(request.ip.unwrap_or(NO_ADDRESS)).into(),
            Self::Text(text, test) => match text.read(request, scratch) {
                Some(text) => test.holds(text).into(),
                None => Truth::Unknown,
            },
            Self::Length(text, test) => {
                let length = text.read(request, scratch).map_or(0, <[u8]>::len);
                test.holds(i64::try_from(length).unwrap_or(i64::MAX)).into()
            }
        }
    }
}

impl AddressTest {
    fn holds(&self, address: IpAddr) -> bool {
        match self {
            Self::Compare(comparison, other) => {
                let comparable = address.is_ipv4() == other.is_ipv4();
                comparison.holds(comparable.then(|| address.cmp(other)))
            }
            Self::In(set) => set.contains(address),
        }
    }
}

impl TextTest {
    fn holds(&self, text: &[u8]) -> bool {
        match self {
            Self::Compare(comparison, other) => comparison.holds(Some(text.cmp(other))),
            Self::In(set) => set.binary_search_by(|own| (**own).cmp(text)).is_ok(),
            Self::Contains(finder) => finder.find(text).is_some(),
            Self::Matches(pattern) => pattern.is_match(text),
            Self::Wildcard(wildcard) => wildcard.is_match(text),
        }
    }
}

impl LengthTest {
    fn holds(&self, length: i64) -> bool {
        match self {
            Self::Compare(comparison, other) => comparison.holds(Some(length.cmp(other))),
            Self::In(set) => set.contains(length),
            Self::Bits(bits) => length & bits != 0,
        }
    }
}
