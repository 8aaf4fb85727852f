//! The people of the simulated world sign off, as people do: over HTTP, by name, when they are ready.

use conductor::TrackId;
use conductor::condition::{Vote, votes};
use engine::Published;
use reqwest::Client;
use serde_json::json;
use simulator::vendors::Running;
use std::sync::Arc;
use tokio::sync::watch;

/// What somebody of the world says of a candidate.
pub(super) struct Word {
    pub(super) track: TrackId,
    pub(super) team: String,
    pub(super) refused: bool,
    pub(super) comment: String,
    pub(super) by: String,
}

/// Nobody looks at a build in less than some minutes.
const LOOKS_FOR_MS: i64 = 40 * 60 * 1_000;

/// Asks the world, with each board, who would sign off what waits for it, and lets them.
pub(super) async fn sign_off(
    world: Running,
    address: String,
    mut published: watch::Receiver<Arc<Published>>,
    token: String,
) {
    let client = Client::new();
    while published.changed().await.is_ok() {
        let now = published.borrow_and_update().clone();
        for Word { track, team, refused, comment, by } in ready(&world, &now) {
            let body = json!({
                "team": team,
                "answer": if refused { "refused" } else { "given" },
                "comment": comment,
                "by": by,
            });
            let url = format!("{address}/api/v1/tracks/{track}/sign-offs");
            match client.post(url).bearer_auth(&token).json(&body).send().await {
                Ok(answer) if answer.status().is_success() => {}
                Ok(answer) => {
                    tracing::warn!(%track, team, status = %answer.status(), "a sign-off was not taken");
                }
                Err(error) => {
                    tracing::warn!(%track, team, %error, "a sign-off did not arrive");
                }
            }
        }
    }
}

/// Who would say something now that has not been said.
pub(super) fn ready(world: &Running, now: &Published) -> Vec<Word> {
    let at = now.board.at.millis();
    let mut words = Vec::new();
    for (track, decided) in &now.tracks {
        let Ok(platform) = track.platform.as_str().parse() else { continue };
        let Some(candidate) = decided.inputs.people.candidate() else { continue };
        if at - candidate.at.millis() < LOOKS_FOR_MS {
            continue;
        }
        for (team, vote) in votes(&decided.inputs) {
            let refused_before = matches!(vote, Vote::Refused(_));
            if matches!(vote, Vote::Given(_) | Vote::OptedOut(_)) {
                continue;
            }
            let signature = world.look(|it| {
                it.would_sign(track.app.as_str(), platform, track.version.as_str(), &team.id, at)
            });
            let Some(signature) = signature.filter(|it| !(it.refused && refused_before)) else {
                continue;
            };
            words.push(Word {
                track: track.clone(),
                team: team.id.clone(),
                refused: signature.refused,
                comment: signature.comment,
                by: signature.person.name,
            });
        }
    }
    words
}
