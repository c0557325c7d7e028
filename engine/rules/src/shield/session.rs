//! Session fixation: a link from elsewhere that brings the id of a session along.

use super::finding::{Category, Finding, Place};
use crate::{request::Request, swar};

/// Names under which frameworks keep the id of a session, in lower case.
fn is_of_framework(name: &[u8]) -> bool {
    let name = name
        .strip_prefix(b"__secure-")
        .or_else(|| name.strip_prefix(b"__host-"))
        .unwrap_or(name);
    matches!(
        name,
        b"_flask_session"
            | b"_rails_session"
            | b"_session_id"
            | b"asp.net_sessionid"
            | b"aspsession"
            | b"aspsessionid"
            | b"cakephp"
            | b"cfid"
            | b"cfsid"
            | b"cftoken"
            | b"ci_session"
            | b"connect.sid"
            | b"express.sid"
            | b"jservsession"
            | b"jsessionid"
            | b"jwsession"
            | b"koa.sess"
            | b"koa:sess"
            | b"laravel_session"
            | b"meteor_login_token"
            | b"next-auth.session-token"
            | b"phpsession"
            | b"phpsessid"
            | b"play_session"
            | b"rack.session"
            | b"sails.sid"
            | b"shiny-token"
            | b"symfony"
            | b"weblogicsession"
            | b"zend_session_id"
    )
}

/// Names that applications give to sessions of other kinds, too.
fn is_word(name: &[u8]) -> bool {
    matches!(name, b"session_id" | b"session-id" | b"sessionid")
}

/// Finds the name of a session's id, in lower case, where it has no business: in a request that came by a link on a page of another
/// site, or by one that doesn't say where it is.
pub(super) fn detect(name: &[u8], place: Place, origin: Origin) -> Option<Finding> {
    let is_name = matches!(place, Place::QueryName | Place::BodyName);
    let found = match origin {
        Origin::Own => false,
        Origin::Unknown => is_name && is_of_framework(name),
        Origin::Other => is_name && (is_of_framework(name) || is_word(name)),
    };
    found.then_some(Finding {
        detector: "session-fixation.foreign-link",
        category: Category::SessionFixation,
        score: 5,
    })
}

/// Where a request says it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A page of this site, or no link at all: what scripts and frames of a page ask for is none, and browsers say so.
    Own,
    /// A link on a page of another host.
    Other,
    /// It doesn't say.
    Unknown,
}

impl Origin {
    pub(super) fn of(request: &Request<'_>) -> Self {
        let (mut mode, mut referer, mut host) = (None, None, request.host);
        // In one pass: every request asks this.
        for (name, value) in request.headers {
            let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
            match name.len() {
                4 if host.is_empty() && is(b"host") => host = value,
                6 if is(b"origin") => return Self::Own,
                7 if referer.is_none() && is(b"referer") => referer = Some(*value),
                14 if mode.is_none() && is(b"sec-fetch-mode") => mode = Some(*value),
                _ => {}
            }
        }
        if mode.is_some_and(|mode| !mode.eq_ignore_ascii_case(b"navigate")) {
            return Self::Own;
        }
        let Some(referer) = referer else {
            return Self::Unknown;
        };
        let Some(rest) = behind_scheme(referer) else {
            return Self::Unknown;
        };
        let end = swar::find(rest, [b'/', b'?', b'#']).unwrap_or(rest.len());
        if host.is_empty() || rest[..end].eq_ignore_ascii_case(host) {
            Self::Own
        } else {
            Self::Other
        }
    }
}

/// An address without its scheme.
fn behind_scheme(address: &[u8]) -> Option<&[u8]> {
    let mut from = 0;
    loop {
        let colon = from + swar::find(&address[from..], [b':'])?;
        if let [b':', b'/', b'/', rest @ ..] = &address[colon..] {
            return Some(rest);
        }
        from = colon + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Place, Request, detect};

    #[test]
    fn ids_of_sessions_come_from_own_pages_only() {
        let own: (&[u8], &[u8]) = (b"referer", b"https://shop.example/a");
        let other: (&[u8], &[u8]) = (b"referer", b"https://evil.example/shop.example");
        for (name, headers, expected) in [
            ("phpsessid", &[other][..], true),
            ("phpsessid", &[own], false),
            ("phpsessid", &[], true),
            ("__host-next-auth.session-token", &[other], true),
            ("sessionid", &[other], true),
            ("sessionid", &[], false),
            ("sessionid", &[other, (b"sec-fetch-mode", b"cors")], false),
            ("phpsessid", &[other, (b"sec-fetch-mode", b"navigate")], true),
            ("phpsessid", &[other, (b"origin", b"https://shop.example")], false),
            ("id", &[other], false),
        ] {
            let request = Request {
                host: b"shop.example",
                headers,
                ..Request::default()
            };
            let found = detect(name.as_bytes(), Place::QueryName, Origin::of(&request));
            assert_eq!(found.is_some(), expected, "{name} {headers:?}");
            assert_eq!(detect(name.as_bytes(), Place::Cookie, Origin::Unknown), None);
        }
    }
}
