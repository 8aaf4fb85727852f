//! Who may conduct: the rule of the lease, the same for every database. The row and its transaction
//! are the database's.

use conductor::{Moment, Span};
use ports::{Lease, StoreError};

/// The lease after somebody asked for it; `None` if another holds it. A holder's name must belong to one
/// process alone: who has the lease keeps its number, even when it ran out and nobody came between.
pub(crate) fn take(
    newest: Option<&Lease>,
    holder: &str,
    lasts: Span,
    now: Moment,
) -> Option<Lease> {
    let fencing = match newest {
        None => 1,
        Some(lease) if lease.holder == holder => lease.fencing,
        Some(lease) if lease.ends_at > now => return None,
        Some(lease) => lease.fencing.saturating_add(1),
    };
    Some(Lease { fencing, holder: holder.to_owned(), ends_at: now + lasts })
}

/// Refuses whoever is not the newest holder. Its end is not asked: as long as nobody took over, a late
/// write harms nobody, and whoever takes over raises the number in the same database.
pub(crate) fn check(newest: Option<&Lease>, lease: &Lease) -> Result<(), StoreError> {
    match newest {
        Some(newest) if newest.fencing == lease.fencing && newest.holder == lease.holder => Ok(()),
        Some(newest) => Err(StoreError::Superseded { newest: newest.fencing }),
        None => Err(StoreError::Superseded { newest: 0 }),
    }
}
