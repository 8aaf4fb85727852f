//! The heart of Signalbox: the words of the design as types, and the rules by which a train is moved
//! or stopped. Pure: values in, values out. No I/O, no clock, no async; it builds alone and for wasm, so
//! that server, browser and replay evaluate the very same thing.
//!
//! In reading order: identity and time, readings and what they mean together, conditions and
//! findings, the process, the decision, the life of an action, and what people see.

pub mod moment;
pub mod track;
pub mod version;

pub mod facts;
pub mod observation;
pub mod people;
pub mod reading;

pub mod condition;
pub mod confidence;
pub mod finding;
pub mod forecast;
pub mod process;

pub mod decide;
pub mod explain;
pub mod find;
pub mod intent;
pub mod lamp;
pub mod line;

pub mod app;
pub mod audit;
pub mod board;
pub mod insights;
pub mod journal;
pub mod past;

pub use app::{App, LineSpec, Person, StoreKind, Team};
pub use decide::{Before, Decision, Inputs, Next, Warning, decide};
pub use facts::Facts;
pub use finding::{Finding, Verdict};
pub use moment::{Moment, Span};
pub use people::Interventions;
pub use process::{Action, Mode, Process, StageId};
pub use reading::{CLOCK_SLACK, Fact, Reading, SourceId, Why};
pub use track::{AppId, Kind, LineId, Platform, Standing, TrackId};
pub use version::Version;
