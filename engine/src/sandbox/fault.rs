//! What can go wrong inside the sandbox.

use std::fmt;

/// Why an instance gave no verdict. It costs the request its local results and the instance its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// The rules did not finish in time.
    Deadline,
    /// The rules wanted more memory than they may have.
    Memory,
    /// The rules trapped: a panic, an overflow of the stack, an access out of bounds, an answer beyond all measure.
    Trap,
    /// No instance could be made.
    Instantiation,
    /// The rules refused a configuration that they had accepted before, or answered out of contract.
    Contract,
}

impl Fault {
    pub(super) const ALL: [Self; 5] = [
        Self::Deadline,
        Self::Memory,
        Self::Trap,
        Self::Instantiation,
        Self::Contract,
    ];

    /// The name in metrics and logs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::Trap => "trap",
            Self::Instantiation => "instantiation",
            Self::Contract => "contract",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deadline => "the rules exceeded their deadline in the sandbox",
            Self::Memory => "the rules exceeded their memory limit in the sandbox",
            Self::Trap => "the rules trapped in the sandbox",
            Self::Instantiation => "the sandbox could not make an instance of the rules",
            Self::Contract => "the rules broke their contract with the sandbox",
        })
    }
}
