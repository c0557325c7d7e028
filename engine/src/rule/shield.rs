//! Attacks.

use std::time::Duration;

use super::Mode;
use crate::error::ConfigError;
use crate::limit::Quota;

/// Detects attacks in the path, the query, the headers, the cookies and the body of a request.
///
/// Each part is decoded as an application behind might do it, and judged by detectors that score what they see. The
/// request's score is compared with a [threshold](Self::threshold). The reason names the detectors that matched, where,
/// and the score, so that a false positive can be [excluded](Self::exclude_parameters).
///
/// ```
/// use arcjet_engine::{Arcjet, Shield, ShieldCategory};
///
/// let shield = Shield::new()
///     .exclude_parameters(["article_html"])
///     .exclude_paths(["/webhooks/*"])
///     .without([ShieldCategory::Scanner]);
/// let arcjet = Arcjet::builder().rule(shield).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shield {
    pub(crate) mode: Mode,
    pub(crate) threshold: u32,
    pub(crate) categories: Vec<ShieldCategory>,
    pub(crate) excluded_parameters: Vec<String>,
    pub(crate) excluded_paths: Vec<String>,
    pub(crate) body_limit: u32,
    /// The most points of a client, and in what time.
    pub(crate) suspicion: Option<(u32, Duration)>,
}

/// The most points that can be set for a client.
const MOST_POINTS: u32 = 1_000_000;
/// The score from which a request is denied unless another is set: one detection that is certain enough alone.
const THRESHOLD: u32 = 5;
/// The bytes of a body that are searched unless set otherwise.
const BODY_LIMIT: u32 = 64 << 10;

impl Default for Shield {
    fn default() -> Self {
        Self::new()
    }
}

impl Shield {
    /// Looks for all categories of attacks but [`ShieldCategory::Policy`].
    pub fn new() -> Self {
        let categories = ShieldCategory::ALL
            .into_iter()
            .filter(|category| *category != ShieldCategory::Policy);
        Self {
            mode: Mode::Live,
            threshold: THRESHOLD,
            categories: categories.collect(),
            excluded_parameters: Vec::new(),
            excluded_paths: Vec::new(),
            body_limit: BODY_LIMIT,
            suspicion: None,
        }
    }

    /// Sets the score from which a request is denied; 5 unless set, accepted: 1 to 1,000. Less finds more and errs more.
    #[must_use]
    pub fn threshold(mut self, score: u32) -> Self {
        self.threshold = score;
        self
    }

    /// Also looks for these categories.
    #[must_use]
    pub fn with(mut self, categories: impl IntoIterator<Item = ShieldCategory>) -> Self {
        for category in categories {
            if !self.categories.contains(&category) {
                self.categories.push(category);
            }
        }
        self.categories.sort_unstable();
        self
    }

    /// Does not look for these categories.
    #[must_use]
    pub fn without(mut self, categories: impl IntoIterator<Item = ShieldCategory>) -> Self {
        for category in categories {
            self.categories.retain(|kept| *kept != category);
        }
        self
    }

    /// Does not search these parameters of queries, bodies and cookies, nor headers of these names. A name may end in
    /// `*`, which stands for anything.
    #[must_use]
    pub fn exclude_parameters<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.excluded_parameters.extend(names.into_iter().map(Into::into));
        self
    }

    /// Does not search requests for these paths, which begin with `/`. A path may end in `*`, which stands for anything.
    #[must_use]
    pub fn exclude_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.excluded_paths.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Sets how many bytes of a body are searched, from its beginning; 64 KiB unless set, accepted: 0 to 1 MiB.
    /// Middlewares hold back so much of a body until the request is judged.
    #[must_use]
    pub fn body_limit(mut self, bytes: u32) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Also denies clients whose requests are suspicious again and again, each too little to be denied: at most `points`,
    /// the sum of the requests' scores, over the last `window`. Off unless set; accepted: the threshold to 1,000,000
    /// points, whole seconds from 1.
    ///
    /// Points are kept for each fingerprint, which is made of the client's
    /// [characteristics](crate::ArcjetBuilder::characteristics), and counted as a [`SlidingWindow`](crate::SlidingWindow)
    /// counts requests. A request that would take its client beyond `points` is denied, with
    /// [`ShieldReason::suspicious`](crate::ShieldReason::suspicious), and adds nothing. Requests without any score are never denied for
    /// the points of their client, and cost nothing: who shares an attacker's address is not locked out. Requests that
    /// reach the threshold are denied as always, and add nothing.
    ///
    /// A client keeps the points in this process, in a store that
    /// [`limit_capacity`](crate::ArcjetBuilder::limit_capacity) bounds, also if a decision server decides: the wire
    /// protocol has no words for them. Several processes each keep their own.
    ///
    /// ```
    /// use arcjet_engine::{Arcjet, Shield};
    /// use std::time::Duration;
    ///
    /// let shield = Shield::new().suspicion(20, Duration::from_secs(600));
    /// let arcjet = Arcjet::builder().rule(shield).build()?;
    /// # Ok::<(), arcjet_engine::ConfigError>(())
    /// ```
    #[must_use]
    pub fn suspicion(mut self, points: u32, window: Duration) -> Self {
        self.suspicion = Some((points, window));
        self
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// What a client may collect, if that is limited.
    pub(crate) fn suspicion_quota(&self) -> Result<Option<Quota>, ConfigError> {
        let Some((points, window)) = self.suspicion else {
            return Ok(None);
        };
        // Fewer points than the threshold would be another threshold.
        if !(self.threshold..=MOST_POINTS).contains(&points) {
            let accepted = format!("the threshold, {}, to {MOST_POINTS}", self.threshold);
            return Err(ConfigError::new("suspicion.points", points.to_string(), accepted));
        }
        Quota::sliding_window(points, window)
            .map(Some)
            .map_err(|error| ConfigError::new("suspicion.window", error.problem(), error.accepted()))
    }
}

macro_rules! categories {
    ($($variant:ident $name:literal $about:literal),* $(,)?) => {
        /// A class of attacks that a [`Shield`] looks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ShieldCategory {
            $(#[doc = $about] $variant,)*
        }

        impl ShieldCategory {
            /// All of them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The name in results.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

categories! {
    Sqli "sqli" "SQL injection.",
    Nosql "nosql" "Injection into queries of other databases.",
    Xss "xss" "Scripts in pages.",
    Traversal "traversal" "Paths out of a directory, and to files that are nobody's business.",
    Rfi "rfi" "Inclusion of files from elsewhere.",
    Rce "rce" "Commands of operating systems.",
    Php "php" "PHP code.",
    Java "java" "Java code, expressions and look-ups.",
    Node "node" "JavaScript for servers, and pollution of prototypes.",
    Ssti "ssti" "Templates and expression languages.",
    Ssrf "ssrf" "Requests to addresses that only the server can reach.",
    Xxe "xxe" "External entities in XML.",
    Ldap "ldap" "Injection into LDAP filters.",
    Mail "mail" "Commands of mail servers.",
    HeaderInjection "header-injection" "Headers in values.",
    Deserialization "deserialization" "Serialized objects that run code.",
    Scanner "scanner" "Tools that look for vulnerabilities.",
    Protocol "protocol" "Violations of HTTP that hide requests.",
    SessionFixation "session-fixation" "Session ids that someone else chose.",
    Policy "policy" "What is unusual rather than an attack: methods, types of content, headers. Off unless asked for.",
}

impl std::fmt::Display for ShieldCategory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
