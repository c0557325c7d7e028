//! The suite that every store passes, here over a server of its own for each test.

use arcjet_decide_server::ValkeyStore;
use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitCheck, LimitOutcomes, LimitStore, StoreError};

use super::server::ValkeyServer;
use crate::limits::suite::limit_store_suite;

/// A store with the server that it needs.
struct WithServer {
    store: ValkeyStore,
    _server: ValkeyServer,
}

impl WithServer {
    fn start() -> Self {
        let server = ValkeyServer::start(&[]);
        Self {
            store: server.store(),
            _server: server,
        }
    }
}

impl LimitStore for WithServer {
    async fn check(&self, checks: &[LimitCheck], now: Timestamp) -> Result<LimitOutcomes, StoreError> {
        self.store.check(checks, now).await
    }
}

limit_store_suite!(WithServer::start());
