//! JSON in which clouds and services publish their networks: AWS, Google, Azure, Oracle, Cloudflare, Fastly, GitHub,
//! Atlassian, Vultr, Spamhaus and others that put them under the same names or into plain lists.

use serde_json::Value;

use super::network::Network;
use super::record::Record;
use super::{Collected, quoted};
use crate::reputation::source::Kind;

/// Under these names stand networks; what is none there is a fault.
const NETWORKS: &[&str] = &[
    "addressPrefixes",
    "addresses",
    "cidr",
    "cidrs",
    "ip_prefix",
    "ipv4Prefix",
    "ipv4_cidrs",
    "ipv6Prefix",
    "ipv6_addresses",
    "ipv6_cidrs",
    "ipv6_prefix",
    "network",
    "prefix",
];

/// How deep lists may lie in each other. The deepest known, Azure's, has five levels.
const DEEPEST: usize = 16;

/// Reads JSON, or one value of JSON in each line. The error has the line and the problem.
pub(super) fn read(content: &[u8], collected: &mut Collected) -> Result<(), (Option<usize>, String)> {
    if matches!(collected.kind, Kind::Country | Kind::Asn) {
        let what = "JSON of networks says nothing about countries and autonomous systems";
        return Err((None, what.to_owned()));
    }
    let mut path = String::new();
    for value in serde_json::Deserializer::from_slice(content).into_iter::<Value>() {
        let value = value.map_err(|error| (Some(error.line()), format!("it is not valid JSON: {error}")))?;
        walk(&value, true, &mut path, 0, collected);
    }
    Ok(())
}

/// Takes all networks of a value. `listed` says whether a text in it has to be one.
fn walk(value: &Value, listed: bool, path: &mut String, depth: usize, collected: &mut Collected) {
    if depth > DEEPEST {
        return;
    }
    let length = path.len();
    match value {
        Value::String(text) => match Network::parse(text) {
            // Elsewhere an address alone may be anything, the one of a web page's server among it.
            Some(network) if listed || text.contains('/') => collected.add(&Record::Listed(network)),
            None if listed => {
                let problem = format!(
                    "{path}: {} is no prefix, address or range of addresses",
                    quoted(text)
                );
                collected.rejects.push(None, problem);
            }
            _ => {}
        },
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                path.push_str(&format!("[{at}]"));
                walk(value, listed, path, depth + 1, collected);
                path.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
                walk(
                    value,
                    NETWORKS.contains(&name.as_str()),
                    path,
                    depth + 1,
                    collected,
                );
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
