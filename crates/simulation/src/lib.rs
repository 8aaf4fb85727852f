//! The simulation: the real engine and conductor in a world that is made from a seed. Sources, stores, clocks, people
//! and faults are drawn from it; time leaps to the next event; the same seed gives the same journal, byte for byte.
//!
//! A run has two parts. First everything goes wrong that can (safety: what must never happen is looked for after
//! every step, from the world's side). Then all faults end, people do their part, and every train that is not held
//! has to arrive (liveness). Nothing that is shipped depends on this crate.

mod calendar;
mod checks;
mod dice;
mod faults;
mod life;
mod memory;
mod people;
mod process;
mod run;
mod sim;
mod sources;
mod table;
mod vendor;
mod world;

pub use faults::{Reply, Side, Step, Tally, Weakness};
pub use run::{Plan, Report, run};
pub use table::{Crash, Settled, crash, crashes};

#[cfg(test)]
mod tests;
