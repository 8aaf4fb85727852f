//! The tick: collect from all sources side by side, merge, decide, keep, publish, act. It knows sources and
//! databases only through `ports`, so that it is simulated without HTTP or SQL. Beside it the herald tells people.

pub mod calendar;
mod collect;
mod conduct;
mod herald;
pub mod publish;
mod tick;
#[cfg(any(test, feature = "weaken"))]
mod weaken;

#[cfg(test)]
mod fakes;

pub use calendar::WindowSpec;
pub use herald::Herald;
pub use publish::{Decided, Published};
pub use tick::{ALWAYS_OPEN, Engine, Health, Parts, Said, Settings, always_open};
#[cfg(any(test, feature = "weaken"))]
pub use weaken::Weakness;
