//! What the figures were measured on.

use crate::TaskResult;
use std::{fs, process::Command, thread};

/// Processor, cores, kernel, compiler and date, in one line.
pub(crate) fn describe() -> TaskResult<String> {
    let cores = thread::available_parallelism()?;
    Ok(format!(
        "Measured on {}: {}, {cores} cores, {}, {}",
        ask("date", &["-u", "+%F"])?,
        processor().unwrap_or_else(|| "unknown processor".to_owned()),
        ask("uname", &["-sr"])?,
        ask("rustc", &["--version"])?,
    ))
}

/// How busy the machine is: processes that ran or waited, over the last minute.
pub(crate) fn load_average() -> String {
    fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_whitespace().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim())
    };
    // A virtual machine's processor may hide its name; family and model tell the generation.
    Some(format!(
        "{} (family {} model {})",
        value("model name")?,
        value("cpu family")?,
        value("model\t")?
    ))
}

fn ask(program: &str, arguments: &[&str]) -> TaskResult<String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
