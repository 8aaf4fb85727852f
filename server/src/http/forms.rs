//! What people press: forms of the pages, which work before and without any script. Each comes back to the page that it
//! stood on, or says in words why nothing was done. The pages with forms of their own (sign in, a refusal) are made here,
//! since no two visitors share them.

use super::{Site, pages, security, visitors};
use crate::access::{Role, Visitor};
use crate::deeds::{self, Refusal};
use crate::wire::WallClock;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conductor::{Person, TrackId};
use ports::Clock;
use serde::Deserialize;
use std::collections::HashMap;

mod page;
mod reading;

/// The fields of a form.
pub(super) type Fields = HashMap<String, String>;

/// `POST /apps/:app/:platform/:version/:deed`.
pub(super) async fn act(
    State(site): State<Site>,
    Path((app, platform, version, word)): Path<(String, String, String, String)>,
    headers: HeaderMap,
    fields: Result<Form<Fields>, FormRejection>,
) -> Response {
    let Some(track) = TrackId::parse(&format!("{app}/{platform}/{version}")) else {
        let refusal = Refusal::new(StatusCode::NOT_FOUND, "no_track", "there is no such train");
        return page::refusal(&site, &refusal, "/");
    };
    let path = track.path();
    let done = async {
        let Form(fields) = fields.map_err(|error| {
            Refusal::new(error.status(), "body", format!("the form: {}", error.body_text()))
        })?;
        let who = visitors::visitor(&site, &headers)?;
        let deed = reading::deed(&word, &fields)?;
        let place = reading::place(&deed);
        deeds::perform(&site, &track, deed, &who).await.map(|_| place)
    };
    match done.await {
        Ok(place) => see_other(&format!("{path}{place}")),
        Err(refusal) if refusal.code == "not_signed_in" => {
            see_other(&format!("/sign-in?next={path}"))
        }
        Err(refusal) => page::refusal(&site, &refusal, &path),
    }
}

/// `GET` of a form's address, as after a reload: the page that it stands on.
pub(super) async fn back(
    Path((app, platform, version, _)): Path<(String, String, String, String)>,
) -> Response {
    match TrackId::parse(&format!("{app}/{platform}/{version}")) {
        Some(track) => see_other(&track.path()),
        None => see_other("/"),
    }
}

#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

/// `GET /sign-in?next=/apps/…`.
pub(super) async fn sign_in_page(
    State(site): State<Site>,
    Query(Next { next }): Query<Next>,
    headers: HeaderMap,
) -> Response {
    let who = visitors::visitor(&site, &headers).ok();
    // The bar of every page leads here with the same address; the browser says which page it was.
    let next = if next.is_empty() { came_from(&headers) } else { &next };
    page::sign_in(&site, who.as_ref(), safe_next(next), None)
}

/// The path of the page of ours that the visitor comes from.
fn came_from(headers: &HeaderMap) -> &str {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let (Some(page), Some(host)) = (text(header::REFERER), text(header::HOST)) else { return "/" };
    let path = page.split_once("://").and_then(|(_, rest)| rest.strip_prefix(host));
    path.filter(|it| !it.starts_with("/sign-in")).unwrap_or("/")
}

/// `POST /sign-in` with a token; in the demo with a role.
pub(super) async fn sign_in(
    State(site): State<Site>,
    fields: Result<Form<Fields>, FormRejection>,
) -> Response {
    let Ok(Form(fields)) = fields else {
        return (StatusCode::UNPROCESSABLE_ENTITY, "the form cannot be read\n").into_response();
    };
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let next = safe_next(field("next")).to_owned();
    let now = WallClock.now();
    let known = match Role::parse(field("role")).filter(|_| site.may_speak_for_others) {
        Some(role) => Ok(Visitor { person: Person::new(demo_name(role)), role }),
        None => site.visitors.sign_in(site.admin.as_deref(), field("token"), now),
    };
    match known.and_then(|visitor| site.visitors.begin(visitor, now)) {
        Ok(cookies) => with_cookies(see_other(&next), cookies),
        Err(refusal) => page::sign_in(&site, None, &next, Some(&refusal)),
    }
}

/// `POST /sign-out`.
pub(super) async fn sign_out(State(site): State<Site>, headers: HeaderMap) -> Response {
    with_cookies(see_other("/"), site.visitors.end(&headers))
}

/// What the journal calls somebody who plays a role in the demo.
fn demo_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "A viewer",
        Role::Engineer => "An engineer",
        Role::ReleaseManager => "A release manager",
        Role::Admin => "An admin",
    }
}

fn with_cookies(mut response: Response, cookies: [HeaderValue; 2]) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Go on at a path of ours.
pub(super) fn see_other(path: &str) -> Response {
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// Where to go on: a path of ours, or the board. Nothing that a browser could take for another host.
fn safe_next(next: &str) -> &str {
    let starts = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\");
    let plain = next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if starts && plain && next.len() <= 500 { next } else { "/" }
}

/// An answer of this module: nobody keeps it.
fn answer(status: StatusCode, html: String) -> Response {
    let hashes = pages::script_hashes(html.as_bytes());
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    security::put_common(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(policy) = security::page_policy(&hashes) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests;
