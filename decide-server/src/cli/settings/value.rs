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
            _ => (format!("{shown}: {cause}"), String::new()),
        },
    )
}
