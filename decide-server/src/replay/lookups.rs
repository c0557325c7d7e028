//! Questions to the DNS, many at a time: those who judge would wait for one answer after the other.

use std::io;

use arcjet_engine::dns::DnsConfig;
use arcjet_engine::replay::{Open, Replay};
use futures_util::stream::{self, StreamExt as _};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

/// Asks the DNS for all threads that judge.
#[derive(Debug)]
pub(super) struct Lookups {
    runtime: Runtime,
    /// As many as the DNS may be asked at once: what is asked beyond that would be unknown, and the output would depend on how
    /// many threads there are.
    permits: Semaphore,
    most: usize,
}

impl Lookups {
    pub(super) fn new(config: &DnsConfig) -> io::Result<Self> {
        let most = config.most_questions();
        Ok(Self {
            runtime: Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?,
            permits: Semaphore::new(most),
            most,
        })
    }

    /// Asks what these requests raised, and waits for the answers.
    pub(super) fn answer<'o>(&self, replay: &Replay, requests: impl Iterator<Item = &'o mut Open>) {
        let questions = requests.filter(|open| replay.has_questions(open));
        let ask = |open: &'o mut Open| async move {
            // The semaphore is never closed.
            let _permit = self.permits.acquire().await;
            replay.look_up(open).await;
        };
        let answers = stream::iter(questions.map(ask)).buffer_unordered(self.most);
        self.runtime
            .block_on(answers.for_each(|()| std::future::ready(())));
    }
}
