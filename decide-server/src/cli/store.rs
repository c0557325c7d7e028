//! Flags for where rate limits are counted.

use std::error::Error;
use std::time::Duration;

use arcjet_decide_server::{Store, ValkeyConfig};
use arcjet_engine::ConfigError;
use clap::Args;

use super::serve::time;

/// That of the store in memory.
const DEFAULT_LIMIT_CAPACITY: usize = 1_000_000;

/// Where rate limits are counted, and how.
#[derive(Debug, Args)]
pub(super) struct StoreArgs {
    /// Where the counts of rate limits are kept: memory, or a Valkey or Redis that servers share, as valkey://host:6379 (see
    /// docs/stores.md). Prefer the environment variable if there is a password in it.
    #[arg(
        long,
        env = "ARCJET_DECIDE_STORE",
        value_name = "URL",
        default_value = "memory",
        hide_env_values = true,
        value_parser = line
    )]
    store: String,

    /// Share of each limit that this server takes from Valkey at once and serves from its memory, more than 0 and up to 0.5.
    /// Counts more than `lease` in the URL.
    #[arg(long, env = "ARCJET_DECIDE_STORE_LEASE", value_name = "SHARE", value_parser = lease)]
    store_lease: Option<f64>,

    /// How long a decision waits for Valkey, 1ms to 60s. Counts more than `deadline_ms` in the URL; 100ms if neither is given.
    #[arg(long, env = "ARCJET_DECIDE_STORE_DEADLINE", value_name = "TIME", value_parser = deadline)]
    store_deadline: Option<Duration>,

    /// What the names of all keys in Valkey start with. Counts more than `prefix` in the URL; `arcjet` if neither is given.
    #[arg(long, env = "ARCJET_DECIDE_STORE_PREFIX", value_name = "TEXT", value_parser = prefix)]
    store_prefix: Option<String>,

    /// Clients whose rate limits are kept in memory; beyond it, those not seen for longest are forgotten.
    #[arg(long, env = "ARCJET_DECIDE_LIMIT_CAPACITY", value_name = "CLIENTS", value_parser = clap::value_parser!(u64).range(1..))]
    limit_capacity: Option<u64>,

    /// Length of the prefix by which rate limits count IPv6 clients, 16 to 128. The same for all servers that share a store:
    /// with another one IPv6 clients are counted anew.
    #[arg(long, env = "ARCJET_DECIDE_IPV6_PREFIX", value_name = "BITS", default_value_t = 64, value_parser = clap::value_parser!(u8).range(16..=128))]
    pub(super) ipv6_prefix: u8,
}

impl StoreArgs {
    /// The store. Within a runtime it connects at once.
    pub(super) fn open(&self) -> Result<Store, Box<dyn Error>> {
        let capacity = self
            .limit_capacity
            .map_or(Ok(DEFAULT_LIMIT_CAPACITY), usize::try_from)?;
        let store = match self.valkey()? {
            Some(config) => Store::connect(config),
            None => Store::open(&self.store, capacity),
        };
        Ok(store.map_err(|error| format!("--store or ARCJET_DECIDE_STORE: {error}"))?)
    }

    /// The configuration of the Valkey, if the counts are kept in one.
    fn valkey(&self) -> Result<Option<ValkeyConfig>, String> {
        if self.store == "memory" {
            return self.refuse_in_memory().map(|()| None);
        }
        // The parser of the flag has seen to that it is one.
        let mut config: ValkeyConfig = self
            .store
            .parse()
            .map_err(|error: ConfigError| error.to_string())?;
        if let Some(share) = self.store_lease {
            config = config.lease(share);
        }
        if let Some(deadline) = self.store_deadline {
            config = config.deadline(deadline);
        }
        if let Some(prefix) = &self.store_prefix {
            config = config.prefix(prefix);
        }
        Ok(Some(config))
    }

    /// A setting that has no meaning here would be taken for one that has.
    fn refuse_in_memory(&self) -> Result<(), String> {
        let given = [
            ("lease", self.store_lease.is_some()),
            ("deadline", self.store_deadline.is_some()),
            ("prefix", self.store_prefix.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((name, _)) => Err(format!(
                "store.{name} (--store-{name}, ARCJET_DECIDE_STORE_{}): has no meaning for a store in memory; accepted: \
                 none, or a store.url (--store, ARCJET_DECIDE_STORE) such as valkey://host:6379",
                name.to_uppercase()
            )),
        }
    }
}

/// Checks where the counts are kept. The error does not show the URL, which may have a password in it.
fn line(text: &str) -> Result<String, String> {
    if text != "memory" {
        text.parse::<ValkeyConfig>()
            .map_err(|error| format!("{}; accepted: {}", error.problem(), error.accepted()))?;
    }
    Ok(text.to_owned())
}

fn lease(text: &str) -> Result<f64, String> {
    let share = text
        .parse()
        .map_err(|_| "expected a number more than 0, up to 0.5, for example 0.05".to_owned())?;
    checked(share, |config| config.lease(share))
}

fn deadline(text: &str) -> Result<Duration, String> {
    let deadline = time(text)?;
    checked(deadline, |config| config.deadline(deadline))
}

fn prefix(text: &str) -> Result<String, String> {
    checked(text.to_owned(), |config| config.prefix(text))
}

/// The value, if a Valkey can be configured with it.
fn checked<T>(value: T, set: impl FnOnce(ValkeyConfig) -> ValkeyConfig) -> Result<T, String> {
    let any = "valkey://localhost".parse::<ValkeyConfig>();
    any.and_then(|config| set(config).check())
        .map_err(|error| format!("expected {}", error.accepted()))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &[&str]) -> StoreArgs {
        let command = StoreArgs::augment_args(clap::Command::new("store"));
        let command = command.mut_args(|argument| argument.env(None));
        let matches = command.get_matches_from([&["store"], line].concat());
        <StoreArgs as clap::FromArgMatches>::from_arg_matches(&matches).unwrap()
    }

    #[test]
    fn settings_count_more_than_the_url() {
        let url = "--store=valkey://localhost?lease=0.5&deadline_ms=7&prefix=url";
        let config = args(&[url]).valkey().unwrap().unwrap();
        assert_eq!(config.lease_share(), Some(0.5));
        let line = [
            url,
            "--store-lease=0.05",
            "--store-deadline=40ms",
            "--store-prefix=own",
        ];
        let config = args(&line).valkey().unwrap().unwrap();
        assert_eq!(config.lease_share(), Some(0.05));
        let shown = format!("{config:?}");
        assert!(
            shown.contains("deadline: 40ms") && shown.contains("prefix: \"own\""),
            "{shown}"
        );
    }

    #[test]
    fn memory_has_no_use_for_what_is_about_valkey() {
        assert!(args(&[]).valkey().unwrap().is_none());
        for (flag, name) in [
            (
                "--store-lease=0.1",
                "store.lease (--store-lease, ARCJET_DECIDE_STORE_LEASE)",
            ),
            ("--store-deadline=1s", "store.deadline ("),
            ("--store-prefix=x", "store.prefix ("),
        ] {
            let error = args(&[flag]).valkey().unwrap_err();
            assert!(error.starts_with(name) && error.contains("accepted: "), "{error}");
        }
    }

    #[test]
    fn what_can_not_be_is_refused_with_what_can() {
        for error in [
            lease("0").unwrap_err(),
            lease("0.6").unwrap_err(),
            lease("NaN").unwrap_err(),
            lease("much").unwrap_err(),
            deadline("0ms").unwrap_err(),
            deadline("61s").unwrap_err(),
            deadline("soon").unwrap_err(),
            prefix("").unwrap_err(),
            prefix("{a}").unwrap_err(),
        ] {
            assert!(error.starts_with("expected "), "{error}");
        }
    }
}
