//! Headers that a decision puts on a response.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use arcjet_engine::{Decision, RateLimitHeaders};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Sets `RateLimit` and `RateLimit-Policy` if a limit judged the request.
pub(crate) fn set_rate_limit(headers: &mut HeaderMap, decision: &Decision) {
    if let Some(values) = decision.rate_limit_headers() {
        insert(headers, &values);
    }
}

/// Does the same unless the response says where the client stands already: what is further inside knows more.
pub(crate) fn add_rate_limit(headers: &mut HeaderMap, decision: &Decision) {
    if let Some(values) = decision.rate_limit_headers()
        && !headers.contains_key(RATE_LIMIT)
        && !headers.contains_key(RATE_LIMIT_POLICY)
    {
        insert(headers, &values);
    }
}

/// Completes an answer to a denied request that somebody else made.
pub(crate) fn add_missing(response: &mut HttpResponse, decision: &Decision) {
    let comes_back_later = matches!(
        response.status(),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    add_rate_limit(response.headers_mut(), decision);
    if let Some(seconds) = decision.refusal().and_then(|refusal| refusal.retry_after())
        && comes_back_later
        && !response.headers().contains_key(RETRY_AFTER)
    {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
}

fn insert(headers: &mut HeaderMap, values: &RateLimitHeaders) {
    // Both are ASCII without control characters, which is always a header value.
    if let (Ok(rate_limit), Ok(policy)) = (
        HeaderValue::from_str(values.rate_limit()),
        HeaderValue::from_str(values.policy()),
    ) {
        headers.insert(RATE_LIMIT, rate_limit);
        headers.insert(RATE_LIMIT_POLICY, policy);
    }
}
