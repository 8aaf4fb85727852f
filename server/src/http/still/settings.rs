//! `/settings` and what stands below it: pages of what is configured, a process as TOML, and the form in which other rules
//! are tried.

use super::{answer, name};
use crate::access::Right;
use crate::http::{Site, visitors};
use crate::settings::Configured;
use crate::trial;
use app::still::settings::process::{self, LONGEST, Shown};
use app::still::settings::trial::{Answer, Trial};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conductor::process::Process;
use serde::Deserialize;

/// `GET /settings`.
pub(in crate::http) async fn all(State(site): State<Site>, headers: HeaderMap) -> Response {
    let visitor = name(&site, &headers);
    let page = app::still::settings::page(&site.assets, &site.configured.shown, visitor);
    answer(StatusCode::OK, page, &headers)
}

/// `GET /settings/processes/:process`, and the same with `.toml` for the document itself.
pub(in crate::http) async fn one(
    State(site): State<Site>,
    Path(asked): Path<String>,
    headers: HeaderMap,
) -> Response {
    let processes = &site.configured.shown.processes;
    let document = asked.strip_suffix(".toml").and_then(|it| processes.get(it));
    match (processes.get(&asked), document) {
        (Some(process), _) => page(&site, process, None, StatusCode::OK, &headers),
        (None, Some(process)) => download(process),
        (None, None) => unknown(&asked, &site),
    }
}

/// A form's only field.
#[derive(Deserialize)]
pub(in crate::http) struct Fields {
    #[serde(default)]
    rules: String,
}

/// `POST /settings/processes/:process/try`: nothing is written.
pub(in crate::http) async fn attempt(
    State(site): State<Site>,
    Path(asked): Path<String>,
    headers: HeaderMap,
    fields: Result<Form<Fields>, FormRejection>,
) -> Response {
    let Some(process) = site.configured.shown.processes.get(&asked) else {
        return unknown(&asked, &site);
    };
    let text = fields.as_ref().map_or(String::new(), |Form(fields)| fields.rules.clone());
    let (status, answer) = match tried(&site, process, &headers, fields) {
        Ok(found @ Answer::Found(_)) => (StatusCode::OK, found),
        Ok(wrong) => (StatusCode::UNPROCESSABLE_ENTITY, wrong),
        Err((status, words)) => (status, Answer::Refused(words)),
    };
    page(&site, process, Some(&Trial { text, answer }), status, &headers)
}

/// `GET` of the form's address, as after a reload: the page that it stands on.
pub(in crate::http) async fn back(Path(asked): Path<String>) -> Response {
    let path = app::still::settings::address(&asked);
    let to = HeaderValue::from_str(&path).unwrap_or(HeaderValue::from_static("/settings"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

fn tried(
    site: &Site,
    process: &Process,
    headers: &HeaderMap,
    fields: Result<Form<Fields>, FormRejection>,
) -> Result<Answer, (StatusCode, String)> {
    let who = visitors::visitor(site, headers).map_err(|it| {
        let words = if it.code == "not_signed_in" {
            "Sign in first: rules are tried by people who are known here. The text is kept below; copy it."
                .to_owned()
        } else {
            it.message
        };
        (it.status, words)
    })?;
    let least = Right::Try.least();
    if who.role < least {
        return Err((StatusCode::FORBIDDEN, format!("It takes the role {}.", least.title())));
    }
    let too_long = || {
        let words = format!("The text is too long: at most {} kB are tried.", LONGEST >> 10);
        (StatusCode::PAYLOAD_TOO_LARGE, words)
    };
    let Form(fields) = fields.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_long(),
        status => (status, format!("The form cannot be read: {}.", error.body_text())),
    })?;
    if fields.rules.len() > LONGEST {
        return Err(too_long());
    }
    if fields.rules.trim().is_empty() {
        let words = "The field is empty; write the process into it as TOML.".to_owned();
        return Err((StatusCode::UNPROCESSABLE_ENTITY, words));
    }
    Ok(trial::attempt(&fields.rules, &process.name, &site.configured, &site.now()))
}

fn page(
    site: &Site,
    process: &Process,
    trial: Option<&Trial>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Response {
    let Ok(toml) = Configured::toml(process) else { return unwritten() };
    let shown = Shown {
        settings: &site.configured.shown,
        process,
        toml: &toml,
        trains: trial::in_flight(&site.now(), &process.name).count(),
        trial,
        visitor: name(site, headers),
    };
    answer(status, process::page(&site.assets, &shown), headers)
}

fn download(process: &Process) -> Response {
    let Ok(toml) = Configured::toml(process) else { return unwritten() };
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let file: String = process.name.chars().filter(plain).collect();
    let as_file = HeaderValue::from_str(&format!("attachment; filename=\"{file}.toml\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("application/toml; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, as_file)], toml).into_response()
}

fn unwritten() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "the process cannot be written as TOML\n").into_response()
}

fn unknown(asked: &str, site: &Site) -> Response {
    let there: Vec<&str> = site.configured.shown.processes.keys().map(String::as_str).collect();
    let hint = crate::config::spot::closest(asked, &there);
    let words = format!("there is no such process; there are {}{hint}\n", there.join(", "));
    (StatusCode::NOT_FOUND, words).into_response()
}

#[cfg(test)]
mod tests;
