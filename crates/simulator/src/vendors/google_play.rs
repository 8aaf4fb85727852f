//! Google Play: Android Publisher v3, and the exchange of a service account's signed claim for an access token.
//!
//! `POST /token` (grant `urn:ietf:params:oauth:grant-type:jwt-bearer`); under `/androidpublisher/v3/applications/{package}`:
//! `GET /tracks/{track}/releases` · `POST /edits` · `GET|DELETE /edits/{id}` · `POST /edits/{id}:validate` ·
//! `POST /edits/{id}:commit` (`changesInReviewBehavior`, `changesNotSentForReview`) · `GET /edits/{id}/tracks` ·
//! `GET|PUT|PATCH /edits/{id}/tracks/{track}`.
//!
//! A claim is taken if it is well formed, from our service account, meant for this address and not too old by the
//! machine's clock or the world's; nobody checks its signature.

use base64::Engine as _;
use serde_json::{Value, json};

use super::{Answer, Ask, form, put};
use crate::spec::GOOGLE_EMAIL;
use crate::world::World;
use crate::world::play::{CommitOptions, PlayError, PlayRelease};

const TOKEN: &str = "demo-play.";

/// Google's shape of an error, with the reason that clients look at.
pub(super) fn refusal(status: u16, text: &str, reason: &str) -> Answer {
    let word = match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    let errors = json!([{"message": text, "domain": "androidpublisher", "reason": reason}]);
    Answer::status(
        status,
        json!({"error": {"code": status, "message": text, "status": word, "errors": errors}}),
    )
}

fn refused(error: &PlayError) -> Answer {
    let text = error.to_string();
    match error {
        PlayError::NoPackage(_) => refusal(404, &text, "applicationNotFound"),
        PlayError::NoTrack(_) => refusal(404, &text, "trackNotFound"),
        PlayError::NoEdit => refusal(404, &text, "editNotFound"),
        PlayError::EditDeleted => refusal(410, &text, "editDeleted"),
        PlayError::EditExpired => refusal(400, &text, "editExpired"),
        PlayError::EditCommitted | PlayError::InReview => {
            let mut answer = refusal(400, &text, "failedPrecondition");
            if let super::Body::Json(body) = &mut answer.body
                && let Some(error) = body.get_mut("error")
            {
                put(error, "status", json!("FAILED_PRECONDITION"));
            }
            answer
        }
        PlayError::Invalid(_) => refusal(400, &text, "invalidArgument"),
        PlayError::NoUpgrade => refusal(403, &text, "multiApkShadowedActiveApk"),
    }
}

pub(super) fn answer(world: &mut World, ask: &Ask) -> Answer {
    let (method, path) = ask.route();
    if let ("POST", ["token"]) = (method, path.as_slice()) {
        return token(world.now(), ask);
    }
    if !ask.bearer().is_some_and(|token| token.starts_with(TOKEN)) {
        let text = "Request had invalid authentication credentials. Expected OAuth 2 access token.";
        return refusal(401, text, "authError")
            .with("www-authenticate", "Bearer realm=\"https://accounts.google.com/\"");
    }
    let ["androidpublisher", "v3", "applications", package, rest @ ..] = path.as_slice() else {
        return refusal(404, "Not Found", "notFound");
    };
    let done = match (method, rest) {
        ("GET", ["tracks", track, "releases"]) => world
            .play_releases(package, track)
            .map(|releases| json!({"releases": summaries(track, &releases)})),
        ("POST", ["edits"]) => {
            world.play_open_edit(package).map(|(id, expires_at)| edit(&id, expires_at))
        }
        ("POST", ["edits", verb]) => match verb.split_once(':') {
            Some((id, "commit")) => commit(world, ask, package, id),
            Some((id, "validate")) => {
                world.play_edit(package, id).map(|expires_at| edit(id, expires_at))
            }
            _ => return refusal(404, "Not Found", "notFound"),
        },
        ("GET", ["edits", id]) => {
            world.play_edit(package, id).map(|expires_at| edit(id, expires_at))
        }
        ("DELETE", ["edits", id]) => match world.play_delete_edit(package, id) {
            Ok(()) => return Answer::empty(204),
            Err(error) => Err(error),
        },
        ("GET", ["edits", id, "tracks"]) => {
            world.play_edit_tracks(package, id, None).map(|tracks| {
                let tracks: Vec<Value> =
                    tracks.iter().map(|(name, list)| track(name, list)).collect();
                json!({"kind": "androidpublisher#tracksListResponse", "tracks": tracks})
            })
        }
        ("GET", ["edits", id, "tracks", name]) => world
            .play_edit_tracks(package, id, Some(name))
            .map(|tracks| tracks.first().map_or(Value::Null, |(name, list)| track(name, list))),
        ("PUT" | "PATCH", ["edits", id, "tracks", name]) => {
            let Some(body) = ask.json() else {
                return refusal(400, "Invalid JSON payload received.", "badRequest");
            };
            let releases =
                body.get("releases").and_then(Value::as_array).cloned().unwrap_or_default();
            world.play_update_track(package, id, name, &releases).map(|list| track(name, &list))
        }
        _ => return refusal(404, "Not Found", "notFound"),
    };
    done.map_or_else(|error| refused(&error), Answer::json)
}

fn edit(id: &str, expires_at: i64) -> Value {
    json!({"id": id, "expiryTimeSeconds": (expires_at / 1_000).to_string()})
}

fn track(name: &str, list: &[PlayRelease]) -> Value {
    json!({"track": name, "releases": list.iter().map(PlayRelease::wire).collect::<Vec<_>>()})
}

/// At most 20, as Google gives them.
fn summaries(track: &str, list: &[PlayRelease]) -> Vec<Value> {
    list.iter()
        .take(20)
        .map(|release| {
            let artifacts: Vec<Value> = release.codes.iter().map(|code| json!({"versionCode": code})).collect();
            json!({
                "releaseName": release.name, "track": track, "releaseLifecycleState": release.lifecycle.word(),
                "activeArtifacts": artifacts,
            })
        })
        .collect()
}

fn commit(world: &mut World, ask: &Ask, package: &str, id: &str) -> Result<Value, PlayError> {
    let error_if_in_review = match ask.param("changesInReviewBehavior") {
        Some("ERROR_IF_IN_REVIEW") => true,
        None
        | Some("CANCEL_IN_REVIEW_AND_SUBMIT" | "CHANGES_IN_REVIEW_BEHAVIOR_TYPE_UNSPECIFIED") => {
            false
        }
        Some(other) => {
            return Err(PlayError::Invalid(format!(
                "Invalid value at 'changes_in_review_behavior': \"{other}\""
            )));
        }
    };
    let not_sent_for_review = ask.param("changesNotSentForReview") == Some("true");
    let expires_at = world.play_edit(package, id)?;
    world.play_commit(package, id, CommitOptions { error_if_in_review, not_sent_for_review })?;
    Ok(edit(id, expires_at))
}

/// The claims of a signed token, if it has three parts and the first two are JSON.
pub(super) fn claims(token: &str) -> Option<(Value, Value)> {
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || signature.is_empty() {
        return None;
    }
    let read = |part: &str| {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    };
    Some((read(header)?, read(claims)?))
}

fn token(now: i64, ask: &Ask) -> Answer {
    let refuse = |why: &str| {
        Answer::status(400, json!({"error": "invalid_grant", "error_description": why}))
    };
    let fields = form(&String::from_utf8_lossy(&ask.body));
    let field = |name: &str| {
        fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    if field("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
        return Answer::status(
            400,
            json!({"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}),
        );
    }
    let Some((header, claims)) = claims(field("assertion")) else {
        return refuse("Invalid JWT: Failed audience check or malformed assertion.");
    };
    let text = |of: &Value, name: &str| {
        of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    if text(&header, "alg") != "RS256" || text(&claims, "iss") != GOOGLE_EMAIL {
        return refuse("Invalid grant: account not found");
    }
    if !text(&claims, "aud").ends_with("/token")
        || !text(&claims, "scope").contains("androidpublisher")
    {
        return Answer::status(
            400,
            json!({"error": "invalid_scope", "error_description": "Invalid OAuth scope or audience."}),
        );
    }
    let until = claims.get("exp").and_then(Value::as_i64).unwrap_or(0) * 1_000;
    let fits = |clock: i64| (clock..=clock + 3_700_000).contains(&until);
    if !fits(now) && !fits(ask.wall_ms) {
        return refuse(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
        );
    }
    Answer::json(
        json!({"access_token": format!("{TOKEN}{}", ask.calls), "expires_in": 3599, "token_type": "Bearer"}),
    )
}
