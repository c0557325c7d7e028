//! What an instance may use: memory up to a cap, the processor up to a deadline.

use std::time::Duration;

use wasmtime::{ResourceLimiter, StoreContextMut, UpdateDeadline};

/// The tick of the epoch as a part of the deadline.
pub(super) const TICKS_PER_DEADLINE: u32 = 5;

/// The first look at a run, in ticks. The tick that is under way counts as one, so it comes after 2 to 3 of them.
pub(super) const FIRST_CHECK: u64 = 3;

/// The second look, in ticks after the first; both together end within [`TICKS_PER_DEADLINE`].
const NEXT_CHECK: u64 = 2;

/// How often a run that the operating system kept waiting is given more time before it is stopped all the same.
const MOST_CHECKS: u32 = 50;

/// The state of a store: its caps, and which of them was exceeded.
#[derive(Debug)]
pub(super) struct Guard {
    memory_limit: usize,
    tick: Duration,
    checks: u32,
    cpu_at_check: Duration,
    pub(super) memory_exceeded: bool,
    pub(super) deadline_exceeded: bool,
}

impl Guard {
    pub(super) fn new(memory_limit: usize, deadline: Duration) -> Self {
        Self {
            memory_limit,
            tick: deadline / TICKS_PER_DEADLINE,
            checks: 0,
            cpu_at_check: Duration::ZERO,
            memory_exceeded: false,
            deadline_exceeded: false,
        }
    }

    /// Prepares for one run.
    pub(super) fn start(&mut self) {
        self.checks = 0;
    }

    /// Decides at the end of a deadline whether the run goes on.
    ///
    /// Ticks measure time on the wall, but a thread may have been waiting for a processor: on a busy machine an
    /// innocent run of a microsecond can meet its deadline that way. So a run is stopped only if its thread has
    /// really been computing since the last look.
    pub(super) fn at_deadline(mut context: StoreContextMut<'_, Self>) -> UpdateDeadline {
        let guard = context.data_mut();
        let cpu = thread_cpu_time();
        let computed = cpu.map(|now| now.saturating_sub(guard.cpu_at_check));
        let first = guard.checks == 0;
        guard.checks += 1;
        guard.cpu_at_check = cpu.unwrap_or_default();
        let waited = first || computed.is_some_and(|computed| computed < guard.tick);
        if waited && guard.checks < MOST_CHECKS {
            return UpdateDeadline::Continue(NEXT_CHECK);
        }
        guard.deadline_exceeded = true;
        UpdateDeadline::Interrupt
    }
}

/// The processor time that this thread has used; `None` where the system doesn't tell.
fn thread_cpu_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Some(Duration::new(
            time.tv_sec.try_into().ok()?,
            time.tv_nsec.try_into().ok()?,
        ))
    }
    #[cfg(not(unix))]
    None
}

impl ResourceLimiter for Guard {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = desired <= self.memory_limit;
        self.memory_exceeded |= !fits;
        Ok(fits)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The rules' tables hold their functions and never grow; the cap is for rules of other origin.
        Ok(desired <= 10_000)
    }
}
