//! The statements for what people wish: each wish is appended, and what they come to is folded again.

use super::failure::About;
use super::intents;
use crate::rows::{TrackRow, WishRow, table, to_json};
use crate::wishes::fold;
use conductor::{Interventions, Moment, TrackId};
use ports::{StoreError, Wish};
use sqlx::sqlite::SqliteConnection;
use sqlx::{query, query_as};
use std::collections::BTreeMap;

/// Records a wish and what is in force after it.
pub(super) async fn write(
    change: &mut SqliteConnection,
    track: &TrackId,
    wish: &Wish,
    at: Moment,
) -> Result<(), StoreError> {
    if let Wish::Answer(key, answer) = wish {
        return intents::answer(change, key, answer, at).await;
    }
    if let Wish::Order(intent) = wish {
        return intents::order(change, intent).await;
    }
    let Some(row) = WishRow::of(wish)? else { return Ok(()) };
    query("INSERT INTO wishes (track, at, wish, content) VALUES (?, ?, ?, ?)")
        .bind(track.to_string())
        .bind(at.millis())
        .bind(row.wish)
        .bind(row.content)
        .execute(&mut *change)
        .await
        .about(table::WISHES)?;
    let rows: Vec<WishRow> =
        query_as("SELECT wish, content FROM wishes WHERE track = ? ORDER BY id")
            .bind(track.to_string())
            .fetch_all(&mut *change)
            .await
            .about(table::WISHES)?;
    let wishes = rows.iter().map(WishRow::wish).collect::<Result<Vec<_>, _>>()?;
    query(
        "INSERT INTO interventions (track, laid) VALUES (?, ?)
         ON CONFLICT (track) DO UPDATE SET laid = excluded.laid",
    )
    .bind(track.to_string())
    .bind(to_json(&fold(wishes), table::INTERVENTIONS)?)
    .execute(change)
    .await
    .about(table::INTERVENTIONS)?;
    Ok(())
}

/// What is in force on each track that people ever touched.
pub(super) async fn all(
    snapshot: &mut SqliteConnection,
) -> Result<BTreeMap<TrackId, Interventions>, StoreError> {
    let rows: Vec<TrackRow> = query_as("SELECT track, laid AS content FROM interventions")
        .fetch_all(snapshot)
        .await
        .about(table::INTERVENTIONS)?;
    rows.iter().map(TrackRow::interventions).collect()
}

/// What is in force on one track.
pub(super) async fn of(
    connection: &mut SqliteConnection,
    track: &TrackId,
) -> Result<Interventions, StoreError> {
    let row: Option<TrackRow> =
        query_as("SELECT track, laid AS content FROM interventions WHERE track = ?")
            .bind(track.to_string())
            .fetch_optional(connection)
            .await
            .about(table::INTERVENTIONS)?;
    row.map_or_else(|| Ok(Interventions::default()), |row| Ok(row.interventions()?.1))
}
