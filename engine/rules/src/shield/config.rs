//! The configuration of Shield, as given and as checked.

use super::{
    exclusions::{Parameters, Paths},
    finding::Category,
};
use crate::config::ConfigError;

/// How many bytes of a body are read at most, whatever the configuration.
const MAX_BODY_LIMIT: usize = 1024 * 1024;
/// The highest threshold. Scores seldom exceed 20.
const MAX_THRESHOLD: u32 = 1_000;

/// Configures the detection of attacks in all parts of a request.
///
/// Every detector gives what it finds a score of 1 to 5; see [`ShieldReason::score`](crate::ShieldReason::score) for how they add up.
/// A request whose score reaches the threshold is denied.
///
/// ```
/// use arcjet_rules::{Category, Shield};
///
/// let mut shield = Shield::default();
/// shield.categories.push(Category::Policy);
/// shield.excluded_parameters.push("editor.html*".into());
/// shield.excluded_paths.push("/admin/queries".into());
/// assert_eq!(shield.threshold, 5);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shield {
    /// The score from which on a request is denied, 1 to 1,000. Default: 5, which one certain detector reaches alone.
    pub threshold: u32,
    /// The classes of attacks that are looked for. Default: all but [`Category::Policy`]. Not empty; repeating one is harmless.
    pub categories: Vec<Category>,
    /// Names of parameters that are not looked at, exact or with a `*` at their end for any rest. Case matters. Applies to names
    /// and values of parameters of the query, fields of forms, keys of JSON bodies with the keys above them (`user.bio`), cookies
    /// and headers (in lower case): to whatever [`Detection::parameter`](crate::Detection::parameter) names. Default: none.
    pub excluded_parameters: Vec<String>,
    /// Paths whose requests are not looked at, exact or with a `*` at their end for any rest; they begin with `/`. Compared with
    /// the path percent-decoded once; a path with dot segments, empty segments, backslashes or a second encoding is never
    /// excluded. Default: none.
    pub excluded_paths: Vec<String>,
    /// How many bytes of the body are looked at, from its beginning; 0 for none, at most 1 MiB. Default: 64 KiB.
    pub body_limit: usize,
}

impl Default for Shield {
    fn default() -> Self {
        let on = |category: &Category| *category != Category::Policy;
        Self {
            threshold: 5,
            categories: Category::ALL.into_iter().filter(on).collect(),
            excluded_parameters: Vec::new(),
            excluded_paths: Vec::new(),
            body_limit: 64 * 1024,
        }
    }
}

/// A configuration that was checked, in the form that judging needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub threshold: u32,
    /// The [masks](Category::mask) of the categories that are on.
    pub categories: u32,
    pub parameters: Parameters,
    pub paths: Paths,
    pub body_limit: usize,
}

impl Settings {
    /// Checks the configuration of the rule at this place.
    pub(super) fn new(rule: usize, config: &Shield) -> Result<Self, ConfigError> {
        let error = |field: &str, message: String, accepted: &str| ConfigError {
            rule,
            field: field.to_owned(),
            message,
            accepted: accepted.to_owned(),
        };
        if !(1..=MAX_THRESHOLD).contains(&config.threshold) {
            let message = format!("the threshold is {}", config.threshold);
            return Err(error("threshold", message, "1 to 1000"));
        }
        if config.categories.is_empty() {
            let accepted = "at least one category; leave the rule out to look for nothing";
            return Err(error("categories", "no category is on".into(), accepted));
        }
        if config.body_limit > MAX_BODY_LIMIT {
            let message = format!("the limit is {} bytes", config.body_limit);
            return Err(error("body_limit", message, "0 to 1048576 bytes"));
        }
        let at = |field: &str, place: usize| format!("{field}[{place}]");
        let parameters =
            Parameters::new(&config.excluded_parameters).map_err(|(place, message, accepted)| {
                error(&at("excluded_parameters", place), message, accepted)
            })?;
        let paths = Paths::new(&config.excluded_paths)
            .map_err(|(place, message, accepted)| error(&at("excluded_paths", place), message, accepted))?;
        Ok(Self {
            threshold: config.threshold,
            categories: config
                .categories
                .iter()
                .fold(0, |mask, category| mask | category.mask()),
            parameters,
            paths,
            body_limit: config.body_limit,
        })
    }
}
