//! What Shield says about a request.

use super::finding::Category;

/// What the detection of attacks found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShieldReason {
    /// Whether the score reached the threshold.
    pub triggered: bool,
    /// How suspicious the request is; 0 if nothing was found.
    ///
    /// Of each category only the best detection of the whole request counts, however often it was found. Detections of 3 to 5
    /// points are added up over the categories. Those of 1 or 2 points add at most 4 points together, so that any number of weak
    /// signs, as long free text has them, doesn't reach the default threshold.
    pub score: u32,
    /// The score from which on a request is denied.
    pub threshold: u32,
    /// What was found where, at most [`MAX_DETECTIONS`](Self::MAX_DETECTIONS), the highest scores first and then in the order of
    /// the request.
    pub detections: Vec<Detection>,
    /// How many more there were, with scores that are not higher.
    pub more_detections: u32,
}

impl ShieldReason {
    /// How many detections a reason names.
    pub const MAX_DETECTIONS: usize = 16;
}

/// What one detector found in one value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Detection {
    /// The detector, with its category first: `sqli.union-select`.
    pub detector: &'static str,
    /// The class of attacks that it looks for.
    pub category: Category,
    /// The part of the request.
    pub part: Part,
    /// The name of the parameter, cookie, header or field, as sent but percent-decoded; for a JSON body the keys that lead to the
    /// value, joined by dots. Empty for parts without names. At most [`MAX_NAME`](Self::MAX_NAME) bytes, cut if longer; bytes that
    /// are not UTF-8 are replaced. This is the name to exclude.
    pub parameter: String,
    /// How sure the detector is, from 1 to 5.
    pub score: u8,
}

impl Detection {
    /// How many bytes of a parameter's name are kept.
    pub const MAX_NAME: usize = 64;
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The method.
    Method,
    /// The path.
    Path,
    /// The query: names and values of parameters.
    Query,
    /// The headers, but for cookies.
    Header,
    /// The cookies.
    Cookie,
    /// The body.
    Body,
}

impl Part {
    /// Its name: `query`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Body => "body",
        }
    }
}
