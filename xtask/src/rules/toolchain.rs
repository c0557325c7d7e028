//! Finds a compiler for WASM and builds the core module with it.

use super::Component;
use crate::{TaskResult, repository};
use std::{
    env,
    ffi::{OsStr, OsString},
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// Where Debian and Ubuntu install a compiler, other than the one that rustup provides.
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";
/// The guest's stack in bytes. It lies at the bottom of the memory: an overflow traps. The default of 1 MiB would be most of an instance.
const STACK: u32 = 128 * 1024;

const HOW_TO_GET_ONE: &str = "no compiler for wasm32-unknown-unknown: run `rustup target add wasm32-unknown-unknown`, \
    or on Debian `apt-get install rustc-web rust-web-src`; who doesn't change the rules needs none";

/// A compiler for WASM.
pub(crate) struct Toolchain {
    rustc: PathBuf,
    /// The versions of all that has a part in the bytes of the result.
    version: String,
    standard_library: StandardLibrary,
}

enum StandardLibrary {
    /// The compiler brings it.
    Installed,
    /// Only its sources are there. Building it is a matter of nightly compilers, so this pretends to be one; the linker that rustup
    /// brings is used, if there is one, because such a compiler often comes without.
    Sources { linker: Option<PathBuf> },
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.standard_library {
            StandardLibrary::Installed => "with its standard library",
            StandardLibrary::Sources { .. } => "with a standard library built from its sources",
        };
        write!(f, "{} ({}), {how}", self.version, self.rustc.display())
    }
}

impl Toolchain {
    /// The first compiler that has the target's standard library, else the first that has the sources of it.
    pub(crate) fn find() -> TaskResult<Self> {
        let active = env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
        let mut compilers = Vec::new();
        for rustc in [active, PathBuf::from(SYSTEM_RUSTC)] {
            if let (Ok(version), Ok(sysroot)) =
                (ask(&rustc, &["--version"]), ask(&rustc, &["--print", "sysroot"]))
            {
                compilers.push((rustc, version, PathBuf::from(sysroot).join("lib/rustlib")));
            }
        }
        let linker = compilers
            .iter()
            .find_map(|(.., libraries)| find_linker(libraries));
        let with_target = compilers
            .iter()
            .find(|(.., libraries)| libraries.join(TARGET).join("lib").is_dir());
        let with_sources = || {
            compilers
                .iter()
                .find(|(.., libraries)| libraries.join("src/rust/library/std").is_dir())
        };
        let (found, standard_library) = match (with_target, with_sources()) {
            (Some(found), _) => (found, StandardLibrary::Installed),
            (None, Some(found)) => (found, StandardLibrary::Sources { linker }),
            (None, None) => return Err(HOW_TO_GET_ONE.into()),
        };
        let mut version = format!("{}; {}", found.1, ask(&cargo(), &["--version"])?);
        if let StandardLibrary::Sources { linker: Some(linker) } = &standard_library {
            version = format!("{version}; {}", ask(linker, &["-flavor", "wasm", "--version"])?);
        }
        Ok(Self {
            rustc: found.0.clone(),
            version,
            standard_library,
        })
    }

    /// The versions of compiler, cargo and linker: with the same ones the same sources give the same bytes.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Builds a component's package as a core module and returns it.
    pub(crate) fn build(&self, component: &Component) -> TaskResult<Vec<u8>> {
        let root = repository::root();
        // A directory of its own: the flags differ from those of every other build, and a running cargo holds the usual one.
        let target_dir = repository::target_dir().join("rules");
        let mut cargo = Command::new(cargo());
        cargo
            .current_dir(root)
            .args(["rustc", "--lib", "--crate-type", "cdylib"])
            .arg("--manifest-path")
            .arg(Path::new(component.folder).join("Cargo.toml"));
        cargo
            .args(["--release", "--locked", "--target", TARGET])
            .arg("--target-dir")
            .arg(&target_dir);
        cargo
            .env("RUSTC", &self.rustc)
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags(&target_dir)?);
        for (setting, value) in [
            ("OPT_LEVEL", "3"),
            ("LTO", "fat"),
            ("CODEGEN_UNITS", "1"),
            ("PANIC", "abort"),
            ("STRIP", "symbols"),
        ] {
            cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        if let StandardLibrary::Sources { linker } = &self.standard_library {
            cargo
                .args(["-Z", "build-std=std,panic_abort"])
                .env("RUSTC_BOOTSTRAP", "1");
            if let Some(linker) = linker {
                cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            }
        }
        if !cargo.status()?.success() {
            return Err(format!("{} doesn't build for WASM, see above", component.package).into());
        }
        let module = target_dir
            .join(TARGET)
            .join("release")
            .join(format!("{}.wasm", component.package.replace('-', "_")));
        fs::read(&module).map_err(|e| format!("cannot read {}: {e}", module.display()).into())
    }

    /// Flags for the compiler, as cargo wants them: separated by 0x1F. No path of this machine may get into the component.
    fn flags(&self, target_dir: &Path) -> TaskResult<OsString> {
        let sysroot = ask(&self.rustc, &["--print", "sysroot"])?;
        let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let cargo_home = cargo_home
            .or_else(|| env::home_dir().map(|home| home.join(".cargo")))
            .unwrap_or_default();
        let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library");
        // Debian links the sources to where they are.
        let library_itself = fs::canonicalize(&library).unwrap_or_else(|_| library.clone());
        let mut flags = OsString::from(format!("-Clink-arg=-zstack-size={STACK}"));
        // The last one that fits counts.
        for (path, name) in [
            (Path::new(&sysroot), "/rustc"),
            (&library, "/rustc/library"),
            (&library_itself, "/rustc/library"),
            (&cargo_home, "/cargo"),
            (repository::root(), "/arcjet"),
            (target_dir, "/target"),
        ] {
            if !path.as_os_str().is_empty() {
                for part in [
                    OsStr::new("\x1f--remap-path-prefix="),
                    path.as_os_str(),
                    OsStr::new("="),
                    OsStr::new(name),
                ] {
                    flags.push(part);
                }
            }
        }
        Ok(flags)
    }
}

/// The linker for WASM that rustup's tool chains bring.
fn find_linker(libraries: &Path) -> Option<PathBuf> {
    let hosts = fs::read_dir(libraries).ok()?;
    hosts
        .filter_map(Result::ok)
        .map(|host| host.path().join("bin/rust-lld"))
        .find(|linker| linker.is_file())
}

/// The cargo that runs this task.
fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// Runs a program and returns the line that it prints.
fn ask(program: &Path, arguments: &[&str]) -> TaskResult<String> {
    let output = Command::new(program).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("{} {} fails", program.display(), arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
