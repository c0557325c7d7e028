//! Headers that a decision puts on a response.

use arcjet_engine::{Decision, RateLimitHeaders};
use rocket::Response;
use rocket::http::Status;

use crate::verdict::Verdict;

pub(crate) const RETRY_AFTER: &str = "Retry-After";
const RATE_LIMIT: &str = "RateLimit";
const RATE_LIMIT_POLICY: &str = "RateLimit-Policy";

/// Sets `RateLimit` and `RateLimit-Policy` if a limit judged the request.
pub(crate) fn set_rate_limit(response: &mut Response<'_>, decision: &Decision) {
    if let Some(values) = decision.rate_limit_headers() {
        insert(response, &values);
    }
}

/// Does the same unless the response says where the client stands already: what is further inside knows more.
pub(crate) fn add_rate_limit(response: &mut Response<'_>, decision: &Decision) {
    if let Some(values) = decision.rate_limit_headers()
        && !says_already(response)
    {
        insert(response, &values);
    }
}

/// Does the same in `on_response`, with values that the request keeps: the answer to a request that is allowed costs no copy of them.
pub(crate) fn lend_rate_limit<'r>(response: &mut Response<'r>, decision: &Decision, verdict: &'r Verdict) {
    if says_already(response) {
        return;
    }
    if let Some(values) = decision.rate_limit_headers() {
        let values = verdict.keep_shown(values);
        response.set_raw_header(RATE_LIMIT, values.rate_limit());
        response.set_raw_header(RATE_LIMIT_POLICY, values.policy());
    }
}

/// Whether a response has one of the two headers. A look at each name costs less than two look-ups, which hash a name letter by letter.
fn says_already(response: &Response<'_>) -> bool {
    let mut headers = response.headers().iter();
    headers.any(|header| header.name == RATE_LIMIT || header.name == RATE_LIMIT_POLICY)
}

/// Completes an answer to a denied request that somebody else made.
pub(crate) fn add_missing(response: &mut Response<'_>, decision: &Decision) {
    let comes_back_later = matches!(
        response.status(),
        Status::TooManyRequests | Status::ServiceUnavailable
    );
    add_rate_limit(response, decision);
    if let Some(seconds) = decision.refusal().and_then(|refusal| refusal.retry_after())
        && comes_back_later
        && !response.headers().contains(RETRY_AFTER)
    {
        response.set_raw_header(RETRY_AFTER, seconds.to_string());
    }
}

fn insert(response: &mut Response<'_>, values: &RateLimitHeaders) {
    response.set_raw_header(RATE_LIMIT, values.rate_limit().to_owned());
    response.set_raw_header(RATE_LIMIT_POLICY, values.policy().to_owned());
}
