//! URLs of Valkey servers.

use std::path::PathBuf;
use std::time::Duration;

use arcjet_engine::ConfigError;
use percent_encoding::percent_decode_str;

use super::config::{Address, Credentials, Servers, ValkeyConfig};

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

const SCHEMES: &str = "memory, valkey://host:port/database, valkeys://… (TLS), valkey+unix:///path, \
    valkey+sentinel://host,host/master, valkey+cluster://host,host; redis for valkey; user:password@ before the host";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    One,
    Unix,
    Sentinel,
    Cluster,
}

/// Names what is wrong, never with a part of the URL that could hold a password.
fn fault(problem: impl Into<String>, accepted: &str) -> ConfigError {
    ConfigError::new("store.url", problem, accepted)
}

pub(super) fn parse(url: &str) -> Result<ValkeyConfig, ConfigError> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| fault("no scheme", SCHEMES))?;
    let (kind, tls) = scheme_of(scheme).ok_or_else(|| fault("unknown scheme", SCHEMES))?;
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.find('/') {
        Some(slash) => (&rest[..slash], &rest[slash + 1..]),
        None => (rest, ""),
    };
    let (credentials, hosts) = match authority.rsplit_once('@') {
        Some((credentials, hosts)) => (credentials_of(credentials)?, hosts),
        None => (Credentials::default(), authority),
    };

    let (servers, database) = match kind {
        Kind::Unix if !hosts.is_empty() => {
            return Err(fault("a host with a socket", "valkey+unix:///path/of/the/socket"));
        }
        Kind::Unix => {
            let path = PathBuf::from(format!("/{}", decode(path)?));
            (Servers::One(Address::Unix(path)), "")
        }
        Kind::One => (Servers::One(address(hosts, PORT)?), path),
        Kind::Cluster if !matches!(path, "" | "0") => {
            return Err(fault(
                "a database with a cluster",
                "none: a cluster has database 0 only",
            ));
        }
        Kind::Cluster => (Servers::Cluster(addresses(hosts, PORT)?), ""),
        Kind::Sentinel => {
            let (master, database) = path.split_once('/').unwrap_or((path, ""));
            if master.is_empty() {
                return Err(fault(
                    "no name of a master",
                    "valkey+sentinel://host,host/master[/database]",
                ));
            }
            let addresses = addresses(hosts, SENTINEL_PORT)?;
            let master = decode(master)?;
            (Servers::Sentinel { addresses, master }, database)
        }
    };
    let mut config = ValkeyConfig::new(servers);
    config.credentials = credentials;
    config.tls = tls;
    if !database.is_empty() {
        config.database = database
            .parse()
            .map_err(|_| fault("the path is no database", "a number, for example valkey://host/2"))?;
    }
    with_options(config, options)
}

/// What a scheme stands for, and whether it is with TLS.
fn scheme_of(scheme: &str) -> Option<(Kind, bool)> {
    let (base, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
    let tls = match base {
        "valkey" | "redis" => false,
        "valkeys" | "rediss" => true,
        _ => return None,
    };
    let kind = match kind {
        "" if scheme == base => Kind::One,
        "unix" if !tls => Kind::Unix,
        "sentinel" => Kind::Sentinel,
        "cluster" => Kind::Cluster,
        _ => return None,
    };
    Some((kind, tls))
}

fn credentials_of(text: &str) -> Result<Credentials, ConfigError> {
    let accepted = "user:password@ or :password@, percent-encoded";
    let (user, password) = text
        .split_once(':')
        .ok_or_else(|| fault("a user without a password", accepted))?;
    if password.is_empty() {
        return Err(fault("an empty password", accepted));
    }
    Ok(Credentials {
        user: Some(decode(user)?).filter(|user| !user.is_empty()),
        password: Some(decode(password)?),
    })
}

fn addresses(hosts: &str, port: u16) -> Result<Vec<Address>, ConfigError> {
    hosts.split(',').map(|host| address(host, port)).collect()
}

fn address(text: &str, port: u16) -> Result<Address, ConfigError> {
    let accepted =
        "host, host:port or [IPv6 address]:port; a password with / ? # or @ has to be percent-encoded";
    let wrong = || fault("no valid host and port", accepted);
    let (host, rest) = match text.strip_prefix('[') {
        Some(text) => text.split_once(']').ok_or_else(wrong)?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match rest.strip_prefix(':') {
        Some(digits) => digits.parse().map_err(|_| wrong())?,
        None if rest.is_empty() => port,
        None => return Err(wrong()),
    };
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.:%".contains(letter);
    if host.is_empty() || port == 0 || !host.chars().all(letter) {
        return Err(wrong());
    }
    let host = host.to_owned();
    Ok(Address::Tcp { host, port })
}

fn with_options(mut config: ValkeyConfig, options: &str) -> Result<ValkeyConfig, ConfigError> {
    let (mut certificate, mut key) = (None, None);
    let mut sentinels = Credentials::default();
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = decode(value)?;
        match name {
            "ca_file" => config.ca_file = Some(PathBuf::from(value)),
            "cert_file" => certificate = Some(PathBuf::from(value)),
            "key_file" => key = Some(PathBuf::from(value)),
            "sentinel_user" if !value.is_empty() => sentinels.user = Some(value),
            "sentinel_password" if !value.is_empty() => sentinels.password = Some(value),
            "sentinel_user" | "sentinel_password" => {
                return Err(fault(
                    "an empty sentinel_user or sentinel_password",
                    "a value, percent-encoded, or none of the two",
                ));
            }
            "prefix" => config.prefix = value,
            "lease" => {
                let share = value.parse();
                config.lease =
                    Some(share.map_err(|_| fault("lease is no number", "more than 0, up to 0.5"))?);
            }
            "deadline_ms" => {
                let millis = value
                    .parse()
                    .map_err(|_| fault("deadline_ms is no number", "from 1 to 60000"))?;
                config.deadline = Duration::from_millis(millis);
            }
            _ => {
                let accepted = "ca_file, cert_file, key_file, prefix, deadline_ms, lease, sentinel_user, sentinel_password";
                return Err(fault("an unknown option", accepted));
            }
        }
    }
    config.certificate = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => {
            return Err(fault(
                "half of a certificate",
                "both cert_file and key_file, or none",
            ));
        }
    };
    if sentinels.user.is_some() && sentinels.password.is_none() {
        return Err(fault(
            "sentinel_user without a password",
            "sentinel_password, with or without sentinel_user",
        ));
    }
    if sentinels.password.is_some() && !matches!(config.servers, Servers::Sentinel { .. }) {
        return Err(fault(
            "a password for sentinels without sentinels",
            "valkey+sentinel://host/master",
        ));
    }
    config.sentinel_credentials = sentinels;
    Ok(config)
}

fn decode(text: &str) -> Result<String, ConfigError> {
    percent_decode_str(text)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| fault("percent-encoded bytes that are no text", "UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Address {
        let host = host.to_owned();
        Address::Tcp { host, port }
    }

    #[test]
    fn urls_of_one_server() {
        for (url, address, database, tls) in [
            ("valkey://example.com", tcp("example.com", 6379), 0, false),
            ("redis://127.0.0.1:7000/3", tcp("127.0.0.1", 7000), 3, false),
            ("valkeys://[::1]:7000/", tcp("::1", 7000), 0, true),
            ("rediss://[2001:db8::1]", tcp("2001:db8::1", 6379), 0, true),
            (
                "valkey+unix:///run/valkey%20x.sock",
                Address::Unix("/run/valkey x.sock".into()),
                0,
                false,
            ),
        ] {
            let config = parse(url).unwrap();
            assert_eq!(config.servers, Servers::One(address), "{url}");
            assert_eq!((config.database, config.tls), (database, tls), "{url}");
            assert_eq!(config.credentials, Credentials::default(), "{url}");
        }
    }

    #[test]
    fn urls_of_several_servers() {
        let config = parse("valkeys+cluster://a,b:7001").unwrap();
        assert_eq!(
            config.servers,
            Servers::Cluster(vec![tcp("a", 6379), tcp("b", 7001)])
        );
        assert!(config.tls);
        let config = parse("redis+sentinel://:pw@a,b:7001/main/4").unwrap();
        let addresses = vec![tcp("a", 26379), tcp("b", 7001)];
        let master = "main".to_owned();
        assert_eq!(config.servers, Servers::Sentinel { addresses, master });
        assert_eq!(config.database, 4);
    }

    #[test]
    fn credentials_and_options() {
        let config = parse("valkeys://me:p%40ss%3Aw@h?ca_file=/ca.pem&deadline_ms=40&prefix=x:y").unwrap();
        assert_eq!(config.credentials.user.as_deref(), Some("me"));
        assert_eq!(config.credentials.password.as_deref(), Some("p@ss:w"));
        assert_eq!(config.ca_file, Some("/ca.pem".into()));
        assert_eq!((config.deadline.as_millis(), &*config.prefix), (40, "x:y"));
        assert_eq!(parse("valkey://:pw@h").unwrap().credentials.user, None);
        let config = parse("valkey+sentinel://:pw@h/m?sentinel_user=me&sentinel_password=a%26b").unwrap();
        assert_eq!(config.credentials.password.as_deref(), Some("pw"));
        assert_eq!(config.sentinel_credentials.user.as_deref(), Some("me"));
        assert_eq!(config.sentinel_credentials.password.as_deref(), Some("a&b"));
    }

    #[test]
    fn wrong_urls_are_refused_without_showing_the_password() {
        for url in [
            "hunter2",
            "hunter2://h",
            "http://me:hunter2@h",
            "valkey://me:hunter2@",
            "valkey://me:hunter2@h:port",
            "valkey://me:hunter2@h:0",
            "valkey://me:hunter2@h:70000",
            "valkey://me:hunter2/x@h",
            "valkey://me:hunter2?@h",
            "valkey://hunter2@h",
            "valkey://me:@h",
            "valkey://me:hunter2@h/hunter2",
            "valkey://me:hunter2@h,i",
            "valkey://me:%ffhunter2@h",
            "valkey://me:hunter2@h?hunter2=1",
            "valkey://me:hunter2@h?deadline_ms=hunter2",
            "valkeys://me:hunter2@h?cert_file=/hunter2",
            "valkeys+unix:///hunter2",
            "valkey+unix://me:hunter2@h/hunter2",
            "valkey+sentinel://me:hunter2@h",
            "valkey+cluster://me:hunter2@h/2",
            "valkey://h?sentinel_password=hunter2",
            "valkey+sentinel://h/m?sentinel_user=hunter2",
            "valkey+sentinel://:hunter2@h/m?sentinel_password=",
            "valkey+hunter2://h",
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{url}: {error}");
            assert!(
                error.starts_with("store.url: ") && error.contains("; accepted: "),
                "{error}"
            );
        }
    }

    #[test]
    fn faults_of_values_are_found() {
        for (url, field) in [
            ("valkey://h?deadline_ms=0", "store.deadline"),
            ("valkey://h?deadline_ms=60001", "store.deadline"),
            ("valkey://h?prefix=", "store.prefix"),
            ("valkey://h?prefix=%7Ba%7D", "store.prefix"),
            ("valkey://h?ca_file=/x", "store.url"),
        ] {
            let error = url.parse::<ValkeyConfig>().unwrap_err();
            assert_eq!(error.field(), field, "{url}");
        }
        let error = parse("valkey://h").unwrap().failures(0).check().unwrap_err();
        assert_eq!(error.field(), "store.failures");
    }

    #[test]
    fn debug_shows_no_password() {
        let config = parse("valkey://me:hunter2@h")
            .unwrap()
            .sentinel_credentials(None, "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
