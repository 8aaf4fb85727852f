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
        // One that ends much later than any lease lasts was taken by a clock that has gone back since.
        Some(lease) if lease.ends_at > now && lease.ends_at - now <= longest(lasts) => return None,
        Some(lease) => lease.fencing.saturating_add(1),
    };
    Some(Lease { fencing, holder: holder.to_owned(), ends_at: now + lasts })
}

/// How long another's lease lasts at most, if ours lasts so long: nodes may differ in their settings.
fn longest(lasts: Span) -> Span {
    Span::millis(lasts.as_millis().saturating_mul(10)).max(Span::hours(1))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_was_taken_in_the_future_holds_nobody_up() {
        let now = Moment::from_millis(1_773_144_000_000);
        let lasts = Span::minutes(10);
        let dead = |ends_at| Lease { fencing: 3, holder: "a".to_owned(), ends_at };
        let taken = |ends_at| take(Some(&dead(ends_at)), "b", lasts, now).map(|it| it.fencing);
        assert_eq!(taken(now + Span::minutes(9)), None);
        assert_eq!(taken(now + Span::hours(24 * 365 * 12)), Some(4));
    }
}
