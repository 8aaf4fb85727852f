//! App Store Connect v1, as JSON:API: apps, versions, builds, review submissions, phased releases.
//!
//! Reads: `/v1/apps` · `/v1/apps/{id}` · `/v1/apps/{id}/appStoreVersions` · `/v1/apps/{id}/builds` ·
//! `/v1/apps/{id}/reviewSubmissions` · `/v1/appStoreVersions/{id}` with `/build`, `/appStoreVersionPhasedRelease` and
//! their `relationships` · `/v1/builds` · `/v1/builds/{id}` · `/v1/reviewSubmissions` · `/v1/reviewSubmissions/{id}` and
//! `/items`. Acts: `POST /v1/reviewSubmissions`, `/v1/reviewSubmissionItems`, `/v1/appStoreVersionReleaseRequests`,
//! `/v1/appStoreVersionPhasedReleases`; `PATCH /v1/reviewSubmissions/{id}`, `/v1/appStoreVersions/{id}`,
//! `/v1/appStoreVersions/{id}/relationships/build`, `/v1/appStoreVersionPhasedReleases/{id}`.
//!
//! A token has three parts, `alg` ES256, our key id and issuer, the audience `appstoreconnect-v1` and at most 20 minutes
//! to live, by the machine's clock or the world's; nobody checks its signature. A relation that was not asked for by
//! `include` comes with links and no data.

use serde_json::{Map, Value, json};

use super::{Answer, Ask, google_play, reference};
use crate::spec::{APPLE_ISSUER_ID, APPLE_KEY_ID};
use crate::world::World;
use crate::world::apple::{AppleError, PhasedState, VersionWish};
use view::View;

mod view;

pub(super) fn refusal(status: u16, code: &str, text: &str) -> Answer {
    let code = match status {
        401 => "NOT_AUTHORIZED",
        403 => "FORBIDDEN_ERROR",
        404 => "NOT_FOUND",
        429 => "RATE_LIMIT_EXCEEDED",
        _ => code,
    };
    let id = crate::draw::Draw::new(0, text).sha("");
    let error = json!({"id": id, "status": status.to_string(), "code": code, "title": text, "detail": text});
    Answer::status(status, json!({"errors": [error]}))
}

fn refused(error: &AppleError) -> Answer {
    let text = error.to_string();
    match error {
        AppleError::NotFound(..) => refusal(404, "NOT_FOUND", &text),
        AppleError::Conflict(_) => refusal(409, "STATE_ERROR.ENTITY_STATE_INVALID", &text),
        AppleError::Invalid(_) => refusal(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", &text),
    }
}

pub(super) fn answer(world: &mut World, ask: &Ask) -> Answer {
    let answer = if is_known(world.now(), ask) {
        route(world, ask).unwrap_or_else(|error| refused(&error))
    } else {
        refusal(
            401,
            "NOT_AUTHORIZED",
            "Provide a properly configured and signed bearer token, and make sure that it has not expired.",
        )
    };
    answer.with(
        "x-rate-limit",
        format!("user-hour-lim:3600;user-hour-rem:{};", 3_600 - ask.calls % 1_000),
    )
}

fn is_known(now: i64, ask: &Ask) -> bool {
    let Some((header, claims)) = ask.bearer().and_then(google_play::claims) else { return false };
    let is =
        |of: &Value, name: &str, wanted: &str| of.get(name).and_then(Value::as_str) == Some(wanted);
    let until = claims.get("exp").and_then(Value::as_i64).unwrap_or(0) * 1_000;
    let since = claims.get("iat").and_then(Value::as_i64).map_or(0, |at| at * 1_000);
    // Short, not over, and not signed in the future, by one of the two clocks.
    let fits = |clock: i64| (clock..=clock + 1_205_000).contains(&until) && since <= clock + 5_000;
    is(&header, "alg", "ES256")
        && is(&header, "kid", APPLE_KEY_ID)
        && is(&claims, "iss", APPLE_ISSUER_ID)
        && is(&claims, "aud", "appstoreconnect-v1")
        && (fits(now) || fits(ask.wall_ms))
}

fn route(world: &mut World, ask: &Ask) -> Result<Answer, AppleError> {
    let (method, path) = ask.route();
    let ["v1", rest @ ..] = path.as_slice() else { return Ok(no_path()) };
    if method == "GET" {
        return Ok(read(&View { world, ask }, rest));
    }
    let body = ask.json().unwrap_or_default();
    let data = body.get("data").cloned().unwrap_or_default();
    let word = |name: &str| {
        data.pointer(&format!("/attributes/{name}")).and_then(Value::as_str).map(str::to_owned)
    };
    let truth = |name: &str| {
        data.pointer(&format!("/attributes/{name}")).and_then(Value::as_bool) == Some(true)
    };
    let related = |name: &str, kind: &'static str| {
        data.pointer(&format!("/relationships/{name}/data/id"))
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| {
                AppleError::Invalid(format!(
                    "You must provide a value for the relationship '{name}' ({kind})."
                ))
            })
    };
    let owner = |world: &World, kind: &'static str, id: &str| {
        world.apple_owner(id).ok_or_else(|| AppleError::NotFound(kind, id.to_owned()))
    };
    match (method, rest) {
        ("POST", ["reviewSubmissions"]) => {
            let id = related("app", "apps")?;
            let app = world
                .find_app(|app| app.apple_app_id == id)
                .ok_or(AppleError::NotFound("apps", id))?;
            if word("platform").as_deref() != Some("IOS") {
                return Err(AppleError::Invalid(
                    "The attribute 'platform' must be IOS: this app has no other.".to_owned(),
                ));
            }
            let made = world.apple_open_submission(app)?;
            Ok(View { world, ask }.one_submission(&made.id, 201))
        }
        ("POST", ["reviewSubmissionItems"]) => {
            let submission = related("reviewSubmission", "reviewSubmissions")?;
            let version = related("appStoreVersion", "appStoreVersions")?;
            let app = owner(world, "reviewSubmissions", &submission)?;
            let item = world.apple_add_item(app, &submission, &version)?;
            Ok(Answer::status(
                201,
                json!({"data": View { world, ask }.item(&item), "links": {"self": ask.base}}),
            ))
        }
        ("PATCH", ["reviewSubmissions", id]) => {
            let app = owner(world, "reviewSubmissions", id)?;
            if truth("submitted") {
                world.apple_submit(app, id)?;
            } else if truth("canceled") {
                world.apple_cancel(app, id)?;
            }
            Ok(View { world, ask }.one_submission(id, 200))
        }
        ("POST", ["appStoreVersionReleaseRequests"]) => {
            let version = related("appStoreVersion", "appStoreVersions")?;
            let app = owner(world, "appStoreVersions", &version)?;
            world.apple_request_release(app, &version)?;
            let made = json!({"type": "appStoreVersionReleaseRequests", "id": version, "links": {"self": ask.base}});
            Ok(Answer::status(201, json!({"data": made, "links": {"self": ask.base}})))
        }
        ("POST", ["appStoreVersionPhasedReleases"]) => {
            let version = related("appStoreVersion", "appStoreVersions")?;
            let app = owner(world, "appStoreVersions", &version)?;
            let made = world.apple_make_phased(app, &version)?;
            Ok(Answer::status(
                201,
                json!({"data": View { world, ask }.phased(&made), "links": {"self": ask.base}}),
            ))
        }
        ("PATCH", ["appStoreVersionPhasedReleases", id]) => {
            let app = owner(world, "appStoreVersionPhasedReleases", id)?;
            let all = [
                PhasedState::Inactive,
                PhasedState::Active,
                PhasedState::Paused,
                PhasedState::Complete,
            ];
            let wanted = word("phasedReleaseState").unwrap_or_default();
            let state = all.into_iter().find(|state| state.word() == wanted);
            let state = state.ok_or_else(|| {
                AppleError::Invalid(format!(
                    "'{wanted}' is not a valid value for 'phasedReleaseState'."
                ))
            })?;
            world.apple_change_phased(app, id, state)?;
            let view = View { world, ask };
            let phased = view
                .world
                .apple(app)
                .into_iter()
                .flat_map(|apple| &apple.versions)
                .filter_map(|one| one.phased.as_ref());
            let phased = phased.into_iter().find(|one| one.id == *id).map(|one| view.phased(one));
            Ok(Answer::json(json!({"data": phased, "links": {"self": ask.base}})))
        }
        ("PATCH", ["appStoreVersions", id]) => {
            let app = owner(world, "appStoreVersions", id)?;
            let wish =
                VersionWish { release_type: word("releaseType"), version: word("versionString") };
            world.apple_change_version(app, id, wish)?;
            if let Some(build) = data.pointer("/relationships/build/data") {
                attach(world, app, id, build)?;
            }
            Ok(View { world, ask }.one_version(id))
        }
        ("PATCH", ["appStoreVersions", id, "relationships", "build"]) => {
            let app = owner(world, "appStoreVersions", id)?;
            attach(world, app, id, &data)?;
            Ok(Answer::empty(204))
        }
        _ => Ok(no_path()),
    }
}

fn no_path() -> Answer {
    refusal(404, "PATH_ERROR", "The URL path is not valid")
}

/// Attaches the build of a reference, or takes it away where the reference is null.
fn attach(world: &mut World, app: usize, version: &str, build: &Value) -> Result<(), AppleError> {
    let number = match build.get("id").and_then(Value::as_str) {
        None => None,
        Some(id) => match view::build_number(id) {
            Some((owner, number)) if owner == app => Some(number),
            _ => return Err(AppleError::NotFound("builds", id.to_owned())),
        },
    };
    world.apple_attach(app, version, number)
}

fn read(view: &View<'_>, rest: &[&str]) -> Answer {
    let app_of = |id: &str| view.world.find_app(|app| app.apple_app_id == id);
    let missing =
        |kind: &'static str, id: &str| refused(&AppleError::NotFound(kind, id.to_owned()));
    match rest {
        ["apps"] => {
            let bundles = view.ask.list("filter[bundleId]");
            let apps = view.apps().into_iter().filter(|app| {
                let bundle = view.world.app_spec(*app).map_or("", |spec| spec.bundle_id.as_str());
                bundles.is_empty() || bundles.contains(&bundle)
            });
            let apps: Vec<usize> = apps.collect();
            let mut included = Vec::new();
            if view.includes("appStoreVersions") {
                included.extend(
                    apps.iter()
                        .flat_map(|app| view.versions_of(*app))
                        .map(|version| view.version(version)),
                );
            }
            view.page(apps.into_iter().map(|app| view.app(app)).collect(), |_| included)
        }
        ["apps", id] => app_of(id).map_or_else(
            || missing("apps", id),
            |app| Answer::json(json!({"data": view.app(app), "links": {"self": view.ask.base}})),
        ),
        ["apps", id, "appStoreVersions"] => {
            app_of(id).map_or_else(|| missing("apps", id), |app| view.versions(app))
        }
        ["apps", id, "builds"] => {
            app_of(id).map_or_else(|| missing("apps", id), |app| view.builds(&[app]))
        }
        ["apps", id, "reviewSubmissions"] => {
            app_of(id).map_or_else(|| missing("apps", id), |app| view.submissions(&[app]))
        }
        ["builds"] => {
            let wanted = view.ask.list("filter[app]");
            let apps: Vec<usize> = match wanted.as_slice() {
                [] => view.apps(),
                ids => ids.iter().filter_map(|id| app_of(id)).collect(),
            };
            view.builds(&apps)
        }
        ["builds", id] => {
            view::build_number(id).and_then(|(app, number)| view.build(app, number)).map_or_else(
                || missing("builds", id),
                |data| Answer::json(json!({"data": data, "links": {"self": view.ask.base}})),
            )
        }
        ["reviewSubmissions"] => {
            let wanted = view.ask.list("filter[app]");
            if wanted.is_empty() {
                return refusal(
                    400,
                    "PARAMETER_ERROR.REQUIRED",
                    "A required parameter is missing: filter[app]",
                );
            }
            view.submissions(&wanted.iter().filter_map(|id| app_of(id)).collect::<Vec<_>>())
        }
        ["reviewSubmissions", id] => view.one_submission(id, 200),
        ["reviewSubmissions", id, "items"] => match view.find_submission(id) {
            Some((_, found)) => {
                view.page(found.items.iter().map(|item| view.item(item)).collect(), |_| Vec::new())
            }
            None => missing("reviewSubmissions", id),
        },
        ["appStoreVersions", id] => view.one_version(id),
        ["appStoreVersions", id, tail @ ..] => {
            let Some((app, version)) = view.find_version(id) else {
                return missing("appStoreVersions", id);
            };
            let build = version.build.map(|number| view::build_id(app, number));
            let (data, full) = match tail {
                ["build"] => (version.build.and_then(|number| view.build(app, number)), true),
                ["relationships", "build"] => (build.map(|id| reference("builds", &id)), false),
                ["appStoreVersionPhasedRelease"] => {
                    (version.phased.as_ref().map(|one| view.phased(one)), true)
                }
                ["relationships", "appStoreVersionPhasedRelease"] => (
                    version
                        .phased
                        .as_ref()
                        .map(|one| reference("appStoreVersionPhasedReleases", &one.id)),
                    false,
                ),
                _ => return no_path(),
            };
            // A thing that is not there is 404 where the thing was asked for, and null where the relation was.
            if full && data.is_none() {
                return refusal(404, "NOT_FOUND", "The specified resource does not exist");
            }
            let mut body = Map::new();
            body.insert("data".to_owned(), data.unwrap_or_default());
            body.insert("links".to_owned(), json!({"self": view.ask.base}));
            Answer::json(body.into())
        }
        _ => no_path(),
    }
}
