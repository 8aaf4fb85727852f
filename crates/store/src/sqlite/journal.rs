//! The journal's statements: append behind the last entry, read from the end, verify from the start.

use super::failure::About;
use crate::rows::{EntryRow, corrupt, table, to_json};
use conductor::journal::{Actor, Broken, Draft, Entry, GENESIS, Sought, Who, verify as verify_run};
use ports::StoreError;
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite, query, query_as};

/// How many entries are in memory at once while the journal is verified.
const VERIFIED_AT_ONCE: i64 = 1_000;

/// Seals drafts behind the last entry, in order.
pub(super) async fn append(
    change: &mut SqliteConnection,
    drafts: Vec<Draft>,
) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::with_capacity(drafts.len());
    for draft in drafts {
        entries.push(append_one(change, draft).await?);
    }
    Ok(entries)
}

/// Seals one draft behind the last entry.
pub(super) async fn append_one(
    change: &mut SqliteConnection,
    draft: Draft,
) -> Result<Entry, StoreError> {
    let (number, hash) = head(change).await?;
    let entry = draft.seal(number.saturating_add(1), &hash);
    let row = EntryRow::of(&entry)?;
    query(
        "INSERT INTO journal
             (number, at, actor, track, kind, text, why, data, previous_hash, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.number)
    .bind(row.at)
    .bind(row.actor)
    .bind(row.track)
    .bind(row.kind)
    .bind(row.text)
    .bind(row.why)
    .bind(row.data)
    .bind(row.previous_hash)
    .bind(row.hash)
    .execute(&mut *change)
    .await
    .about(table::JOURNAL)?;
    query("UPDATE journal_head SET number = ?, hash = ?")
        .bind(entry.number)
        .bind(&entry.hash)
        .execute(change)
        .await
        .about(table::JOURNAL)?;
    Ok(entry)
}

/// The entries that are sought, newest first.
pub(super) async fn find(
    snapshot: &mut SqliteConnection,
    sought: &Sought,
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    let mut select = QueryBuilder::new("SELECT * FROM journal WHERE number < ");
    select.push_bind(sought.before.unwrap_or(i64::MAX));
    of_track(&mut select, sought);
    if let Some(kind) = sought.kind {
        select.push(" AND kind = ").push_bind(kind.as_str());
    }
    if let Some(who) = &sought.who {
        by(&mut select, who)?;
    }
    if let Some(from) = sought.from {
        select.push(" AND at >= ").push_bind(from.millis());
    }
    if let Some(until) = sought.until {
        select.push(" AND at < ").push_bind(until.millis());
    }
    select.push(" ORDER BY number DESC LIMIT ").push_bind(i64::from(most));
    let rows: Vec<EntryRow> =
        select.build_query_as().fetch_all(snapshot).await.about(table::JOURNAL)?;
    rows.into_iter().map(EntryRow::entry).collect()
}

/// Tracks are `app/platform/version`, so what is known from the left is a range of the index.
fn of_track(select: &mut QueryBuilder<Sqlite>, sought: &Sought) {
    let (app, platform, version) = (&sought.app, &sought.platform, &sought.version);
    match (app, platform, version) {
        (Some(app), Some(platform), Some(version)) => {
            select.push(" AND track = ").push_bind(format!("{app}/{platform}/{version}"));
            return;
        }
        (Some(app), Some(platform), None) => {
            range(select, "track", format!("{app}/{platform}/"), format!("{app}/{platform}0"));
        }
        (Some(app), None, _) => range(select, "track", format!("{app}/"), format!("{app}0")),
        (None, Some(platform), _) => {
            let part = format!("{platform}/");
            select.push(" AND substr(track, instr(track, '/') + 1, length(");
            select.push_bind(part.clone()).push(")) = ").push_bind(part);
        }
        (None, None, _) => {}
    }
    if let Some(version) = version {
        let part = format!("/{version}");
        select.push(" AND substr(track, -length(").push_bind(part.clone());
        select.push(")) = ").push_bind(part);
    }
}

/// Who did it stands in its column as the text that serde makes of it: whole, or with the same beginning.
fn by(select: &mut QueryBuilder<Sqlite>, who: &Who) -> Result<(), StoreError> {
    let mut whole = |actor: &Actor| -> Result<(), StoreError> {
        select.push(" AND actor = ").push_bind(to_json(actor, table::JOURNAL)?);
        Ok(())
    };
    match who {
        Who::Conductor => whole(&Actor::Conductor),
        Who::Person(name) => whole(&Actor::Person { name: name.clone() }),
        Who::People | Who::World => {
            let word = if *who == Who::People { "person" } else { "world" };
            let begins = format!("{{\"who\":\"{word}");
            range(select, "actor", format!("{begins}\""), format!("{begins}#"));
            Ok(())
        }
    }
}

/// From one text to before another: `#` comes after the quotation mark, and `0` after the slash.
fn range(select: &mut QueryBuilder<Sqlite>, column: &str, from: String, to: String) {
    select.push(format_args!(" AND {column} >= ")).push_bind(from);
    select.push(format_args!(" AND {column} < ")).push_bind(to);
}

/// Walks the chain in pieces. How many entries it has, or the first broken one.
pub(super) async fn verify(
    snapshot: &mut SqliteConnection,
) -> Result<Result<u64, Broken>, StoreError> {
    let (mut last, mut hash) = (0_i64, GENESIS.to_owned());
    loop {
        let rows: Vec<EntryRow> =
            query_as("SELECT * FROM journal WHERE number > ? ORDER BY number LIMIT ?")
                .bind(last)
                .bind(VERIFIED_AT_ONCE)
                .fetch_all(&mut *snapshot)
                .await
                .about(table::JOURNAL)?;
        let mut entries = Vec::with_capacity(rows.len());
        let mut unreadable = None;
        for row in rows {
            let number = row.number;
            match row.entry() {
                Ok(entry) => entries.push(entry),
                // A row that cannot be read was changed too; those before it are looked at first.
                Err(error) => {
                    unreadable = Some(Broken { number, what: format!("cannot be read: {error}") });
                    break;
                }
            }
        }
        if let Err(broken) = verify_run(&entries, last.saturating_add(1), &hash) {
            return Ok(Err(broken));
        }
        if let Some(broken) = unreadable {
            return Ok(Err(broken));
        }
        let Some(end) = entries.pop() else { break };
        (last, hash) = (end.number, end.hash);
    }
    let (number, expected) = head(snapshot).await?;
    if last < number {
        let what = "is missing at the journal's end".to_owned();
        return Ok(Err(Broken { number: last.saturating_add(1), what }));
    }
    if (number, &expected) != (last, &hash) {
        let what = "is not the end that was recorded".to_owned();
        return Ok(Err(Broken { number: last, what }));
    }
    u64::try_from(last).map(Ok).map_err(|error| corrupt(table::JOURNAL, error))
}

async fn head(connection: &mut SqliteConnection) -> Result<(i64, String), StoreError> {
    query_as("SELECT number, hash FROM journal_head")
        .fetch_one(connection)
        .await
        .about(table::JOURNAL)
}
