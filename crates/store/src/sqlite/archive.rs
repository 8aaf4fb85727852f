//! The statements for past releases.

use super::SqliteStore;
use super::failure::About;
use crate::rows::{corrupt, from_json, table, to_json};
use async_trait::async_trait;
use conductor::past::PastRelease;
use ports::{Archive, Kept, StoreError};
use sqlx::{query, query_as, query_scalar};

#[async_trait]
impl Archive for SqliteStore {
    async fn past_releases(&self) -> Result<Vec<PastRelease>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let rows: Vec<(String, String, String, String)> = query_as(
            "SELECT app, platform, version, content FROM past_releases
             ORDER BY app, platform, branched_at, version",
        )
        .fetch_all(&mut *snapshot)
        .await
        .about(table::PAST_RELEASES)?;
        rows.into_iter()
            .map(|(app, platform, version, content)| {
                let release: PastRelease = from_json(&content, table::PAST_RELEASES)?;
                let key = format!("{app}/{platform}/{version}");
                if release.track.to_string() != key {
                    let words = format!("{} lies in the row of {key}", release.track);
                    return Err(corrupt(table::PAST_RELEASES, words));
                }
                Ok(release)
            })
            .collect()
    }

    async fn keep_past(&self, releases: &[PastRelease]) -> Result<Kept, StoreError> {
        let mut change = self.change().await?;
        let mut kept = Kept::default();
        for release in releases {
            let track = &release.track;
            let content = to_json(release, table::PAST_RELEASES)?;
            let before: Option<String> = query_scalar(
                "SELECT content FROM past_releases WHERE app = ? AND platform = ? AND version = ?",
            )
            .bind(track.app.as_str())
            .bind(track.platform.as_str())
            .bind(track.version.as_str())
            .fetch_optional(&mut *change)
            .await
            .about(table::PAST_RELEASES)?;
            match before {
                Some(before) if before == content => {
                    kept.same += 1;
                    continue;
                }
                Some(_) => kept.changed += 1,
                None => kept.new += 1,
            }
            query(
                "INSERT INTO past_releases (app, platform, version, branched_at, content)
                 VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (app, platform, version) DO UPDATE SET
                     branched_at = excluded.branched_at, content = excluded.content",
            )
            .bind(track.app.as_str())
            .bind(track.platform.as_str())
            .bind(track.version.as_str())
            .bind(release.branched.at.millis())
            .bind(content)
            .execute(&mut *change)
            .await
            .about(table::PAST_RELEASES)?;
        }
        change.commit().await.about(table::PAST_RELEASES)?;
        Ok(kept)
    }
}
