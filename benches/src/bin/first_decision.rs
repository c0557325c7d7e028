//! Builds a client and judges one request, as a program that has just started does. Prints two durations in
//! microseconds: of `build()`, and from there to the first decision.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use arcjet_benches::{bots, finish, request_of};
use arcjet_engine::{Arcjet, FixedWindow};

fn main() -> ExitCode {
    let request = request_of(None, 1);
    let start = Instant::now();
    let builder = Arcjet::builder()
        .rule(bots())
        .rule(FixedWindow::new(100, Duration::from_secs(60)));
    let arcjet = match builder.build() {
        Ok(arcjet) => arcjet,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let built = Instant::now();
    let decision = finish(arcjet.protect(&request));
    let decided = Instant::now();
    println!(
        "{} {}",
        (built - start).as_micros(),
        (decided - built).as_micros()
    );
    if decision.is_allowed() && !decision.is_errored() {
        ExitCode::SUCCESS
    } else {
        eprintln!("the decision should be to allow: {decision:?}");
        ExitCode::FAILURE
    }
}
