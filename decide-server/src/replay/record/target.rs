//! What a request asks for.

/// A target taken to pieces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// The host, with the port, if the target names it.
    pub(super) host: Option<String>,
    pub(super) path: String,
    /// Without the question mark.
    pub(super) query: String,
}

impl Target {
    /// Takes a path with its query, or an address with scheme and host, to pieces. Nothing is decoded, normalised or refused:
    /// what is odd about a target is what rules look for.
    pub(super) fn of(text: &str) -> Self {
        let (host, rest) = match after_scheme(text) {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (authority, rest) = rest.split_at(end);
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                (Some(host).filter(|host| !host.is_empty()), rest)
            }
            None => (None, text),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self {
            host: host.map(str::to_owned),
            path: if path.is_empty() { "/" } else { path }.to_owned(),
            query: query.to_owned(),
        }
    }
}

fn after_scheme(text: &str) -> Option<&str> {
    ["http://", "https://", "ws://", "wss://"]
        .into_iter()
        .find_map(|scheme| {
            let start = text.get(..scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_taken_as_they_are() {
        for (text, host, path, query) in [
            ("/a b/ä?x=1?y", None, "/a b/ä", "x=1?y"),
            ("", None, "/", ""),
            ("?x", None, "/", "x"),
            ("*", None, "*", ""),
            ("//evil.example/a", None, "//evil.example/a", ""),
            ("http://example.com", Some("example.com"), "/", ""),
            (
                "HTTPS://user:pw@example.com:8443?x=http://a/b",
                Some("example.com:8443"),
                "/",
                "x=http://a/b",
            ),
            ("http:///a", None, "/a", ""),
            ("/a?u=http://b@c/", None, "/a", "u=http://b@c/"),
            ("/a#b?c", None, "/a#b", "c"),
        ] {
            let target = Target::of(text);
            assert_eq!(
                (
                    target.host.as_deref(),
                    target.path.as_str(),
                    target.query.as_str()
                ),
                (host, path, query),
                "{text:?}"
            );
        }
    }
}
