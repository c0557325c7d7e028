//! Measures, and writes what it finds into `BENCHMARKS.md`.
//!
//! Each section of the page is measured by a module of its own and stands between two marks; the text around them is
//! written by hand and kept. What is measured is in the crate `arcjet-benches`.

mod custom;
mod decide;
mod figures;
mod machine;
mod page;
mod process;
mod protect;
mod sandbox;
mod statistics;
mod web;

use crate::{TaskResult, repository};
use clap::{Args, ValueEnum};
use std::{env, fs, path::PathBuf, process::Command};

/// Measure, and write the tables of BENCHMARKS.md. The machine should have nothing else to do.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Measure for seconds instead of minutes: to see whether everything works, not for figures to rely on.
    #[arg(long)]
    quick: bool,
    /// Measure and write only these sections.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Section>,
    /// The page to write; the sections that it has and that are not measured are kept.
    #[arg(long, default_value = "BENCHMARKS.md")]
    out: PathBuf,
}

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// `protect()` in the process, and the first decision of a process.
    Protect,
    /// The bundled rules in the sandbox against the same code without it.
    Sandbox,
    /// A rule of the application's own.
    Custom,
    /// Each framework without and with protection, over sockets; needs `wrk`.
    Web,
    /// The decision server against a stub.
    Decide,
}

impl Section {
    const ALL: [Self; 5] = [
        Self::Protect,
        Self::Sandbox,
        Self::Custom,
        Self::Web,
        Self::Decide,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Protect => "protect",
            Self::Sandbox => "sandbox",
            Self::Custom => "custom",
            Self::Web => "web",
            Self::Decide => "decide",
        }
    }

    /// What Cargo builds for it.
    fn targets(self) -> &'static [&'static str] {
        match self {
            Self::Protect => &["--bench=protect", "--bin=first_decision"],
            Self::Sandbox => &["--bench=sandbox"],
            Self::Custom => &["--bench=custom"],
            Self::Web => &[
                "--bench=layer",
                "--bin=web",
                "--bin=web_actix",
                "--bin=web_rocket",
            ],
            Self::Decide => &["--bin=grpc_load", "--bin=stub_decide"],
        }
    }
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let sections = match arguments.only.as_slice() {
        [] => &Section::ALL,
        only => only,
    };
    // Whatever is missing is said before anything is built.
    if sections.contains(&Section::Web) {
        web::require()?;
    }
    if sections
        .iter()
        .any(|section| matches!(section, Section::Web | Section::Decide))
    {
        process::require()?;
    }
    let machine = machine::describe()?;
    build(sections)?;

    let path = repository::root().join(&arguments.out);
    let mut text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => page::EMPTY.to_owned(),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display()).into()),
    };
    for section in Section::ALL
        .into_iter()
        .filter(|section| sections.contains(section))
    {
        eprintln!("measuring {}", section.name());
        let load = machine::load_average();
        let findings = match section {
            Section::Protect => protect::measure(arguments.quick)?,
            Section::Sandbox => sandbox::measure(arguments.quick)?,
            Section::Custom => custom::measure(arguments.quick)?,
            Section::Web => web::measure(arguments.quick)?,
            Section::Decide => decide::measure(arguments.quick)?,
        };
        let quick = if arguments.quick { " --quick" } else { "" };
        let head = format!(
            "{machine}; load average before: {load}. `cargo xtask bench --only {}{quick}`",
            section.name()
        );
        text = page::replace(&text, section.name(), &format!("{head}\n\n{findings}"));
        // Written after each section, so that a fault in a later one costs only that one.
        fs::write(&path, &text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        println!("{findings}");
    }
    println!("written to {}", path.display());
    Ok(())
}

/// Builds everything, so that no compiler runs while something is measured. The server is built by itself, as users do.
fn build(sections: &[Section]) -> TaskResult {
    let targets = sections.iter().flat_map(|section| section.targets());
    build_package("arcjet-benches", targets)?;
    match sections.contains(&Section::Decide) {
        true => build_package("arcjet-decide-server", &["--bins"]),
        false => Ok(()),
    }
}

fn build_package<'a>(package: &str, targets: impl IntoIterator<Item = &'a &'a str>) -> TaskResult {
    let status = cargo()
        .args(["build", "--release", "--package", package])
        .args(targets)
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err("the benchmarks don't build, see above".into()),
    }
}

/// Cargo, at the root of the repository.
fn cargo() -> Command {
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(cargo);
    command.current_dir(repository::root());
    command
}

/// A program that [`build`] built.
fn program(name: &str) -> PathBuf {
    repository::target_dir()
        .join("release")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX))
}
