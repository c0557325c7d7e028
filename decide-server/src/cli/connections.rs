//! Flags for what a connection may do.

use std::time::Duration;

use arcjet_decide_server::ConnectionConfig;
use clap::Args;

use super::serve::time;

/// Limits of each connection.
#[derive(Debug, Args)]
pub(super) struct ConnectionArgs {
    /// HTTP/2: requests at the same time on one connection.
    #[arg(long, env = "ARCJET_DECIDE_MAX_STREAMS", value_name = "COUNT", default_value_t = ConnectionConfig::DEFAULT_MAX_STREAMS, value_parser = clap::value_parser!(u32).range(1..))]
    max_streams: u32,

    /// How old a connection may become before its client is asked to open another, give or take a tenth, so that clients
    /// spread over new replicas; without limit unless set.
    #[arg(long, env = "ARCJET_DECIDE_MAX_CONNECTION_AGE", value_name = "TIME", value_parser = time)]
    max_connection_age: Option<Duration>,

    /// Time for running requests to finish on a connection that is too old.
    #[arg(long, env = "ARCJET_DECIDE_MAX_CONNECTION_AGE_GRACE", value_name = "TIME", default_value = "10s", value_parser = time)]
    max_connection_age_grace: Duration,

    /// HTTP/2: how long a client may be silent before it is asked whether it is there.
    #[arg(long, env = "ARCJET_DECIDE_KEEP_ALIVE_INTERVAL", value_name = "TIME", default_value = "60s", value_parser = time)]
    keep_alive_interval: Duration,

    /// HTTP/2: how long it may take to answer that before the connection is closed.
    #[arg(long, env = "ARCJET_DECIDE_KEEP_ALIVE_TIMEOUT", value_name = "TIME", default_value = "20s", value_parser = time)]
    keep_alive_timeout: Duration,

    /// Time for a connection's first bytes, and on HTTP/1.1 for a request's header and between two requests.
    #[arg(long, env = "ARCJET_DECIDE_HEADER_TIMEOUT", value_name = "TIME", default_value = "30s", value_parser = time)]
    header_timeout: Duration,
}

impl ConnectionArgs {
    pub(super) fn config(&self) -> ConnectionConfig {
        let config = ConnectionConfig::default()
            .header_timeout(self.header_timeout)
            .keep_alive_interval(self.keep_alive_interval)
            .keep_alive_timeout(self.keep_alive_timeout)
            .max_age_grace(self.max_connection_age_grace)
            .max_streams(self.max_streams);
        match self.max_connection_age {
            Some(age) => config.max_age(age),
            None => config,
        }
    }
}
