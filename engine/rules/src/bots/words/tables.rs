//! The tables that the build script made from the words (`build/words.rs`), and their types.

use crate::prefilter::{Prefilter, Probe};

/// A word and when it counts.
pub(in crate::bots) struct Word {
    /// In lower case.
    pub(in crate::bots) bytes: &'static [u8],
    /// Only at the start of the user agent.
    pub(super) at_start: bool,
    /// Only at the end of the user agent.
    pub(super) at_end: bool,
    /// Only if no letter stands before it.
    pub(super) left: bool,
    /// Only if no letter stands after it.
    pub(super) right: bool,
    /// Not if one of these stands before it; in lower case.
    pub(super) not_after: &'static [&'static [u8]],
    pub(in crate::bots) meaning: Meaning,
}

/// What it means that a word was found.
#[derive(Clone, Copy)]
pub(in crate::bots) enum Meaning {
    /// It speaks for a program, unless it is the model of a device.
    Signal(&'static str),
    /// It counts together with other facts.
    Fact(Fact),
}

/// What is known about a user agent besides signals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::bots) enum Fact {
    /// It calls itself Mozilla.
    Mozilla,
    /// It names a browser's engine, other than those below.
    Engine,
    /// It names KHTML, the ancestor of WebKit.
    Khtml,
    /// It says that it is like Gecko.
    LikeGecko,
    /// It names Chrome and a version.
    Chrome,
    /// It names Firefox and a version.
    Firefox,
    /// It names Internet Explorer and a version.
    Msie,
    /// It names Windows NT and a version.
    WindowsNt,
    /// It names the operating system of a desktop where browsers name it.
    Desktop,
    /// It names a device or an application that people browse with.
    Client,
    /// It says that it is compatible with another browser.
    Compatible,
    /// It names a browser that says so.
    CompatibleBrowser,
}

include!(concat!(env!("OUT_DIR"), "/words.rs"));
