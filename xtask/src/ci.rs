//! `cargo xtask ci`: everything that must hold before a change is merged.

use crate::test::{FEATURES, succeed};
use crate::{TaskResult, test};

/// The features of the engine that can be left out or put in, one set a line.
const FEATURE_SETS: [&[&str]; 3] = [
    &["--no-default-features"],
    &[],
    &["--no-default-features", "--features", "wire"],
];

/// Runs every check and every test, the tests against a fresh build of the rules.
pub(crate) fn run() -> TaskResult {
    succeed(&["fmt", "--all", "--check"])?;
    // The committed component must be what the sources give; then a fresh one takes its place for the tests.
    succeed(&["xtask", "rules", "--check"])?;
    succeed(&["xtask", "rules"])?;
    test::run()?;
    succeed(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        FEATURES,
        "--",
        "--deny",
        "warnings",
    ])?;
    for features in FEATURE_SETS {
        let check = ["clippy", "--package", "arcjet-engine"];
        succeed(&[&check[..], features, &["--", "--deny", "warnings"]].concat())?;
    }
    Ok(())
}
