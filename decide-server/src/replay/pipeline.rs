//! The way of records through threads: one reads, many judge, one settles limits and writes, in the order of the input.
//!
//! The reader puts each batch into two queues: the batch itself for whoever is free to judge it, and, in order, the place where the
//! outcome will be found. Both are bounded, so nobody runs far ahead of the one who writes.

use std::io::{self, Write};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use arcjet_engine::Timestamp;
use arcjet_engine::replay::{Judged, Open, Replay};
use serde_json::value::RawValue;

use super::clock::ThreadClock;
use super::input::{Batch, Sink};
use super::lookups::Lookups;
use super::output::{self, About};
use super::record::{Context, Record, Unread};
use super::rules::RuleInfo;
use super::summary::Tally;
use super::{Complaint, Input, Options};

/// The instant at which records begin that say nothing about time: 2000-01-01T00:00:00Z.
const BEGINNING: Timestamp = Timestamp::from_millis(946_684_800_000);

/// What all threads know.
pub(super) struct Pipeline<'a> {
    pub(super) replay: &'a Replay,
    pub(super) rules: &'a [RuleInfo],
    pub(super) inputs: &'a [Input],
    pub(super) names: &'a [String],
    pub(super) options: &'a Options,
    /// Where the DNS is asked, if it is.
    pub(super) lookups: Option<&'a Lookups>,
    pub(super) position: &'a Arc<AtomicU64>,
}

/// What comes next, in the order of the input.
enum Next {
    Batch(usize, Receiver<Outcomes>),
    Complaint(Complaint),
    /// An input has been read to its end.
    End,
}

struct Work {
    file: usize,
    batch: Batch,
    done: SyncSender<Outcomes>,
}

/// What became of a batch.
#[derive(Default)]
struct Outcomes {
    /// The lines that are finished.
    text: Vec<u8>,
    records: Vec<Outcome>,
}

enum Outcome {
    /// The decision is written in the text, up to here.
    Written {
        end: usize,
        time: Option<Timestamp>,
    },
    Open(Box<Unsettled>),
    Unread {
        place: u64,
        why: Unread,
    },
}

struct Unsettled {
    id: Option<Box<RawValue>>,
    ip: Option<Box<str>>,
    place: u64,
    time: Option<Timestamp>,
    open: Box<Open>,
}

impl Pipeline<'_> {
    /// Judges all inputs. The first error of `output` ends it.
    pub(super) fn run(
        &self,
        output: &mut dyn Write,
        complain: &mut dyn FnMut(&Complaint),
    ) -> io::Result<Tally> {
        let threads = self.options.threads.get();
        let (work, waiting) = sync_channel::<Work>(threads);
        let (order, next) = sync_channel::<Next>(threads * 3);
        let waiting = Arc::new(Mutex::new(waiting));
        let tallies = Mutex::new(Tally::new(self.rules));
        let mut tally = std::thread::scope(|scope| {
            scope.spawn(move || self.read(&work, &order));
            for _ in 0..threads {
                let (waiting, tallies) = (Arc::clone(&waiting), &tallies);
                scope.spawn(move || {
                    let tally = self.judge(&waiting);
                    tallies
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .merge(&tally);
                });
            }
            // Whoever goes takes his end of a queue along, so that those at the other end do not wait for him.
            drop(waiting);
            self.settle(next, output, complain)
        })?;
        tally.merge(&tallies.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(tally)
    }

    /// Reads all inputs.
    fn read(&self, work: &SyncSender<Work>, order: &SyncSender<Next>) {
        for (file, input) in self.inputs.iter().enumerate() {
            let mut batch = |batch: Batch| {
                let (done, outcomes) = sync_channel(1);
                order.send(Next::Batch(file, outcomes)).is_ok()
                    && work.send(Work { file, batch, done }).is_ok()
            };
            let mut fault = |place, reason| {
                order
                    .send(Next::Complaint(Complaint::bad(input, place, reason)))
                    .is_ok()
            };
            let mut sink = Sink {
                batch: &mut batch,
                fault: &mut fault,
            };
            let options = self.options;
            let next = match input.read(
                options.format,
                options.most_record_bytes,
                self.position,
                &mut sink,
            ) {
                Ok(()) => Next::End,
                Err(reason) => Next::Complaint(Complaint::unreadable(input, reason)),
            };
            if order.send(next).is_err() {
                return;
            }
        }
    }

    /// Judges batches until there are no more.
    fn judge(&self, waiting: &Mutex<Receiver<Work>>) -> Tally {
        let mut tally = Tally::new(self.rules);
        let mut clock = ThreadClock::start();
        loop {
            // Whoever waits holds the lock, and the others wait for the lock: a batch wakes one of them.
            let work = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Work { file, batch, done }) = work else {
                return tally;
            };
            clock.lap();
            let mut outcomes = Outcomes::default();
            for (place, bytes) in batch.records() {
                if let Some(outcome) =
                    self.judge_record(file, &batch, place, bytes, &mut outcomes.text, &mut tally)
                {
                    if !matches!(outcome, Outcome::Unread { .. }) {
                        tally.spend(clock.lap());
                    }
                    outcomes.records.push(outcome);
                }
            }
            if let Some(lookups) = self.lookups {
                let open = outcomes.records.iter_mut().filter_map(|outcome| match outcome {
                    Outcome::Open(unsettled) => Some(&mut *unsettled.open),
                    Outcome::Written { .. } | Outcome::Unread { .. } => None,
                });
                lookups.answer(self.replay, open);
            }
            // If nobody waits for it any more, there will soon be nothing more to judge.
            let _ = done.send(outcomes);
        }
    }

    fn judge_record(
        &self,
        file: usize,
        batch: &Batch,
        place: u64,
        bytes: &[u8],
        text: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Option<Outcome> {
        let context = Context {
            body_window: self.replay.body_window(),
            client_ip: self.options.client_ip,
        };
        let record = match Record::read(batch.format, bytes, context)? {
            Ok(record) => record,
            Err(why) => return Some(Outcome::Unread { place, why }),
        };
        let Record {
            id,
            request,
            ip,
            time,
        } = record;
        tally.without(ip.is_none(), time.is_none());
        Some(match self.replay.judge(request) {
            Judged::Decided(decision) => {
                tally.count(&decision);
                let about = self.about(file, place, id.as_deref(), ip.as_deref());
                output::write(text, about, &decision, self.rules);
                Outcome::Written {
                    end: text.len(),
                    time,
                }
            }
            Judged::Open(open) => Outcome::Open(Box::new(Unsettled {
                id,
                ip,
                place,
                time,
                open,
            })),
        })
    }

    fn about<'r>(
        &'r self,
        file: usize,
        place: u64,
        id: Option<&'r RawValue>,
        ip: Option<&'r str>,
    ) -> About<'r> {
        let file = self.names.get(file).filter(|_| self.names.len() > 1);
        About {
            id,
            ip,
            file: file.map(String::as_str),
            place,
        }
    }

    /// Asks the limits and writes, in order.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the reader stops when it is gone, also after a fault"
    )]
    fn settle(
        &self,
        next: Receiver<Next>,
        output: &mut dyn Write,
        complain: &mut dyn FnMut(&Complaint),
    ) -> io::Result<Tally> {
        let mut tally = Tally::new(self.rules);
        let mut now = BEGINNING;
        let mut line = Vec::new();
        while let Ok(next) = next.recv() {
            let (file, outcomes) = match next {
                Next::Batch(file, outcomes) => (file, outcomes),
                Next::End => {
                    tally.readable = true;
                    continue;
                }
                Next::Complaint(complaint) => {
                    tally.complaint(&complaint);
                    complain(&complaint);
                    continue;
                }
            };
            let Ok(outcomes) = outcomes.recv() else {
                return Err(io::Error::other("a thread that judges has ended"));
            };
            tally.readable = true;
            let mut written = 0;
            for outcome in outcomes.records {
                match outcome {
                    Outcome::Written { end, time } => {
                        now = time.unwrap_or(now);
                        output.write_all(&outcomes.text[written..end])?;
                        written = end;
                    }
                    Outcome::Open(unsettled) => {
                        let Unsettled {
                            id,
                            ip,
                            place,
                            time,
                            open,
                        } = *unsettled;
                        now = time.unwrap_or(now);
                        let decision = at_once(self.replay.settle(*open, now));
                        tally.count(&decision);
                        line.clear();
                        let about = self.about(file, place, id.as_deref(), ip.as_deref());
                        output::write(&mut line, about, &decision, self.rules);
                        output.write_all(&line)?;
                    }
                    Outcome::Unread { place, why } => {
                        let complaint = Complaint::unread(&self.inputs[file], place, why);
                        tally.complaint(&complaint);
                        complain(&complaint);
                    }
                }
            }
            output.flush()?;
        }
        tally.evictions = self.replay.evictions();
        Ok(tally)
    }
}

/// The output of a future that has nothing to wait for: the store of limits is in memory.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = TaskContext::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::yield_now();
    }
}
