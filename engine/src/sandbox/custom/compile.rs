//! From a component's bytes to machine code, which is kept on disk for the next start.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, Linker};
use wasmtime::{Cache, CacheConfig, Engine};

use super::bindings::CustomRulePre;
use crate::error::ConfigError;
use crate::rule::CustomSource;
use crate::sandbox::engine_config::engine_config;
use crate::sandbox::guard::Guard;

/// What a rule may use of the thread's stack. Interpreters of other languages, which such a rule may bring along, need more
/// than the bundled rules; threads of Tokio have 2 MiB.
const STACK: usize = 512 << 10;

const ACCEPTED: &str = "a WebAssembly component of the world `custom-rule` (engine/wit/custom/custom-rule.wit), binary or as text";

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
}

/// A rule of the right world.
pub(super) struct Compiled {
    pub(super) rule: CustomRulePre<Guard>,
    /// Of the component's bytes.
    pub(super) digest: [u8; 32],
}

impl Compiler {
    pub(super) fn new(cache: &CompileCache) -> Result<Self, ConfigError> {
        let mut config = engine_config();
        config.max_wasm_stack(STACK);
        config.cache(open(cache)?);
        let engine = Engine::new(&config).map_err(|error| {
            ConfigError::new(
                "sandbox",
                format!("can't run here: {error}"),
                "a system that wasmtime supports",
            )
        })?;
        Ok(Self { engine })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Compiles a rule, or finds it in the cache, and checks its world.
    pub(super) fn compile(&self, source: &CustomSource) -> Result<Compiled, ConfigError> {
        let (bytes, field) = match source {
            CustomSource::File(path) => (read(path)?.into(), "file"),
            CustomSource::Bytes(bytes) => (bytes.clone(), "bytes"),
        };
        let fault = |error: &wasmtime::Error| ConfigError::new(field, one_line(error), ACCEPTED);
        let component = Component::new(&self.engine, &bytes).map_err(|error| fault(&error))?;
        // Nothing is offered, so a rule that wants anything of the host is refused here.
        let rule = Linker::new(&self.engine)
            .instantiate_pre(&component)
            .and_then(CustomRulePre::new)
            .map_err(|error| fault(&error))?;
        Ok(Compiled {
            rule,
            digest: Sha256::digest(&bytes).into(),
        })
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
    format!("{error:#}").replace('\n', " ")
}
