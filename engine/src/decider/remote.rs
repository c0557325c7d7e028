//! The decider on a decision server: one gRPC call for each request that needs it, over one connection.

mod connection;
mod reports;
#[cfg(feature = "remote-tls")]
mod tls;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::{Code, Status};

use self::connection::{Connection, MOST_ATTEMPTS};
use self::reports::Reports;
#[cfg(feature = "remote-tls")]
pub use self::tls::DecideTls;
use self::transport::Connector;
use super::convert::{WireResult, ip_details_from_wire, request_for_rules, result_from_wire, rule_to_wire};
use super::{Answer, fail_all};
use crate::decision::{Decision, DecisionId, ErrorReason, ErrorSource};
use crate::error::ConfigError;
use crate::evaluation::Evaluation;
use crate::request::RequestDetails;
use crate::rule::{Judge, RuleSet};
use crate::wire::v1alpha1 as wire;

/// Where the server is and how it is asked.
#[derive(Clone)]
pub(crate) struct RemoteConfig {
    url: String,
    key: String,
    timeout: Duration,
    #[cfg(feature = "remote-tls")]
    tls: DecideTls,
}

impl RemoteConfig {
    pub(crate) fn new(url: String, key: String) -> Self {
        Self {
            url,
            key,
            timeout: Duration::ZERO,
            #[cfg(feature = "remote-tls")]
            tls: DecideTls::default(),
        }
    }

    #[cfg(feature = "remote-tls")]
    pub(crate) fn tls(mut self, tls: DecideTls) -> Self {
        self.tls = tls;
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// The key is a secret.
impl std::fmt::Debug for RemoteConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteConfig")
            .field("url", &self.url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Asks a decision server.
#[derive(Debug)]
pub(crate) struct Remote {
    connection: Connection,
    authorization: MetadataValue<Ascii>,
    timeout: Duration,
    reports: Reports,
    answered: metrics::Counter,
    timed_out: metrics::Counter,
    failed: metrics::Counter,
}

impl Remote {
    /// Opens the connection in the background.
    pub(crate) fn start(config: &RemoteConfig) -> Result<Self, ConfigError> {
        let uri = parse_url(&config.url)?;
        let mut authorization: MetadataValue<Ascii> =
            format!("Bearer {}", config.key).parse().map_err(|_| {
                ConfigError::new(
                    "decide_at.key",
                    "holds characters that no header can",
                    "visible ASCII characters",
                )
            })?;
        authorization.set_sensitive(true);
        if !(Duration::from_millis(1)..=Duration::from_secs(60)).contains(&config.timeout) {
            return Err(ConfigError::new(
                "decide_timeout",
                format!("{:?}", config.timeout),
                "1 ms to 60 s",
            ));
        }
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            let accepted = "a call of `build` inside a Tokio runtime, as in `#[tokio::main]`";
            ConfigError::new(
                "decide_at",
                "there is no Tokio runtime to hold the connection",
                accepted,
            )
        })?;
        let connector = Connector::new(
            uri,
            #[cfg(feature = "remote-tls")]
            &config.tls,
        )?;
        let connection = Connection::open(&runtime, connector);
        let reports = Reports::start(&runtime, connection.clone(), authorization.clone());
        let calls =
            |outcome: &'static str| metrics::counter!("arcjet_decider_calls_total", "outcome" => outcome);
        Ok(Self {
            connection,
            authorization,
            timeout: config.timeout,
            reports,
            answered: calls("answered"),
            timed_out: calls("timed_out"),
            failed: calls("failed"),
        })
    }

    /// Has the server judge the rules that are its to judge, and fills in their results.
    pub(crate) async fn decide(&self, evaluation: &mut Evaluation<'_>) -> Answer {
        let call = async {
            for _ in 1..MOST_ATTEMPTS {
                match self.call(ask(evaluation)).await {
                    Err(status) if connection::was_refused(&status) => {}
                    result => return result,
                }
            }
            self.call(ask(evaluation)).await
        };
        let outcome = tokio::time::timeout(self.timeout, call).await;
        match outcome {
            Ok(Ok(decision)) => {
                self.answered.increment(1);
                self.connection.answered();
                settle(evaluation, decision)
            }
            Ok(Err(status)) => {
                self.failed.increment(1);
                // Whatever the server says, it answers.
                if status.code() != Code::Unavailable {
                    self.connection.answered();
                }
                fail(evaluation, message(&status))
            }
            Err(_) => {
                self.timed_out.increment(1);
                self.connection.timed_out();
                fail(
                    evaluation,
                    format!("the decision server did not answer within {:?}", self.timeout),
                )
            }
        }
    }

    async fn call(&self, request: wire::DecideRequest) -> Result<wire::Decision, Status> {
        let mut client = self.connection.client().await?;
        let request = self
            .connection
            .request(request, &self.authorization, self.timeout);
        let response = client.decide(request).await?.into_inner();
        response
            .decision
            .ok_or_else(|| Status::internal("the answer holds no decision"))
    }

    /// Tells the server about a decision that was reached here, some time, unless too many are waiting.
    pub(crate) fn report(&self, set: &Arc<RuleSet>, request: &RequestDetails, decision: &Decision) {
        self.reports.queue(set, request, decision);
    }
}

fn ask(evaluation: &Evaluation<'_>) -> wire::DecideRequest {
    let set = evaluation.set;
    let asked = || {
        set.rules
            .iter()
            .filter(|rule| matches!(rule.judge, Judge::Limit(_)))
    };
    let ip = evaluation.ip.as_ref().map_or("", |ip| ip.as_str());
    wire::DecideRequest {
        sdk_version: SDK_VERSION.to_owned(),
        details: Some(request_for_rules(
            evaluation.request,
            ip,
            asked().filter_map(|rule| set.plans.get(rule.plan)),
        )),
        rules: asked()
            .filter_map(|rule| rule.source.as_ref())
            .map(rule_to_wire)
            .collect(),
        // The first plan is the client's. What rules inherit from it has to be said.
        characteristics: set.characteristics.clone(),
        ..wire::DecideRequest::default()
    }
}

/// How this client introduces itself; the protocol's list of stacks has no Rust.
const SDK_VERSION: &str = concat!("arcjet-rust/", env!("CARGO_PKG_VERSION"));

/// Fills in the server's results, which are in the order of the rules that were sent.
fn settle(evaluation: &mut Evaluation<'_>, decision: wire::Decision) -> Answer {
    let mut results = decision.rule_results.into_iter();
    for index in 0..evaluation.set.rules.len() {
        if !matches!(evaluation.set.rules[index].judge, Judge::Limit(_)) {
            continue;
        }
        let missing = || {
            ErrorReason::new(
                ErrorSource::Decider,
                "the decision server answered with too few results",
            )
        };
        match results.next().ok_or_else(missing).and_then(result_from_wire) {
            Ok(WireResult {
                state,
                conclusion,
                reason,
                ttl,
            }) => {
                let result = &mut evaluation.results[index];
                (result.state, result.conclusion, result.reason, result.ttl) =
                    (state, conclusion, reason, ttl);
            }
            Err(error) => evaluation.fail(index, error),
        }
    }
    Answer {
        id: Some(DecisionId::received(&decision.id)),
        ip_details: decision.ip_details.and_then(ip_details_from_wire),
    }
}

fn fail(evaluation: &mut Evaluation<'_>, message: String) -> Answer {
    tracing::debug!(message, "no decision");
    fail_all(evaluation, &ErrorReason::new(ErrorSource::Decider, message));
    Answer::default()
}

fn message(status: &Status) -> String {
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => {
            format!("the decision server refused the key: {}", status.message())
        }
        Code::Unavailable => format!("the decision server can't be reached: {}", status.message()),
        code => {
            let cause = std::error::Error::source(status).map(connection::chain);
            let cause = cause.as_deref().unwrap_or(status.message());
            format!("the decision server failed ({code}): {cause}")
        }
    }
}

fn parse_url(url: &str) -> Result<Uri, ConfigError> {
    let fault = |problem: String| {
        ConfigError::new(
            "decide_at.url",
            problem,
            "http://HOST:PORT or https://HOST:PORT, as in http://127.0.0.1:8787",
        )
    };
    let uri: Uri = url
        .parse()
        .map_err(|error| fault(format!("`{url}` is not a URL: {error}")))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") if cfg!(feature = "remote-tls") => {}
        Some("https") => {
            return Err(fault(format!("`{url}` needs the cargo feature `remote-tls`")));
        }
        Some(scheme) => return Err(fault(format!("the scheme `{scheme}` is not supported"))),
        None => return Err(fault(format!("`{url}` has no scheme"))),
    }
    if uri.host().is_none_or(str::is_empty) {
        return Err(fault(format!("`{url}` names no host")));
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err(fault("a URL with a user name or password".to_owned()));
    }
    if authority != uri.host().unwrap_or_default() && uri.port_u16().is_none() {
        return Err(fault(format!("`{url}` has no valid port")));
    }
    if uri.path() != "/" || uri.query().is_some() {
        return Err(fault(format!("`{url}` has a path or a query")));
    }
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_cannot_work_are_refused() {
        for url in [
            "",
            "127.0.0.1:8787",
            "http://",
            "http://a/b",
            "http://a?b",
            "ftp://a",
            "http://a:99999",
            "http://user:secret@a",
        ] {
            let error = parse_url(url).unwrap_err();
            assert_eq!(error.field(), "decide_at.url", "{url}");
            assert!(error.accepted().contains("http://127.0.0.1:8787"));
        }
        for url in [
            "http://127.0.0.1:8787",
            "http://[::1]:8787/",
            "http://decide.internal",
            #[cfg(feature = "remote-tls")]
            "https://decide.internal",
        ] {
            parse_url(url).unwrap();
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        let config = RemoteConfig::new("http://a".to_owned(), "ajkey_secret".to_owned());
        assert!(!format!("{config:?}").contains("secret"));
    }
}
