//! What a client is told apart by.

use std::fmt;

use crate::error::ConfigError;

/// One property that tells clients apart, for rate limits and the deny cache.
///
/// Written as all Arcjet SDKs write it: `ip.src`, `http.host`, `http.method`, `http.request.uri.path`,
/// `http.request.headers["name"]`, `http.request.cookie["name"]`, `http.request.uri.args["name"]`. Any other text is
/// a custom characteristic, whose value comes with the request
/// ([`with_characteristic`](crate::RequestDetails::with_characteristic)).
///
/// ```
/// use arcjet_engine::Characteristic;
///
/// assert_eq!("ip.src".parse(), Ok(Characteristic::Ip));
/// assert_eq!("userId".parse(), Ok(Characteristic::Custom("userId".into())));
/// assert!("http.request.headers[x".parse::<Characteristic>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Characteristic {
    /// The client's address. IPv6 clients are counted by /64 in rate limits.
    Ip,
    /// The host.
    Host,
    /// The method.
    Method,
    /// The path, without the query.
    Path,
    /// A header, by its name in lower case; repeated ones are joined with `, `.
    Header(String),
    /// A cookie, as sent: not decoded, not unquoted.
    Cookie(String),
    /// A parameter of the query, decoded; the values of repeated ones follow each other.
    QueryParameter(String),
    /// A value that the application passes with the request.
    Custom(String),
}

const ACCEPTED: &str = "ip.src, http.host, http.method, http.request.uri.path, http.request.headers[\"name\"], \
     http.request.cookie[\"name\"], http.request.uri.args[\"name\"], or the name of a custom characteristic";

impl std::str::FromStr for Characteristic {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let fault = |problem: String| ConfigError::new("characteristics", problem, ACCEPTED);
        Ok(match text {
            "" => return Err(fault("an empty characteristic".to_owned())),
            "ip.src" => Self::Ip,
            "http.host" => Self::Host,
            "http.method" => Self::Method,
            "http.request.uri.path" => Self::Path,
            _ => {
                let (name, element): (&str, fn(String) -> Self) =
                    if let Some(name) = text.strip_prefix("http.request.headers[") {
                        (name, |name| Self::Header(name.to_ascii_lowercase()))
                    } else if let Some(name) = text.strip_prefix("http.request.cookie[") {
                        (name, Self::Cookie)
                    } else if let Some(name) = text.strip_prefix("http.request.uri.args[") {
                        (name, Self::QueryParameter)
                    } else {
                        return Ok(Self::Custom(text.to_owned()));
                    };
                let name = name
                    .strip_prefix('"')
                    .and_then(|name| name.strip_suffix("\"]"))
                    .filter(|name| !name.is_empty())
                    .ok_or_else(|| fault(format!("`{text}` does not name its element as in [\"name\"]")))?;
                element(name.to_owned())
            }
        })
    }
}

impl fmt::Display for Characteristic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip => f.write_str("ip.src"),
            Self::Host => f.write_str("http.host"),
            Self::Method => f.write_str("http.method"),
            Self::Path => f.write_str("http.request.uri.path"),
            Self::Header(name) => write!(f, "http.request.headers[\"{name}\"]"),
            Self::Cookie(name) => write!(f, "http.request.cookie[\"{name}\"]"),
            Self::QueryParameter(name) => write!(f, "http.request.uri.args[\"{name}\"]"),
            Self::Custom(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints_the_same() {
        for text in [
            "ip.src",
            "http.host",
            "http.method",
            "http.request.uri.path",
            "http.request.headers[\"x-api-key\"]",
            "http.request.cookie[\"SID\"]",
            "http.request.uri.args[\"q\"]",
            "userId",
        ] {
            assert_eq!(text.parse::<Characteristic>().unwrap().to_string(), text);
        }
        assert_eq!(
            "http.request.headers[\"X-Api-Key\"]".parse(),
            Ok(Characteristic::Header("x-api-key".to_owned()))
        );
    }

    #[test]
    fn refuses_what_is_half_written() {
        for text in [
            "",
            "http.request.headers[x]",
            "http.request.cookie[\"\"]",
            "http.request.uri.args[\"q\"",
        ] {
            let error = text.parse::<Characteristic>().unwrap_err();
            assert_eq!(error.field(), "characteristics", "{text}");
            assert!(error.accepted().contains("http.request.headers[\"name\"]"));
        }
    }
}
