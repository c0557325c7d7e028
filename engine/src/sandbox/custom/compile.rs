//! From a component's bytes to machine code, which is kept on disk for the next start.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, Linker};
use wasmtime::{Cache, CacheConfig, Engine};

use super::bindings::CustomRulePre;
use crate::error::ConfigError;
use crate::rule::CustomSource;
use crate::sandbox::engine_config::engine_config;
use crate::sandbox::guard::Guard;

/// What a rule may use of its stack: interpreters of other languages, which a rule may bring along, recurse deeply.
const STACK: usize = 1 << 20;

/// The size of that stack. It is not the calling thread's, of which nobody knows what is left: running over the end of a
/// thread's stack would abort the process. Only what is used of it takes memory.
const WHOLE_STACK: usize = STACK + (512 << 10);

const ACCEPTED: &str = "a WebAssembly component that exports the world `custom-rule` (engine/wit/custom/custom-rule.wit) and imports \
                        nothing, binary or as text";

/// What a core module begins with; a component has another version.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// Where machine code is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum CompileCache {
    /// In wasmtime's directory among the user's caches.
    #[default]
    User,
    /// In this directory.
    Directory(PathBuf),
    /// Nowhere: each start compiles.
    Off,
}

/// Compiles the versions of one rule.
#[derive(Debug)]
pub(super) struct Compiler {
    engine: Engine,
    /// Tells tests what was found.
    #[cfg(test)]
    pub(super) cache: Option<Cache>,
}

/// A component as it was read.
pub(super) struct Code {
    bytes: Bytes,
    /// Of the bytes.
    pub(super) digest: [u8; 32],
    /// The setting that they came by.
    field: &'static str,
}

impl Code {
    pub(super) fn read(source: &CustomSource) -> Result<Self, ConfigError> {
        let (bytes, field) = match source {
            CustomSource::File(path) => (read(path)?.into(), "file"),
            CustomSource::Bytes(bytes) => (bytes.clone(), "bytes"),
        };
        Ok(Self {
            digest: Sha256::digest(&bytes).into(),
            bytes,
            field,
        })
    }

    fn refused(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::new(self.field, problem, ACCEPTED)
    }
}

impl Compiler {
    pub(super) fn new(cache: &CompileCache) -> Result<Self, ConfigError> {
        let cache = open(cache)?;
        let mut config = engine_config();
        config.max_wasm_stack(STACK).async_stack_size(WHOLE_STACK);
        #[cfg(test)]
        config.cache(cache.clone());
        #[cfg(not(test))]
        config.cache(cache);
        let engine = Engine::new(&config).map_err(|error| {
            ConfigError::new(
                "sandbox",
                format!("can't run here: {error}"),
                "a system that wasmtime supports",
            )
        })?;
        Ok(Self {
            engine,
            #[cfg(test)]
            cache,
        })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Compiles a rule, or finds it in the cache, and checks its world.
    pub(super) fn compile(&self, code: &Code) -> Result<CustomRulePre<Guard>, ConfigError> {
        if code.bytes.starts_with(CORE_MODULE) {
            return Err(code.refused("a core module, which `wasm-tools component new` makes a component of"));
        }
        let fault = |error: &wasmtime::Error| code.refused(one_line(error));
        let component = Component::new(&self.engine, &code.bytes).map_err(|error| fault(&error))?;
        // Nothing is offered, so a rule that wants anything of the host is refused here.
        Linker::new(&self.engine)
            .instantiate_pre(&component)
            .and_then(CustomRulePre::new)
            .map_err(|error| fault(&error))
    }
}

fn open(cache: &CompileCache) -> Result<Option<Cache>, ConfigError> {
    let mut config = CacheConfig::new();
    match cache {
        CompileCache::Off => return Ok(None),
        CompileCache::User => {}
        CompileCache::Directory(path) => {
            config.with_directory(path);
        }
    }
    match (Cache::new(config), cache) {
        (Ok(opened), _) => Ok(Some(opened)),
        // Whoever named a directory means it; that a user has none, as a service may, is no reason not to start.
        (Err(error), CompileCache::Directory(_)) => Err(ConfigError::new(
            "cache_directory",
            one_line(&error),
            "the absolute path of a directory that this program can write to",
        )),
        (Err(error), _) => {
            tracing::warn!(%error, "custom rules are compiled at each start: there is no directory for the result");
            Ok(None)
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|error| {
        ConfigError::new(
            "file",
            format!("can't read {}: {error}", path.display()),
            "the path of a WebAssembly component",
        )
    })
}

/// An error with what caused it.
fn one_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
