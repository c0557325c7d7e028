//! What is shown on standard error while a replay runs.

use std::io::{IsTerminal as _, stderr, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use arcjet_decide_server::replay::{Complaint, Input};
use indicatif::{ProgressBar, ProgressStyle};

/// A bar, where somebody sees it, and the first of the records that could not be judged.
pub(super) struct Progress {
    bar: ProgressBar,
    position: Arc<AtomicU64>,
    /// Its end ends the thread that moves the bar.
    mover: Option<(Sender<()>, JoinHandle<()>)>,
    left: u64,
    unnamed: u64,
}

const PERIOD: Duration = Duration::from_millis(100);

impl Progress {
    pub(super) fn new(inputs: &[Input], names: u64) -> Self {
        let position = Arc::new(AtomicU64::new(0));
        // Decisions that run over the same terminal show the progress well enough.
        let bar = match stderr().is_terminal() && !stdout().is_terminal() {
            true => bar(inputs.iter().map(Input::length).sum()),
            false => ProgressBar::hidden(),
        };
        let mover = (!bar.is_hidden()).then(|| {
            let (end, ended) = channel();
            let (bar, position) = (bar.clone(), Arc::clone(&position));
            let mover = std::thread::spawn(move || {
                while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                    bar.set_position(position.load(Ordering::Relaxed));
                }
            });
            (end, mover)
        });
        Self {
            bar,
            position,
            mover,
            left: names,
            unnamed: 0,
        }
    }

    /// Where the bytes that have been read are to be counted.
    pub(super) fn position(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.position)
    }

    /// Names what could not be judged, unless enough has been named.
    pub(super) fn complain(&mut self, complaint: &Complaint) {
        if self.left == 0 {
            self.unnamed += 1;
            return;
        }
        self.left -= 1;
        self.bar.suspend(|| eprintln!("{complaint}"));
    }

    /// Takes the bar away.
    pub(super) fn end(self) {
        if let Some((end, mover)) = self.mover {
            drop(end);
            // It does nothing that could panic.
            let _ = mover.join();
        }
        self.bar.finish_and_clear();
        if self.unnamed > 0 {
            eprintln!("and {} more", self.unnamed);
        }
    }
}

/// A bar over so many bytes, or a count of bytes where nobody knows how many there are.
fn bar(bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match bytes {
        Some(bytes) => (
            ProgressBar::new(bytes),
            "{bar:30} {percent:>3} %  {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        ),
        None => (ProgressBar::no_length(), "{bytes}, {bytes_per_sec}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        // The templates are those above; were one of them wrong, the bar would look as usual.
        Err(_) => bar,
    }
}
