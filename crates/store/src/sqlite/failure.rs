//! SQLite's result codes in our words: what happened, and what a person does about it.

use ports::StoreError;
use sqlx::error::{DatabaseError, Error};

/// Turns the driver's errors into the store's; `table` is the one that was read or written.
pub(super) trait About<T> {
    fn about(self, table: &'static str) -> Result<T, StoreError>;
}

impl<T> About<T> for Result<T, Error> {
    fn about(self, table: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| translate(&error, table))
    }
}

pub(super) fn translate(error: &Error, table: &'static str) -> StoreError {
    match error {
        Error::Database(error) => by_code(error.as_ref()),
        Error::ColumnDecode { .. }
        | Error::ColumnNotFound(_)
        | Error::ColumnIndexOutOfBounds { .. }
        | Error::TypeNotFound { .. }
        | Error::RowNotFound
        | Error::Decode(_) => StoreError::Corrupt { table, cause: error.to_string() },
        Error::PoolTimedOut => {
            unavailable("all connections are in use", "it is tried again with the next tick")
        }
        Error::Io(_) => unavailable(&error.to_string(), ADVICE_DISK),
        other => unavailable(&other.to_string(), ADVICE_OTHER),
    }
}

pub(super) fn unavailable(cause: &str, advice: &str) -> StoreError {
    StoreError::Unavailable { cause: cause.to_owned(), advice: advice.to_owned() }
}

const ADVICE_BUSY: &str = "another process is writing to it; if this lasts, end that process (a backup, a second Signalbox, an open sqlite3 shell)";
const ADVICE_READ_ONLY: &str = "give Signalbox the right to write to the file and to its directory, or move it to a writable disk";
const ADVICE_FULL: &str = "free space on its disk; writing goes on by itself";
const ADVICE_OPEN: &str = "check that the path is right, and that Signalbox may read and write the file and its directory";
const ADVICE_DISK: &str = "check the disk and the system's log";
const ADVICE_DAMAGED: &str = "the file is damaged or no database of Signalbox: restore a backup";
const ADVICE_OTHER: &str = "report it with this message";

/// The primary result code is the low byte: <https://www.sqlite.org/rescode.html>.
fn by_code(error: &dyn DatabaseError) -> StoreError {
    let cause = error.message();
    let code = error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(1);
    match code & 0xff {
        5 | 6 => unavailable(cause, ADVICE_BUSY),
        3 | 8 | 23 => unavailable(cause, ADVICE_READ_ONLY),
        10 => unavailable(cause, ADVICE_DISK),
        11 | 26 => unavailable(cause, ADVICE_DAMAGED),
        13 => unavailable(cause, ADVICE_FULL),
        14 => unavailable(cause, ADVICE_OPEN),
        // The checks before a write leave this to a fault of ours; it is refused all the same.
        19 => StoreError::Conflict(cause.to_owned()),
        _ => unavailable(cause, ADVICE_OTHER),
    }
}
