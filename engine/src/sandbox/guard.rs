//! What an instance may use: memory up to a cap, the processor up to a deadline.

use std::time::Duration;

use wasmtime::{ResourceLimiter, StoreContextMut, UpdateDeadline};

use super::config::SandboxConfig;
use super::fault::Fault;
use super::ticker::Waker;

/// The tick of the epoch as a part of the deadline.
pub(super) const TICKS_PER_DEADLINE: u32 = 5;

/// The first look at a run, in ticks. The tick that is under way counts as one, so it comes after 2 to 3 of them.
pub(super) const FIRST_LOOK: u64 = 3;

/// How much longer than a judgement a configuration may take: it compiles the regular expressions of filters, when a client is
/// built and in the first request of each thread.
pub(super) const CONFIGURE_FACTOR: u64 = 50;

/// The second look, in ticks after the first; both together end within [`TICKS_PER_DEADLINE`].
const NEXT_LOOK: u64 = 2;

/// How many times the deadline an instance of an application's own rule may take to start: an interpreter in it reads its
/// program and configuration first.
#[cfg(feature = "custom-rules")]
const DEADLINES_TO_START: u32 = 10;

/// How often a run that the operating system kept waiting is given more time before it is stopped all the same.
const MOST_LOOKS: u32 = 50;

/// How many core instances, memories and tables a component may have: an interpreter linked from shared libraries has dozens
/// of the first. Each costs the host something that the memory limit does not count, a memory some GiB of address space.
const MOST_PARTS: usize = 256;

/// What an element of a table is counted as, in bytes.
const TABLE_ELEMENT: usize = size_of::<usize>();

/// The state of a store: its caps, and which of them was exceeded.
#[derive(Debug)]
pub(super) struct Guard {
    memory_limit: usize,
    /// What the memories and tables have, in bytes.
    memory: usize,
    deadline: Deadline,
    waker: Waker,
    pub(super) memory_exceeded: bool,
    pub(super) deadline_exceeded: bool,
}

/// The deadline of one run.
#[derive(Debug)]
struct Deadline {
    tick: Duration,
    looks: u32,
    /// How many times the deadline the run may take.
    deadlines: u32,
    /// The processor time of the thread at the first look.
    computed_before: Duration,
}

impl Guard {
    pub(super) fn new(config: &SandboxConfig, waker: Waker) -> Self {
        Self {
            memory_limit: config.memory_limit,
            memory: 0,
            deadline: Deadline {
                tick: config.deadline / TICKS_PER_DEADLINE,
                looks: 0,
                deadlines: 1,
                computed_before: Duration::ZERO,
            },
            waker,
            memory_exceeded: false,
            deadline_exceeded: false,
        }
    }

    /// What stopped a run: a cap, if one was exceeded, else what is `likely`.
    pub(super) fn fault(&self, likely: Fault) -> Fault {
        if self.deadline_exceeded {
            Fault::Deadline
        } else if self.memory_exceeded {
            Fault::Memory
        } else {
            likely
        }
    }

    /// Prepares for the start of an instance, which may take longer than a run.
    #[cfg(feature = "custom-rules")]
    pub(super) fn start_slowly(&mut self) {
        self.deadline.start(DEADLINES_TO_START);
        self.memory_exceeded = false;
    }

    /// Prepares for one run.
    pub(super) fn start(&mut self) {
        self.deadline.start(1);
        // Rules may survive the refusal of memory; what stops a later run has another cause.
        self.memory_exceeded = false;
    }

    /// Decides whether a run that is being looked at goes on.
    pub(super) fn look(mut context: StoreContextMut<'_, Self>) -> UpdateDeadline {
        let guard = context.data_mut();
        // However long the run is kept waiting, the ticker must not fall asleep before it ends.
        guard.waker.keep_awake();
        if guard.deadline.allows(thread_cpu_time()) {
            return UpdateDeadline::Continue(NEXT_LOOK);
        }
        guard.deadline_exceeded = true;
        UpdateDeadline::Interrupt
    }
}

impl Deadline {
    /// Forgets the run before, and gives the next one so many times the deadline.
    fn start(&mut self, deadlines: u32) {
        self.looks = 0;
        self.deadlines = deadlines;
    }

    /// Whether a run may go on whose thread has used this much processor time, if that is known.
    ///
    /// Ticks measure time on the wall, but a thread may have been waiting for a processor: on a busy machine an
    /// innocent run of a microsecond can meet its deadline that way. So a run is stopped only once its thread has
    /// really been computing for a tick since the first look (and all further deadlines that it may take), be it in one piece or in many. Asking for processor time
    /// takes a system call, so the first look takes it rather than every run.
    fn allows(&mut self, cpu: Option<Duration>) -> bool {
        self.looks += 1;
        if self.looks == 1 {
            self.computed_before = cpu.unwrap_or_default();
            return true;
        }
        let budget = self.tick * (1 + (self.deadlines - 1) * TICKS_PER_DEADLINE);
        let used = match cpu {
            Some(now) => now.saturating_sub(self.computed_before),
            None => self.tick * (self.looks - 1) * NEXT_LOOK as u32,
        };
        used < budget && self.looks < MOST_LOOKS * self.deadlines
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

impl Guard {
    /// Grants more of what is counted in bytes, as long as all of it stays within the limit.
    fn grant(&mut self, current: usize, desired: usize) -> bool {
        let total = self.memory.saturating_sub(current).saturating_add(desired);
        let fits = total <= self.memory_limit;
        if fits {
            self.memory = total;
        } else {
            self.memory_exceeded = true;
        }
        fits
    }
}

/// One limit for all that an instance allocates: a component may have many memories and tables.
impl ResourceLimiter for Guard {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grant(current, desired))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = |elements: usize| elements.saturating_mul(TABLE_ELEMENT);
        Ok(self.grant(bytes(current), bytes(desired)))
    }

    fn instances(&self) -> usize {
        MOST_PARTS
    }

    fn tables(&self) -> usize {
        MOST_PARTS
    }

    fn memories(&self) -> usize {
        MOST_PARTS
    }
}

#[cfg(test)]
mod tests {
    use super::super::ticker::{IDLE, Ticker};
    use super::*;

    fn deadline() -> Deadline {
        Deadline {
            tick: Duration::from_millis(2),
            looks: 0,
            deadlines: 1,
            computed_before: Duration::ZERO,
        }
    }

    fn looks_until_stopped(mut cpu_at_look: impl FnMut(u32) -> Option<Duration>) -> u32 {
        let mut deadline = deadline();
        let mut look = 1;
        while deadline.allows(cpu_at_look(look)) {
            look += 1;
        }
        look
    }

    #[test]
    fn a_run_that_computes_is_stopped_at_the_second_look() {
        let before = Duration::from_secs(77);
        assert_eq!(
            looks_until_stopped(|look| Some(before + look * Duration::from_millis(4))),
            2
        );
        assert!(FIRST_LOOK + NEXT_LOOK <= TICKS_PER_DEADLINE.into());
    }

    #[test]
    fn a_run_that_gets_a_tenth_of_a_processor_is_stopped_once_it_has_computed_for_a_tick() {
        assert_eq!(
            looks_until_stopped(|look| Some(look * Duration::from_micros(400))),
            6
        );
    }

    #[test]
    fn a_run_that_is_kept_waiting_is_not_kept_for_ever() {
        assert_eq!(looks_until_stopped(|_| Some(Duration::from_secs(5))), MOST_LOOKS);
    }

    #[test]
    fn what_a_run_used_is_not_held_against_the_next() {
        let mut deadline = deadline();
        for run in 1..=100 {
            deadline.start(1);
            assert!(
                deadline.allows(Some(run * Duration::from_secs(1))),
                "the first look"
            );
            assert!(
                deadline.allows(Some(run * Duration::from_secs(1))),
                "nothing since"
            );
        }
    }

    #[test]
    fn without_knowledge_of_processor_time_the_wall_counts() {
        assert_eq!(looks_until_stopped(|_| None), 2);
    }

    #[test]
    fn a_start_may_take_several_deadlines() {
        let mut deadline = deadline();
        deadline.start(10);
        let allowed = Duration::from_millis(2 + 9 * 10);
        assert!(deadline.allows(Some(Duration::ZERO)));
        assert!(deadline.allows(Some(allowed - Duration::from_millis(1))));
        assert!(!deadline.allows(Some(allowed)));
        deadline.start(1);
        assert!(deadline.allows(Some(allowed)));
        assert!(
            !deadline.allows(Some(allowed + Duration::from_millis(2))),
            "a run has one"
        );
    }

    fn guard(memory_limit: usize) -> Guard {
        let ticker = Ticker::start(&wasmtime::Engine::default(), Duration::from_millis(2), IDLE).unwrap();
        Guard::new(
            &SandboxConfig::default().memory_limit(memory_limit),
            ticker.waker().clone(),
        )
    }

    #[test]
    fn memories_and_tables_share_one_limit() {
        let mut guard = guard(1_000_000);
        for (current, desired, fits) in [
            (0, 400_000, true),
            (0, 500_000, true),
            (400_000, 600_000, false),
            (400_000, 450_000, true),
            (0, 50_001, false),
            (0, usize::MAX, false),
        ] {
            assert_eq!(guard.memory_growing(current, desired, None).unwrap(), fits);
            assert_eq!(guard.memory_exceeded, !fits);
            guard.start();
        }
        let left = 50_000 / size_of::<usize>();
        assert!(!guard.table_growing(0, left + 1, None).unwrap());
        assert!(guard.table_growing(0, left, None).unwrap());
        assert!(!guard.memory_growing(0, 1, None).unwrap());
    }
}
