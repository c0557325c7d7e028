//! Builds the fuzz targets of the rules and runs them, with whatever compiler is there: the flags are those that cargo-fuzz gives, and
//! without a sanitizer they need no nightly one. The rules have no unsafe code that a sanitizer could watch.

mod report;

use crate::{TaskResult, repository};
use clap::Args;
use report::Report;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

/// Where the fuzz targets are; below it the seeds, and what cargo-fuzz and this task write.
const FOLDER: &str = "engine/rules/fuzz";

/// What instruments the code for libFuzzer.
const FLAGS: [&str; 9] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Coverflow-checks",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// The longest input in bytes, the seconds that one may take, and the memory that a target may take in MiB.
const LIMITS: [&str; 3] = ["-max_len=16384", "-timeout=2", "-rss_limit_mb=512"];

/// Runs a program with a small stack, so that recursion without a bound is found, and then says what processor time it took. In the
/// sandbox the stack is smaller still, but frames of instrumented code are larger.
const SHELL: &str = "ulimit -s 512; \"$0\" \"$@\"; code=$?; times; exit $code";

/// Fuzz the parsers of the rules
///
/// What is learnt is kept in engine/rules/fuzz/corpus, findings in engine/rules/fuzz/artifacts.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The targets to run, all unless named
    targets: Vec<String>,
    /// How long each one runs
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// How many run at the same time
    #[arg(long, default_value_t = 1)]
    jobs: usize,
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let known = targets()?;
    if let Some(name) = arguments.targets.iter().find(|name| !known.contains(name)) {
        return Err(format!("there is no fuzz target {name}; there are: {}", known.join(", ")).into());
    }
    let wanted = match arguments.targets.is_empty() {
        true => known,
        false => arguments.targets.clone(),
    };
    let programs = build()?;
    let queue = Mutex::new(wanted.iter());
    let next = || queue.lock().ok()?.next();
    let reports = Mutex::new(Vec::new());
    println!("{}", Report::HEAD);
    thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(|| {
                while let Some(target) = next() {
                    let report = fuzz(&programs.join(target), target, arguments.seconds);
                    match &report {
                        Ok(report) => println!("{report}"),
                        Err(error) => println!("{target}: {error}"),
                    }
                    if let Ok(mut reports) = reports.lock() {
                        reports.push(report.is_ok_and(|report| report.is_clean));
                    }
                }
            });
        }
    });
    match reports.into_inner()?.iter().all(|is_clean| *is_clean) {
        true => Ok(()),
        false => Err(format!("there are findings: see {FOLDER}/artifacts and the logs there").into()),
    }
}

/// The names of all targets.
fn targets() -> TaskResult<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir(repository::root().join(FOLDER).join("fuzz_targets"))? {
        let path = file?.path();
        if let (Some(name), true) = (path.file_stem(), path.extension().is_some_and(|end| end == "rs")) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Builds all targets; returns the folder that they are in.
fn build() -> TaskResult<PathBuf> {
    if !Command::new("c++")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
    {
        return Err(
            "libFuzzer is built with a C++ compiler, and there is no c++: install g++ or clang".into(),
        );
    }
    let host = host()?;
    let target_dir = repository::target_dir().join("fuzz");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--bins", "--locked", "--target", &host])
        .arg("--manifest-path")
        .arg(repository::root().join(FOLDER).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"))
        .status()?;
    match status.success() {
        true => Ok(target_dir.join(host).join("release")),
        false => Err("the fuzz targets don't build, see above".into()),
    }
}

/// The platform that the compiler runs on. Naming it keeps the flags away from build scripts.
fn host() -> TaskResult<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.ok_or("rustc doesn't say what it runs on")?.to_owned())
}

/// Runs one target from its seeds and from what was learnt before.
fn fuzz(program: &Path, target: &str, seconds: u32) -> TaskResult<Report> {
    let folder = repository::root().join(FOLDER);
    let [corpus, artifacts] = ["corpus", "artifacts"].map(|kind| folder.join(kind).join(target));
    for made in [&corpus, &artifacts] {
        fs::create_dir_all(made).map_err(|error| format!("cannot make {}: {error}", made.display()))?;
    }
    let log = folder.join("artifacts").join(format!("{target}.log"));
    let file = fs::File::create(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let status = Command::new("sh")
        .args(["-c", SHELL])
        .arg(program)
        .arg(&corpus)
        .arg(folder.join("seeds").join(target))
        .args(LIMITS)
        .arg(format!(
            "-dict={}",
            folder.join(format!("dictionaries/{target}.dict")).display()
        ))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg("-print_final_stats=1")
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()?;
    // Findings hold any bytes, and the log repeats them.
    let text = fs::read(&log)?;
    Ok(Report::read(
        target,
        &String::from_utf8_lossy(&text),
        status.success(),
    ))
}
