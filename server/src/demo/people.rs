//! The people of the simulated world sign off, as people do: over HTTP, by name, when they are ready.

use conductor::condition::{Vote, votes};
use engine::Published;
use reqwest::Client;
use serde_json::json;
use simulator::vendors::Running;
use std::sync::Arc;
use tokio::sync::watch;

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
        for (track, decided) in &now.tracks {
            let Ok(platform) = track.platform.as_str().parse() else { continue };
            let Some(candidate) = decided.inputs.people.candidate() else { continue };
            for (team, vote) in votes(&decided.inputs) {
                let refused_before = matches!(vote, Vote::Refused(_));
                if matches!(vote, Vote::Given(_) | Vote::OptedOut(_)) {
                    continue;
                }
                let at = now.board.at.millis();
                let signature = world.look(|it| {
                    it.would_sign(
                        track.app.as_str(),
                        platform,
                        track.version.as_str(),
                        &team.id,
                        at,
                    )
                });
                let Some(signature) = signature.filter(|it| !(it.refused && refused_before)) else {
                    continue;
                };
                // Nobody looks at a build in less than some minutes.
                if at - candidate.at.millis() < 40 * 60 * 1_000 {
                    continue;
                }
                let body = json!({
                    "team": team.id,
                    "answer": if signature.refused { "refused" } else { "given" },
                    "comment": signature.comment,
                    "by": signature.person.name,
                });
                let url = format!("{address}/api/v1/tracks/{track}/sign-offs");
                match client.post(url).bearer_auth(&token).json(&body).send().await {
                    Ok(answer) if answer.status().is_success() => {}
                    Ok(answer) => {
                        tracing::warn!(%track, team = team.id, status = %answer.status(), "a sign-off was not taken");
                    }
                    Err(error) => {
                        tracing::warn!(%track, team = team.id, %error, "a sign-off did not arrive");
                    }
                }
            }
        }
    }
}
