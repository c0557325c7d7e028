//! Whether a flag would accept a value.

use std::error::Error as _;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

/// Why a flag does not accept these values, and what it accepts; `None` if it accepts them. Values that are secret are not
/// shown.
pub(super) fn refusal(argument: &Arg, values: &[String]) -> Option<(String, String)> {
    let flag = argument.get_long()?;
    let alone = argument
        .clone()
        .env(None)
        .requires(Resettable::Reset)
        .conflicts_with(Resettable::Reset);
    let line = values.iter().map(|value| format!("--{flag}={value}"));
    let error = Command::new("setting")
        .no_binary_name(true)
        .disable_help_flag(true)
        .arg(alone)
        .try_get_matches_from(line)
        .err()?;
    let shown = match values {
        _ if argument.is_hide_env_values_set() => "the value".to_owned(),
        [value] => format!("{value:?}"),
        values => format!("{values:?}"),
    };
    if error.kind() == ErrorKind::ArgumentConflict {
        return Some((format!("a list, {shown}"), "one value".to_owned()));
    }
    if let Some(ContextValue::Strings(names)) = error.get(ContextKind::ValidValue) {
        return Some((shown, names.join(", ")));
    }
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    // Parsers of secret values say what is wrong without the value.
    Some(
        match (cause.strip_prefix("expected "), cause.split_once("; accepted: ")) {
            (Some(accepted), _) => (shown, accepted.to_owned()),
            (_, Some((problem, accepted))) => (format!("{shown}: {problem}"), accepted.to_owned()),
            _ if cause.is_empty() => (format!("{shown} is not accepted"), String::new()),
            _ => match range(&cause) {
                Some(range) => (shown, range),
                None => (format!("{shown}: {cause}"), of_number(&cause)),
            },
        },
    )
}

/// What clap's own parsers of numbers accept, as they say it: `129 is not in 16..=128`, `0 is not in 1..18446744073709551615`.
fn range(cause: &str) -> Option<String> {
    let (_, range) = cause.rsplit_once(" is not in ")?;
    if let Some((first, last)) = range.split_once("..=") {
        return Some(format!("a whole number from {first} to {last}"));
    }
    // The number behind the dots is the largest that there is.
    let (first, _) = range.split_once("..")?;
    Some(format!("a whole number from {first} on"))
}

/// What is accepted where the standard library found no number.
fn of_number(cause: &str) -> String {
    let is_number = ["invalid digit", "number too", "cannot parse integer"];
    if is_number.iter().any(|start| cause.starts_with(start)) {
        "a whole number".to_owned()
    } else {
        String::new()
    }
}
