//! The format of an answer to a denied request.

/// The format of the body that answers a denied request, as chosen by the request's `Accept`.
///
/// ```
/// use arcjet_engine::AnswerFormat;
///
/// assert_eq!(AnswerFormat::accepted([&b"text/html, application/problem+json;q=0.9"[..]]), AnswerFormat::ProblemJson);
/// assert_eq!(AnswerFormat::accepted([&b"application/json"[..]]), AnswerFormat::Json);
/// // Wildcards don't count: browsers and command lines send them, and want text.
/// assert_eq!(AnswerFormat::accepted([&b"*/*"[..]]), AnswerFormat::Text);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnswerFormat {
    /// `text/plain; charset=utf-8`
    #[default]
    Text,
    /// `application/json`: an object with a `code` and a `message`.
    Json,
    /// `application/problem+json`, the problem details of RFC 9457, with the `code` as an extension.
    ProblemJson,
}

impl AnswerFormat {
    /// The format for a request with these values of the header `Accept`: the first one named of `application/problem+json`,
    /// `application/json`, and other types that end in `+json`; text if none is.
    pub fn accepted<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        values
            .into_iter()
            .flat_map(|value| value.split(|byte| *byte == b','))
            .find_map(Self::of_range)
            .unwrap_or_default()
    }

    /// The value of the header `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json => "application/json",
            Self::ProblemJson => "application/problem+json",
        }
    }

    fn of_range(range: &[u8]) -> Option<Self> {
        let media_type = range
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default()
            .trim_ascii();
        let ends_in_json = || {
            let suffix = media_type.len().checked_sub(b"+json".len());
            suffix.is_some_and(|at| media_type[at..].eq_ignore_ascii_case(b"+json"))
        };
        if media_type.eq_ignore_ascii_case(b"application/problem+json") {
            return Some(Self::ProblemJson);
        }
        (media_type.eq_ignore_ascii_case(b"application/json") || ends_in_json()).then_some(Self::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_for_those_who_name_it() {
        use AnswerFormat::{Json, ProblemJson, Text};
        for (accept, expected) in [
            (&["application/json"][..], Json),
            (&["text/html, Application/JSON;q=0.9"], Json),
            (&["text/html", "Application/Problem+JSON"], ProblemJson),
            (&["application/json, application/problem+json"], Json),
            (&["application/problem+json ; q=1, application/json"], ProblemJson),
            (&["application/vnd.api+json"], Json),
            (&["*/*"], Text),
            (
                &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
                Text,
            ),
            (&["application/jsonp"], Text),
            (&["json", "é+json"], Json),
            (&["json", "é+jsonx"], Text),
            (&[""], Text),
            (&[], Text),
        ] {
            let values = accept.iter().map(|value| value.as_bytes());
            assert_eq!(AnswerFormat::accepted(values), expected, "{accept:?}");
        }
    }
}
