//! A world that stands for the vendors, who cannot be reached from a demonstration or a test: apps, people, time, stores
//! and faults, all from a seed, behind HTTP façades that speak the vendors' published dialects. Never linked into
//! anything but `signalbox demo` and tests.
//!
//! ```text
//! Spec (who is there) ─▶ plan (what happens anyway) ─▶ World (what acts change) ─▶ vendors (how each words it)
//! ```
//!
//! The rhythm of releases is that of real apps ([`history`]), under invented names; what git cannot tell (bugs, reviews,
//! sessions, sign-offs) is drawn. What moves a release through a store comes in through the façades: the simulator
//! submits and rolls out nothing by itself.

pub mod draw;
pub mod faults;
pub mod history;
pub mod plan;
pub mod platform;
pub mod spec;
pub mod vendors;
pub mod world;

pub use faults::{Fault, Faults, Lasts};
pub use history::{History, HistoryError};
pub use platform::Platform;
pub use spec::{AppSpec, LineSpec, Opening, Person, Spec, TeamSpec};
pub use vendors::{Clock, Running, Simulator, Vendor};
pub use world::World;
pub use world::people::Signature;
