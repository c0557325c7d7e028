//! Attacks.

use super::Mode;

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
}

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

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
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
