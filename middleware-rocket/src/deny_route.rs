//! The route that answers denied requests.
//!
//! A fairing can't answer a request. It can change where the request is routed to: a denied one gets a mark at the end of
//! its query, which this route, the first of all, asks for. Path and method stay as they are, so that logs show them and
//! catchers of a part of the application catch what is theirs.

use std::sync::Arc;

use rocket::http::uri::Origin;
use rocket::http::{Method, Status};
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

use crate::fairing::Config;
use crate::verdict::Verdict;

const MARK: &str = "__arcjet=denied";
/// An address that Rocket's parser takes, as a test makes sure.
const ROOT: &str = "/?__arcjet=denied";
const ROUTE: &str = "/<_..>?__arcjet=denied";
const METHODS: [Method; 9] = [
    Method::Get,
    Method::Put,
    Method::Post,
    Method::Delete,
    Method::Options,
    Method::Head,
    Method::Trace,
    Method::Connect,
    Method::Patch,
];

/// Has this route answer the request.
pub(crate) fn mark(request: &mut Request<'_>) {
    let uri = request.uri();
    let query = uri.query().map_or("", |query| query.as_str());
    let and = if query.is_empty() { "" } else { "&" };
    let marked = format!("{}?{query}{and}{MARK}", uri.path());
    // The server takes paths that Rocket's own parser refuses. They are denied all the same, as the root.
    let marked = Origin::parse_owned(marked).or_else(|_| Origin::parse(ROOT));
    if let Ok(marked) = marked {
        request.set_uri(marked);
    }
}

/// The query as the client sent it.
pub(crate) fn query_as_sent<'r>(request: &'r Request<'_>) -> &'r str {
    let query = request.uri().query().map_or("", |query| query.as_str());
    if Verdict::of(request).denial().is_none() {
        return query;
    }
    match query.strip_suffix(MARK) {
        Some(sent) => sent.strip_suffix('&').unwrap_or(sent),
        None => query,
    }
}

/// The route, once for each method.
pub(crate) fn routes(config: &Arc<Config>) -> Vec<Route> {
    let route = |method| {
        let handler = AnswerDenied(Arc::clone(config));
        let mut route = Route::ranked(isize::MIN, method, ROUTE, handler);
        route.name = Some("arcjet".into());
        route
    };
    METHODS.into_iter().map(route).collect()
}

#[derive(Clone)]
struct AnswerDenied(Arc<Config>);

#[rocket::async_trait]
impl Handler for AnswerDenied {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let verdict = Verdict::of(request);
        let Some(decision) = verdict.denial() else {
            // Whoever writes the mark into a query of their own gets what they would get without it.
            return Outcome::forward(data, Status::NotFound);
        };
        verdict.answer();
        match self.0.answer(decision, request) {
            Ok(response) => Outcome::Success(response),
            Err(status) => Outcome::Error(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_an_address() {
        let root = Origin::parse(ROOT).unwrap();
        assert_eq!(root.query().unwrap(), MARK);
        assert!(ROUTE.ends_with(MARK));
    }
}
