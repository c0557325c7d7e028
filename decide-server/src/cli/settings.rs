//! Settings in layers: a flag counts more than a variable, that more than the file, and that more than the default.
//!
//! A setting is declared once, as a flag; its parser also reads what the variable and the file say.

mod value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use arcjet_decide_server::SiteConfig;
use arcjet_decide_server::settings::{Document, Fault, Faults, Scalar, Sites};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args as _, CommandFactory as _, FromArgMatches as _};

use self::value::refusal;
use super::Cli;
use super::serve::ServeArgs;

/// Where in the file the settings stand that are flags too, by the name of the flag's field.
const PLACES: &[Place] = &[
    Place::of("listen", "listen"),
    #[cfg(unix)]
    Place::file("unix_socket", "unix_socket"),
    Place::of("store", "store.url"),
    Place::of("store_lease", "store.lease"),
    Place::of("store_deadline", "store.deadline"),
    Place::of("store_prefix", "store.prefix"),
    Place::of("limit_capacity", "store.memory_capacity"),
    Place::of("ipv6_prefix", "ipv6_prefix"),
    Place::of("dns_lookups", "dns.lookups"),
    Place::of("dns_servers", "dns.servers"),
    Place::of("dns_timeout", "dns.timeout"),
    Place::of("dns_cache_capacity", "dns.cache_capacity"),
    Place::of("dns_max_concurrent", "dns.max_concurrent"),
    Place::of("max_body_bytes", "limits.max_body_bytes"),
    Place::of("max_buffered_bytes", "limits.max_buffered_bytes"),
    Place::of("max_connections", "limits.max_connections"),
    Place::of("workers", "workers"),
    Place::of("request_timeout", "limits.request_timeout"),
    Place::of("max_in_flight", "limits.max_in_flight"),
    Place::of("max_queue_time", "limits.max_queue_time"),
    Place::of("drain_delay", "limits.drain_delay"),
    Place::of("drain_timeout", "limits.drain_timeout"),
    Place::of("reflection", "reflection"),
    Place::of("max_streams", "connections.max_streams"),
    Place::of("max_connection_age", "connections.max_age"),
    Place::of("max_connection_age_grace", "connections.max_age_grace"),
    Place::of("keep_alive_interval", "connections.keep_alive_interval"),
    Place::of("keep_alive_timeout", "connections.keep_alive_timeout"),
    Place::of("header_timeout", "connections.header_timeout"),
    Place::file("reputation_folder", "reputation.folder"),
    Place::file("tls_cert", "tls.cert"),
    Place::file("tls_key", "tls.key"),
    Place::file("tls_client_ca", "tls.client_ca"),
    Place::of("tls_client_certificates", "tls.client_certificates"),
    #[cfg(feature = "otlp")]
    Place::of("otlp_endpoint", "telemetry.otlp_endpoint"),
    #[cfg(feature = "otlp")]
    Place::of("trace_ratio", "telemetry.trace_ratio"),
    Place::of("log", "log.level"),
    Place::of("log_format", "log.format"),
];

/// Flags that have no place in the file, each with the reason.
#[cfg(test)]
const FLAGS_ONLY: &[(&str, &str)] = &[
    ("config", "names the file"),
    (
        "keys",
        "keys in plain; the file has [[site]], with hashes of keys, key_file and key_env",
    ),
];

struct Place {
    flag: &'static str,
    path: &'static str,
    /// Whether the value is the path of a file, and then relative to the file that says so.
    is_file: bool,
}

impl Place {
    const fn of(flag: &'static str, path: &'static str) -> Self {
        Self {
            flag,
            path,
            is_file: false,
        }
    }

    const fn file(flag: &'static str, path: &'static str) -> Self {
        Self {
            flag,
            path,
            is_file: true,
        }
    }
}

/// Everything that a server is told.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) args: ServeArgs,
    /// The sites of the file.
    pub(super) sites: Vec<SiteConfig>,
    /// The file, and the files that it names.
    pub(super) files: Vec<PathBuf>,
    /// The values of all flags as text, whatever layer they come from.
    values: BTreeMap<&'static str, Vec<OsString>>,
}

impl Settings {
    /// Reads the command line, the environment and the file that one of them names.
    ///
    /// # Errors
    ///
    /// All that is wrong with them.
    pub(super) fn load(line: &[OsString]) -> Result<Self, Faults> {
        let command = Cli::command();
        // What is wrong with the line itself has ended the program before.
        let flags = without_environment(command.clone())
            .try_get_matches_from(line)
            .or_else(|_| command.clone().try_get_matches_from(line))
            .map_err(|error| of_line(&error))?;
        let flags = flags.subcommand().map_or(&flags, |(_, inside)| inside);
        let mut faults = Vec::new();
        let mut file = File::default();
        if let Some(path) = flags.get_one::<PathBuf>("config") {
            file = File::read(path, &mut faults);
        }
        environment(flags, &mut faults);
        Faults::none(faults)?;

        let matches = with_defaults(command, &file.values)
            .try_get_matches_from(line)
            .map_err(|error| of_line(&error))?;
        let cli = Cli::from_arg_matches(&matches).map_err(|error| of_line(&error))?;
        let matches = matches.subcommand().map_or(&matches, |(_, inside)| inside);
        let values = PLACES.iter().map(|place| {
            let values = matches.get_raw(place.flag).into_iter().flatten();
            (place.path, values.map(ToOwned::to_owned).collect())
        });
        Ok(Self {
            values: values.collect(),
            args: cli.into_serve_args(),
            sites: file.sites.configs,
            files: file.path.into_iter().chain(file.sites.files).collect(),
        })
    }

    /// The paths of the settings that differ from those of `other`. Sites are not among them.
    pub(super) fn changed(&self, other: &Self) -> Vec<&'static str> {
        let differing = self
            .values
            .iter()
            .filter(|(path, values)| other.values.get(*path) != Some(values));
        differing.map(|(path, _)| *path).collect()
    }
}

/// What a file says.
#[derive(Default)]
struct File {
    path: Option<PathBuf>,
    /// By the name of the flag's field.
    values: Vec<(&'static str, Vec<String>)>,
    sites: Sites,
}

impl File {
    fn read(path: &Path, faults: &mut Vec<Fault>) -> Self {
        let mut file = Self {
            path: Some(path.to_owned()),
            ..Self::default()
        };
        let name = path.display().to_string();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                faults.push(Fault::new(name, "", format!("cannot read the file: {error}"), ""));
                return file;
            }
        };
        let document = match Document::parse(&name, &text) {
            Ok(document) => document,
            Err(found) => {
                faults.extend(found.iter().cloned());
                return file;
            }
        };
        let directory = path.parent().unwrap_or(Path::new(""));
        let known: Vec<&str> = PLACES.iter().map(|place| place.path).collect();
        let definitions = definitions();
        for scalar in document.scalars(&known, faults) {
            file.scalar(scalar, directory, &definitions, faults);
        }
        file.sites = Sites::read(&document, directory, &|name| std::env::var(name).ok(), faults);
        file
    }

    fn scalar(&mut self, scalar: Scalar, directory: &Path, definitions: &[Arg], faults: &mut Vec<Fault>) {
        let Some(place) = PLACES.iter().find(|place| place.path == scalar.path) else {
            return;
        };
        let mut values = scalar.values;
        if place.is_file {
            for value in &mut values {
                *value = directory.join(&*value).display().to_string();
            }
        }
        let definition = definitions
            .iter()
            .find(|argument| argument.get_id() == place.flag);
        if let Some((problem, accepted)) = definition.and_then(|argument| refusal(argument, &values)) {
            faults.push(Fault::new(scalar.place, scalar.path, problem, accepted));
        }
        self.values.push((place.flag, values));
    }
}

/// The flags of a server.
fn definitions() -> Vec<Arg> {
    let command = ServeArgs::augment_args(clap::Command::new("serve"));
    command.get_arguments().cloned().collect()
}

/// Notes what is wrong with variables that count, because no flag says otherwise.
fn environment(flags: &ArgMatches, faults: &mut Vec<Fault>) {
    for argument in definitions() {
        let id = argument.get_id().as_str();
        let said = flags.value_source(id) == Some(ValueSource::CommandLine);
        let Some(variable) = argument.get_env().filter(|_| !said) else {
            continue;
        };
        let name = variable.to_string_lossy().into_owned();
        match std::env::var(&name) {
            Ok(value) => {
                if let Some((problem, accepted)) = refusal(&argument, &[value]) {
                    faults.push(Fault::new(name, "", problem, accepted));
                }
            }
            Err(std::env::VarError::NotPresent) => {}
            Err(std::env::VarError::NotUnicode(_)) => {
                faults.push(Fault::new(name, "", "not UTF-8", ""));
            }
        }
    }
}

/// The command line with other defaults.
fn with_defaults(command: clap::Command, values: &[(&'static str, Vec<String>)]) -> clap::Command {
    each(command, |command| {
        values.iter().fold(command, |command, (flag, values)| {
            command.mut_arg(*flag, |argument| argument.default_values(values.clone()))
        })
    })
}

/// The command line as it is without variables, but for the one that names the file.
pub(super) fn without_environment(command: clap::Command) -> clap::Command {
    each(command, |command| {
        command.mut_args(|argument| match argument.get_id().as_str() {
            "config" => argument,
            _ => argument.env(None),
        })
    })
}

/// Changes every command that takes the flags of a server.
fn each(command: clap::Command, change: impl Fn(clap::Command) -> clap::Command) -> clap::Command {
    let command = change(command);
    ["serve", "check"]
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, &change))
}

fn of_line(error: &clap::Error) -> Faults {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    Faults::one(Fault::new(
        "command line",
        "",
        first.trim_start_matches("error: "),
        "",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_its_place_in_the_file_or_a_reason_for_having_none() {
        let flags: Vec<String> = definitions()
            .iter()
            .map(|argument| argument.get_id().to_string())
            .collect();
        for flag in &flags {
            let places = PLACES.iter().filter(|place| place.flag == flag).count();
            let reasons = FLAGS_ONLY.iter().filter(|(name, _)| name == flag).count();
            assert_eq!(places + reasons, 1, "--{flag}");
        }
        let listed = PLACES.iter().map(|place| place.flag);
        for flag in listed.chain(FLAGS_ONLY.iter().map(|(flag, _)| *flag)) {
            assert!(flags.iter().any(|own| own == flag), "there is no flag {flag}");
        }
    }

    /// The example has every setting, if only in a comment, and with a value that is accepted.
    #[cfg(all(unix, feature = "otlp"))]
    #[test]
    fn every_setting_is_in_the_example() {
        let example = include_str!("../../arcjet-decide.toml");
        let (settings, _) = example.split_once("\n[[site]]\n").unwrap();
        let is_setting = |text: &str| {
            let name = text.split_once(" = ").map(|(name, _)| name);
            let is_name = |name: &str| {
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c == '_' || c == '6')
            };
            text.starts_with('[') || name.is_some_and(is_name)
        };
        let uncommented = settings.lines().map(|line| {
            let inside = line.strip_prefix("# ").filter(|inside| is_setting(inside));
            format!("{}\n", inside.unwrap_or(line))
        });
        let text: String = uncommented.collect();
        let document = Document::parse("example", &text).unwrap();
        let known: Vec<&str> = PLACES.iter().map(|place| place.path).collect();
        let mut faults = Vec::new();
        let scalars = document.scalars(&known, &mut faults);
        assert_eq!(faults, []);
        let definitions = definitions();
        for place in PLACES {
            let scalar = scalars.iter().find(|scalar| scalar.path == place.path);
            let scalar = scalar.unwrap_or_else(|| panic!("no {} in\n{text}", place.path));
            let definition = definitions
                .iter()
                .find(|argument| argument.get_id() == place.flag)
                .unwrap();
            assert_eq!(refusal(definition, &scalar.values), None, "{}", place.path);
        }
    }

    #[test]
    fn every_setting_is_in_the_manual_with_flag_and_variable() {
        let manual = include_str!("../../../docs/decide-server.md");
        for argument in definitions() {
            let variable = argument.get_env().unwrap().to_str().unwrap();
            assert!(manual.contains(&format!("`{variable}`")), "{variable}");
            let flag = format!("`--{}`", argument.get_long().unwrap());
            assert!(manual.contains(&flag), "{flag}");
        }
        for place in PLACES {
            assert!(manual.contains(&format!("`{}`", place.path)), "{}", place.path);
        }
    }
}
