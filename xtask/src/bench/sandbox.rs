//! The bundled rules in the sandbox against the same code without it.

use super::{
    figures::{Table, duration, number, target},
    statistics,
};
use crate::TaskResult;

/// The most that the sandbox may cost, as a multiple of the native code: for the bot rule alone, and for whole requests.
const FACTOR: f64 = 1.5;
const FACTOR_OF_REAL_REQUESTS: f64 = 1.3;

pub(crate) fn measure(quick: bool) -> TaskResult<String> {
    let measurements = statistics::run("sandbox", quick)?;
    let mut table = Table::new(&[
        "user agent",
        "native",
        "sandboxed",
        "difference",
        "factor",
        "fresh instance per request",
    ]);
    let mut targets = String::new();
    for request in ["browser", "long browser", "bot"] {
        let of = |kind: &str| statistics::median(&measurements, &format!("{request}, {kind}"));
        let (native, sandboxed) = (of("native")?, of("sandboxed")?);
        let fresh = of("fresh instance per request")?;
        table.row(&[
            request.to_owned(),
            duration(native),
            duration(sandboxed),
            duration(sandboxed - native),
            number(sandboxed / native),
            duration(fresh),
        ]);
        targets += &target(
            &format!("sandboxed against native, {request}"),
            sandboxed / native,
            FACTOR,
            "times",
        );
    }
    let mut real = Table::new(&[
        "request, Shield and bots",
        "native",
        "sandboxed",
        "difference",
        "factor",
    ]);
    for request in ["page", "form of 400 bytes", "JSON of 400 bytes", "JSON of 8 KB"] {
        let of = |kind: &str| statistics::median(&measurements, &format!("{request}, {kind}"));
        let (native, sandboxed) = (of("native")?, of("sandboxed")?);
        real.row(&[
            request.to_owned(),
            duration(native),
            duration(sandboxed),
            duration(sandboxed - native),
            number(sandboxed / native),
        ]);
        targets += &target(
            &format!("sandboxed against native, {request}"),
            sandboxed / native,
            FACTOR_OF_REAL_REQUESTS,
            "times",
        );
    }
    Ok(format!("{}\n{}\n{targets}", table.finish(), real.finish()))
}
