use std::path::Path;

use super::*;
use crate::auth::KeyHash;

const KNOWN: [&str; 4] = [
    "listen",
    "limits.max_connections",
    "limits.request_timeout",
    "log.level",
];

/// All faults of a file, as they are printed.
fn faults(text: &str) -> Vec<String> {
    let variable = |name: &str| (name == "SHORT").then(|| "ajkey_1".to_owned());
    let mut faults = Vec::new();
    match Document::parse("a.toml", text) {
        Ok(document) => {
            document.scalars(&KNOWN, &mut faults);
            Sites::read(&document, Path::new("/nowhere"), &variable, &mut faults);
        }
        Err(found) => faults.extend(found.iter().cloned()),
    }
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn scalars_are_text_with_their_places() {
    let text = "listen = [\"127.0.0.1:1\", \"[::1]:1\"]\n[limits]\nmax_connections = 1_000\n";
    let document = Document::parse("a.toml", text).unwrap();
    let mut faults = Vec::new();
    let scalars = document.scalars(&KNOWN, &mut faults);
    assert_eq!(faults, []);
    assert_eq!(scalars.len(), 2);
    let limit = scalars
        .iter()
        .find(|scalar| scalar.path == "limits.max_connections")
        .unwrap();
    assert_eq!(
        (limit.place.as_str(), limit.values.as_slice()),
        ("a.toml:3", &["1000".to_owned()][..])
    );
    let listen = scalars.iter().find(|scalar| scalar.path == "listen").unwrap();
    assert_eq!(listen.values, ["127.0.0.1:1", "[::1]:1"]);
}

#[test]
fn sites_have_keys_of_all_kinds() {
    let one = KeyHash::of("ajkey_one_one_one_one_one").unwrap();
    let text = format!(
        "[[site]]\nname = \"web\"\nkeys = [{{ hash = \"{one}\", expires = 2027-01-01T00:00:00Z, note = \"old\" }}]\n\
         key_env = \"WEB\"\n\n[[site]]\nname = \"api\"\nkey_env = \"API\"\n"
    );
    let document = Document::parse("a.toml", &text).unwrap();
    let variable = |name: &str| {
        Some(format!(
            "ajkey_{name}_one_one_one_one, ajkey_{name}_two_two_two_two"
        ))
    };
    let mut faults = Vec::new();
    let sites = Sites::read(&document, Path::new("."), &variable, &mut faults);
    assert_eq!(faults, []);
    assert_eq!(sites.configs.len(), 2);
    assert_eq!(
        (sites.configs[0].name(), sites.configs[0].key_count()),
        ("web", 3)
    );
    assert_eq!(
        (sites.configs[1].name(), sites.configs[1].key_count()),
        ("api", 2)
    );
    let expiry = sites.configs[0].first_expiry().unwrap();
    assert_eq!(expiry.as_millis(), 1_798_761_600_000);
}

#[test]
fn all_faults_are_told_at_once() {
    let hash = KeyHash::of("ajkey_one_one_one_one_one").unwrap();
    let text = format!(
        r#"lisen = "127.0.0.1:8787"
limits = 5

[log]
level = {{}}

[[site]]
name = "two words"
keys = [{{ hash = "ajkey_plain" }}, {{ hash = "{hash}", expires = 2027-01-01, until = 1 }}]

[[site]]
name = "api"
keys = [{{ hash = "{hash}" }}]
key_env = "SHORT"

[[site]]
name = "api"
key_file = "missing"

[[site]]
nme = "x"
"#
    );
    assert_eq!(
        faults(&text),
        [
            "a.toml:1: lisen: unknown field, did you mean listen?; accepted: listen, limits, log, site",
            "a.toml:2: limits: a value of type integer; accepted: a table [limits]",
            "a.toml:5: log.level: a value of type table; accepted: text, a number, true or false, or a list of them",
            "a.toml:9: site[0].keys[0].hash: not the hash of a key; accepted: \"sha256:\" and 64 hexadecimal digits, as \
             `arcjet-decide key hash` prints it",
            "a.toml:9: site[0].keys[1].expires: not an instant; accepted: a date and a time with its offset, as in \
             2027-01-01T00:00:00Z",
            "a.toml:9: site[0].keys[1].until: unknown field; accepted: hash, expires, note",
            "a.toml:8: site[0].name: \"two words\"; accepted: 1 to 64 of the characters a-z, A-Z, 0-9, '-', '_' and '.'",
            "a.toml:13: site[1].keys[0]: the same key as site[0].keys[1]; accepted: each key once, for one site",
            "a.toml:14: site[1].key_env: key 1 has 7 characters; accepted: keys of at least 20 visible ASCII characters; \
             `arcjet-decide key new` makes one",
            "a.toml:17: site[2].name: \"api\" is also site[1].name; accepted: a name for each site",
            "a.toml:18: site[2].key_file: cannot read /nowhere/missing: No such file or directory (os error 2); accepted: \
             keys of at least 20 visible ASCII characters; `arcjet-decide key new` makes one",
            "a.toml:20: site[3].name: missing; accepted: 1 to 64 of the characters a-z, A-Z, 0-9, '-', '_' and '.'",
            "a.toml:20: site[3].keys: no key opens the site; accepted: keys = [{ hash = \"sha256:…\" }], key_file or key_env",
            "a.toml:21: site[3].nme: unknown field, did you mean name?; accepted: name, keys, key_file, key_env, \
             rules_file, rule, characteristics",
        ]
    );
}

#[test]
fn slips_in_the_syntax_are_told_with_their_lines() {
    let found = faults("listen = \n[[site]\n");
    assert!(
        found.iter().any(|fault| fault.starts_with("a.toml:1: ")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|fault| fault.starts_with("a.toml:2: ")),
        "{found:?}"
    );
}

#[test]
fn no_fault_shows_a_key() {
    let text = "[[site]]\nname = \"web\"\nkeys = [{ hash = \"ajkey_secret\" }]\nkey_env = \"SHORT\"\n";
    let found = faults(text);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|fault| !fault.contains("ajkey_")), "{found:?}");
}
