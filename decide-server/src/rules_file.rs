//! The rules file: rules written down in TOML, for `arcjet-decide replay` and as the defaults of a site.
//!
//! A file is a list of `[[rule]]` tables; `docs/rules-file.md` of the repository is its manual, and
//! [`RulesFile::schema`] its JSON schema for editors. What is wrong with a file is found all at once, with lines.
//!
//! ```
//! use arcjet_decide_server::RulesFile;
//!
//! let file = RulesFile::parse(
//!     r#"
//!     [[rule]]
//!     type = "shield"
//!     excluded_paths = ["/webhooks/*"]
//!
//!     [[rule]]
//!     type = "sliding_window"
//!     mode = "DRY_RUN"
//!     max = 60
//!     interval = "1m"
//!     "#,
//! )?;
//! assert_eq!(file.rules().len(), 2);
//! # Ok::<(), arcjet_decide_server::Faults>(())
//! ```

mod build;
mod fault;
mod kinds;
mod options;
mod place;
mod read;
mod schema;
mod table;
#[cfg(test)]
mod tests;

use arcjet_engine::Rule;

pub use self::fault::{Fault, Faults};
pub use self::options::{
    EmailLevelName, EmailTypeName, MissingUserAgentName, ModeName, ShieldCategoryName, Span,
};
pub use self::table::{
    CustomDetectorTable, DetectBotTable, DetectPromptInjectionTable, FilterTable, FixedWindowTable,
    ProtectSignupTable, RuleTable, SensitiveInfoTable, ShieldTable, SlidingWindowTable, SuspicionTable,
    TokenBucketTable, ValidateEmailTable,
};

/// A rules file that was read and whose rules can work.
#[derive(Clone, Debug, Default)]
pub struct RulesFile {
    characteristics: Vec<String>,
    rules: Vec<Rule>,
    origins: Vec<usize>,
}

impl RulesFile {
    /// Reads a file and has the engine check its rules.
    ///
    /// # Errors
    ///
    /// All faults of the file, each with its line, its field and what is accepted there.
    pub fn parse(text: &str) -> Result<Self, Faults> {
        read::read(text)
    }

    /// Reads the rules of a table in another file; faults have the lines of that file.
    pub(crate) fn inside(text: &str, table: &toml::de::DeTable<'_>) -> Result<Self, Faults> {
        read::read_inside(text, table)
    }

    /// The rules, in the order of the file; a `protect_signup` is three.
    pub fn rules(&self) -> Vec<Rule> {
        self.rules.clone()
    }

    /// For each of [`rules`](Self::rules) the place of its table in the file, from 0.
    pub fn origins(&self) -> &[usize] {
        &self.origins
    }

    /// What tells clients apart for limits that don't say it themselves; empty for the client's address.
    pub fn characteristics(&self) -> &[String] {
        &self.characteristics
    }

    /// The JSON schema of rules files, as `docs/rules.schema.json` in the repository has it.
    pub fn schema() -> String {
        schema::schema()
    }
}
