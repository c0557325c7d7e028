//! Whether the other headers are those of the browser that the user agent names. Whoever writes a browser's user agent into a program
//! seldom writes its other headers too.

use crate::request::Request;

/// The headers that are read, besides the user agent.
pub(crate) const HEADERS: [&str; 6] = [
    "accept-language",
    "sec-ch-ua",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
];
/// From this version on, Chromium sends `sec-fetch-*` and `sec-ch-ua` to every page served over TLS.
const CHROMIUM_WITH_HINTS: u32 = 90;

/// What contradicts the user agent. Nothing if it names no recent Chromium: other browsers leave out more, and differently by version.
pub(crate) fn signals(request: &Request<'_>, user_agent: &[u8]) -> Vec<&'static str> {
    let mut signals = Vec::new();
    let has = |name: &str| request.header(name).is_some_and(|value| !value.is_empty());
    let claims = |text: &[u8]| contains(user_agent, text);
    if claims(b"Firefox/") && !claims(b"Chrome/") && has("sec-ch-ua") {
        signals.push("client-hints-of-another-browser");
    }
    if let Some(hints) = request.header("sec-ch-ua")
        && contains(hints, b"Headless")
    {
        signals.push("headless-client-hints");
    }
    // The view of web pages inside applications on Android sends what the application says.
    let is_chromium = chromium_version(user_agent).is_some_and(|version| version >= CHROMIUM_WITH_HINTS)
        && !claims(b"; wv)");
    if !is_chromium {
        return signals;
    }
    let fetch = has("sec-fetch-mode") || has("sec-fetch-site") || has("sec-fetch-dest");
    match (has("accept-language"), fetch || has("sec-ch-ua")) {
        (false, false) => signals.push("no-browser-headers"),
        (false, true) => signals.push("no-accept-language"),
        _ => {}
    }
    if request
        .header("accept-language")
        .is_some_and(|value| value.trim_ascii() == b"*")
    {
        signals.push("any-accept-language");
    }
    if precedes(request, "accept-language", "user-agent") {
        signals.push("header-order");
    }
    if request
        .header("sec-ch-ua-platform")
        .is_some_and(|platform| contradicts(platform, user_agent))
    {
        signals.push("platform-of-client-hints");
    }
    signals
}

/// The major version of Chromium that the user agent names.
fn chromium_version(user_agent: &[u8]) -> Option<u32> {
    let name = b"Chrome/";
    let at = user_agent.windows(name.len()).position(|window| window == name)?;
    let rest = &user_agent[at + name.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).take(4);
    digits.fold(None, |version, digit| {
        Some(version.unwrap_or(0) * 10 + u32::from(digit - b'0'))
    })
}

/// Whether the one header comes before the other. Chromium adds the language last, when it sends the request.
fn precedes(request: &Request<'_>, first: &str, second: &str) -> bool {
    let place = |name: &str| {
        request
            .headers
            .iter()
            .position(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes()))
    };
    matches!((place(first), place(second)), (Some(first), Some(second)) if first < second)
}

/// Whether the platform of the client hints is another one than that of the user agent.
fn contradicts(platform: &[u8], user_agent: &[u8]) -> bool {
    let own: &[u8] = match platform.trim_ascii() {
        b"\"Windows\"" => b"Windows NT",
        b"\"macOS\"" => b"Macintosh",
        b"\"Android\"" => b"Android",
        b"\"Chrome OS\"" => b"CrOS",
        _ => return false,
    };
    !contains(user_agent, own)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
