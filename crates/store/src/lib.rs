//! What Signalbox remembers, in a database: readings as they changed, the journal with its chain of
//! hashes, intents, people's wishes and the lease, behind [`ports::Store`]; past releases, behind [`ports::Archive`].
//!
//! What the rows mean is the same for every database and lives here: [`rows`] (row ↔ words),
//! [`freshness`] (how long a value stayed fresh), [`wishes`] (what people's wishes come to),
//! [`intents`] and [`lease`] (who may write what). A database adds its SQL and its errors:
//! `sqlite.rs` with `sqlite/`.

mod freshness;
mod intents;
mod lease;
mod rows;
mod sqlite;
mod wishes;

pub use sqlite::{Copied, SqliteOptions, SqliteStore, backup};

#[cfg(test)]
mod tests;
