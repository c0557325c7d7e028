//! Rules of the application's own.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;

use super::Mode;
use crate::error::ConfigError;
use crate::sandbox::{CompileCache, CustomSandbox, SandboxConfig};

/// A rule of the application's own: a WebAssembly component, written in any language that compiles to one.
///
/// The component has the world `custom-rule` of `engine/wit/custom/custom-rule.wit`: it takes a configuration as JSON, and
/// then judges requests. It runs in a sandbox with nothing to reach outside, under caps of memory and time; a fault of it
/// costs its own result and nothing else. `docs/rules/custom.md` in the repository shows how to write one in Rust, in
/// JavaScript and in Python.
///
/// It is loaded, compiled and given its configuration when the client is built. Clones share what was loaded.
///
/// ```no_run
/// use arcjet_engine::{Arcjet, CustomRule};
///
/// let rule = CustomRule::from_file("rules/office-hours.wasm")
///     .config(r#"{"opens": 8, "closes": 18}"#)
///     .watch();
/// let arcjet = Arcjet::builder().rule(rule).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct CustomRule {
    pub(crate) mode: Mode,
    settings: CustomSettings,
    loaded: Arc<OnceLock<Arc<CustomSandbox>>>,
}

/// What a custom rule is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomSettings {
    pub(crate) name: String,
    pub(crate) source: CustomSource,
    pub(crate) config: String,
    pub(crate) body: u32,
    pub(crate) sandbox: SandboxConfig,
    pub(crate) cache: CompileCache,
    pub(crate) watch: bool,
}

/// Where a component comes from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum CustomSource {
    File(PathBuf),
    Bytes(Bytes),
}

/// Memory for a rule that brings an interpreter along, as those written in JavaScript or Python do.
const MEMORY_LIMIT: usize = 64 << 20;

impl CustomRule {
    /// A rule from the file of a component, binary or as text. The file's name without its extension is the rule's name.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Self::new(name.unwrap_or_default(), CustomSource::File(path))
    }

    /// A rule from the bytes of a component, binary or as text.
    pub fn from_bytes(name: impl Into<String>, component: impl Into<Bytes>) -> Self {
        Self::new(name.into(), CustomSource::Bytes(component.into()))
    }

    fn new(name: String, source: CustomSource) -> Self {
        Self {
            mode: Mode::Live,
            settings: CustomSettings {
                name,
                source,
                config: "null".to_owned(),
                body: 0,
                sandbox: SandboxConfig::default().memory_limit(MEMORY_LIMIT),
                cache: CompileCache::default(),
                watch: false,
            },
            loaded: Arc::default(),
        }
    }

    /// Sets the configuration that the rule is given, as JSON; `null` unless set.
    #[must_use]
    pub fn config(self, json: impl Into<String>) -> Self {
        self.with(|settings| settings.config = json.into())
    }

    /// Sets the name in results, metrics and logs.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(|settings| settings.name = name.into())
    }

    /// Lets the rule read so many bytes of a body, from its beginning; 0 unless set, accepted: up to 1 MiB. Middlewares
    /// hold back so much of a body until the request is judged.
    #[must_use]
    pub fn body_limit(self, bytes: u32) -> Self {
        self.with(|settings| settings.body = bytes)
    }

    /// Sets the most memory that one instance of the rule may have, in bytes; 64 MiB unless set, accepted: 4 MiB to
    /// 4 GiB. Each thread that judges has an instance.
    #[must_use]
    pub fn memory_limit(self, bytes: usize) -> Self {
        self.with(|settings| settings.sandbox = settings.sandbox.clone().memory_limit(bytes))
    }

    /// Sets the processor time after which a call of the rule is stopped; 10 ms unless set, accepted: 1 ms to 1 s. The
    /// thread serves no other request meanwhile.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.with(|settings| settings.sandbox = settings.sandbox.clone().deadline(deadline))
    }

    /// Sets the directory for the machine code that the component was compiled to, so that the next start need not do so;
    /// it is wasmtime's among the user's caches unless set. Whoever can write there can run code in this process.
    #[must_use]
    pub fn cache_directory(self, path: impl Into<PathBuf>) -> Self {
        self.with(|settings| settings.cache = CompileCache::Directory(path.into()))
    }

    /// Keeps no machine code: the component is compiled at each start.
    #[must_use]
    pub fn without_cache(self) -> Self {
        self.with(|settings| settings.cache = CompileCache::Off)
    }

    /// Looks at the file once a second and reloads the rule when it changes. No request fails for it: those under way
    /// are judged by the old rule, and the old one stays in use if the new one is refused, which is logged and counted.
    #[must_use]
    pub fn watch(self) -> Self {
        self.with(|settings| settings.watch = true)
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Reads the rule's file again, for all clients that were built with it; a rule that no client was built with yet is
    /// loaded.
    ///
    /// # Errors
    ///
    /// The new rule can't be used; the old one stays in use.
    pub fn reload(&self) -> Result<(), ConfigError> {
        match self.loaded.get() {
            Some(loaded) => loaded.reload(),
            None => self.load().map(drop),
        }
    }

    /// The sandbox that the rule runs in; the first call makes it.
    pub(crate) fn load(&self) -> Result<Arc<CustomSandbox>, ConfigError> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(Arc::clone(loaded));
        }
        self.settings.validate()?;
        let loaded = CustomSandbox::load(self.settings.clone())?;
        Ok(Arc::clone(self.loaded.get_or_init(|| loaded)))
    }

    pub(crate) fn settings(&self) -> &CustomSettings {
        &self.settings
    }

    /// Changes a setting; what was loaded with the old ones is not this rule any more.
    fn with(mut self, change: impl FnOnce(&mut CustomSettings)) -> Self {
        change(&mut self.settings);
        self.loaded = Arc::default();
        self
    }
}

/// The most bytes of a body that a rule may read.
const MOST_BODY: u32 = 1 << 20;

impl CustomSettings {
    fn validate(&self) -> Result<(), ConfigError> {
        let fault =
            |field: &str, problem: String, accepted: &str| Err(ConfigError::new(field, problem, accepted));
        if self.name.is_empty() {
            return fault("name", "the rule has no name".to_owned(), "a name");
        }
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&self.config) {
            return fault("config", format!("not JSON: {error}"), "JSON");
        }
        if self.body > MOST_BODY {
            return fault("body_limit", format!("{} bytes", self.body), "0 to 1048576 bytes");
        }
        if self.watch && matches!(self.source, CustomSource::Bytes(_)) {
            let problem = "a rule from bytes has no file to watch".to_owned();
            return fault("watch", problem, "a rule from a file");
        }
        Ok(())
    }
}

impl PartialEq for CustomRule {
    fn eq(&self, other: &Self) -> bool {
        self.mode == other.mode && self.settings == other.settings
    }
}

impl Eq for CustomRule {}

impl Hash for CustomRule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.mode, &self.settings.name, &self.settings.config).hash(state);
    }
}

impl fmt::Debug for CustomRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomRule")
            .field("mode", &self.mode)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CustomSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
        }
    }
}
