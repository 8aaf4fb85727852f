//! The vendors' side of the wire: one façade for each connector, under a prefix of its own on one loopback address.
//!
//! | prefix | speaks | credentials |
//! |---|---|---|
//! | `/github` | GitHub REST | `Authorization: Bearer demo-github` |
//! | `/jira` | Jira Cloud REST 3 | basic, any email, token `demo-jira` |
//! | `/play` | Android Publisher v3, and `/play/token` | a service account's JWT, then the access token |
//! | `/apple` | App Store Connect v1 | ES256 JWT with our key id and issuer |
//! | `/sentry` | Sentry 0 | `Authorization: Bearer demo-sentry` |
//!
//! A façade is a function from the world and a request to an answer, without I/O; this file alone knows HTTP. Before each
//! request the world is advanced to the clock. Links in answers lead to plain pages under `…/web/`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::faults::{Fault, Faults};
use crate::spec::Spec;
use crate::world::World;

mod app_store;
mod github;
mod google_play;
mod jira;
mod sentry;

/// A vendor with a façade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vendor {
    /// Branches, commits, checks, releases.
    Github,
    /// Bugs and versions.
    Jira,
    /// Android's store.
    GooglePlay,
    /// The App Store.
    AppStore,
    /// Release health.
    Sentry,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Github, Self::Jira, Self::GooglePlay, Self::AppStore, Self::Sentry];

    /// The first part of all its paths.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Jira => "jira",
            Self::GooglePlay => "play",
            Self::AppStore => "apple",
            Self::Sentry => "sentry",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Jira => "Jira",
            Self::GooglePlay => "Google Play",
            Self::AppStore => "App Store Connect",
            Self::Sentry => "Sentry",
        }
    }

    /// A refusal in the vendor's shape.
    pub(crate) fn refusal(self, status: u16, text: &str) -> Answer {
        match self {
            Self::Github => github::refusal(status, text),
            Self::Jira => jira::refusal(status, text),
            Self::GooglePlay => google_play::refusal(status, text, "backendError"),
            Self::AppStore => app_store::refusal(status, "UNEXPECTED_ERROR", text),
            Self::Sentry => sentry::refusal(status, text),
        }
    }

    fn answer(self, world: &mut World, ask: &Ask) -> Answer {
        match self {
            Self::Github => github::answer(world, ask),
            Self::Jira => jira::answer(world, ask),
            Self::GooglePlay => google_play::answer(world, ask),
            Self::AppStore => app_store::answer(world, ask),
            Self::Sentry => sentry::answer(world, ask),
        }
    }
}

/// What came over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// GET, POST …
    pub(crate) method: String,
    /// Decoded parts of the path, behind the vendor's prefix.
    pub(crate) path: Vec<String>,
    /// Decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// As it came.
    pub(crate) body: Vec<u8>,
    /// `http://127.0.0.1:4000/github`.
    pub(crate) base: String,
    /// Path and query as they came, for links to the next page.
    pub(crate) url: String,
    /// The machine's own clock in milliseconds: tokens are signed by it.
    pub(crate) wall_ms: i64,
    /// How many calls this vendor has had.
    pub(crate) calls: u64,
}

impl Ask {
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        (&self.method, self.path.iter().map(String::as_str).collect())
    }

    /// The first value of a parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter, also of one that holds several behind commas; empty where it is not there.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        self.query
            .iter()
            .filter(|(key, _)| key == name)
            .flat_map(|(_, value)| value.split(','))
            .collect()
    }

    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.param(name)?.parse().ok()
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        let header = self.headers.get("authorization")?;
        header
            .strip_prefix("Bearer ")
            .or_else(|| header.strip_prefix("bearer "))
            .or_else(|| header.strip_prefix("token "))
    }

    /// The address of this request with one parameter set.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let host = self.base.split('/').take(3).collect::<Vec<_>>().join("/");
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let mut parts: Vec<String> = query
            .split('&')
            .filter(|part| {
                !part.is_empty() && part.split('=').next().map(decoded).as_deref() != Some(name)
            })
            .map(str::to_owned)
            .collect();
        parts.push(format!("{name}={}", encoded(value)));
        format!("{host}{path}?{}", parts.join("&"))
    }
}

/// What goes back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Json(Value),
    /// JSON that ends too early.
    Cut(String),
    Html(String),
    Empty,
}

impl Answer {
    pub(crate) fn json(body: Value) -> Self {
        Self::status(200, body)
    }

    pub(crate) fn status(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    pub(crate) fn html(status: u16, text: &str) -> Self {
        Self { status, headers: Vec::new(), body: Body::Html(text.to_owned()) }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// RFC 3339 in UTC, to the second: `2026-03-09T08:00:00Z`.
pub(crate) fn rfc3339(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map_or_else(String::new, |moment| moment.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// `2026-03-09`, in UTC.
pub(crate) fn date(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map_or_else(String::new, |moment| moment.format("%Y-%m-%d").to_string())
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                if let (Some(high), Some(low)) = (digit(ahead.next()), digit(ahead.next())) {
                    bytes.push((high * 16 + low) as u8);
                    rest = ahead;
                } else {
                    bytes.push(b'%');
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn path_decoded(text: &str) -> String {
    decoded(&text.replace('+', "%2B"))
}

/// `a=1&b=2`, decoded.
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// A clock: simulated milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

#[derive(Clone)]
struct Shared {
    world: Arc<Mutex<World>>,
    clock: Clock,
    faults: Faults,
    calls: Arc<Mutex<BTreeMap<Vendor, u64>>>,
}

/// Starts worlds behind façades.
pub struct Simulator;

impl Simulator {
    /// Listens at `listen` (`127.0.0.1:0` for a free port) and answers for the vendors until the returned value is
    /// dropped or stopped. Fails if the address is taken.
    pub async fn start(spec: Spec, clock: Clock, listen: &str) -> std::io::Result<Running> {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let shared = Shared {
            world: Arc::new(Mutex::new(World::new(spec))),
            clock,
            faults: Faults::default(),
            calls: Arc::default(),
        };
        let router = axum::Router::new().fallback(transport).with_state(shared.clone());
        let task = tokio::spawn(async move {
            // `serve` itself never ends; a listener that fails is retried inside it.
            if axum::serve(listener, router).await.is_err() {}
        });
        Ok(Running { addr, shared, task })
    }
}

/// A simulator that answers.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    shared: Shared,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// `http://127.0.0.1:4000/github`: what a connector takes for the vendor's address.
    pub fn base(&self, vendor: Vendor) -> String {
        format!("http://{}/{}", self.addr, vendor.prefix())
    }

    /// The world; lock it briefly.
    pub fn world(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.shared.world)
    }

    /// Reads the world as it is at the clock's moment.
    pub fn look<T>(&self, at: impl FnOnce(&World) -> T) -> T {
        let mut world = self.shared.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance_to((self.shared.clock)());
        at(&world)
    }

    /// Faults to lay over vendors.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// How many requests each vendor has had; none for those without any.
    pub fn calls(&self) -> BTreeMap<Vendor, u64> {
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops listening. Requests under way are cut.
    pub fn stop(self) {
        self.task.abort();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn transport(
    axum::extract::State(shared): axum::extract::State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parts: Vec<&str> = uri.path().split('/').filter(|part| !part.is_empty()).collect();
    let Some((first, behind)) = parts.split_first() else { return respond(front_page()) };
    // Google's own clients keep no path of the address that they are given.
    let (vendor, rest) = match Vendor::ALL.into_iter().find(|vendor| vendor.prefix() == *first) {
        Some(vendor) => (vendor, behind),
        None if *first == "androidpublisher" => (Vendor::GooglePlay, parts.as_slice()),
        None => {
            return respond(Answer::html(
                404,
                "<!doctype html><title>Not found</title><p>No such vendor.",
            ));
        }
    };
    let headers: BTreeMap<String, String> = headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let host = headers.get("host").cloned().unwrap_or_default();
    let calls = {
        let mut calls = shared.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let count = calls.entry(vendor).or_default();
        *count += 1;
        *count
    };
    let ask = Ask {
        method: method.as_str().to_owned(),
        path: rest.iter().map(|part| path_decoded(part)).collect(),
        query: form(uri.query().unwrap_or_default()),
        headers,
        body: body.to_vec(),
        base: format!("http://{host}/{}", vendor.prefix()),
        url: uri.path_and_query().map_or_else(String::new, ToString::to_string),
        wall_ms: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as i64),
        calls,
    };
    let now = (shared.clock)();
    let fault = shared.faults.take(vendor, &ask.url, now);
    match &fault {
        Some(Fault::Hang) => std::future::pending::<()>().await,
        Some(Fault::Slow(ms)) => tokio::time::sleep(Duration::from_millis(*ms)).await,
        _ => {}
    }
    if let Some(answer) = fault.as_ref().and_then(|fault| fault.instead(vendor)) {
        return respond(answer);
    }
    let answer = {
        let mut world = shared.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance_to((shared.clock)());
        page(vendor, &ask).unwrap_or_else(|| vendor.answer(&mut world, &ask))
    };
    let url = format!("http://{host}{}", ask.url);
    respond(match fault {
        Some(fault) if answer.status == 200 => fault.spoil(answer, &url),
        _ => answer,
    })
}

/// What a person sees who follows a link of the demonstration.
fn page(vendor: Vendor, ask: &Ask) -> Option<Answer> {
    let first = ask.path.first().map(String::as_str);
    let is_page = first == Some("web") || (vendor == Vendor::Jira && first == Some("browse"));
    let what = ask.path.get(1..).unwrap_or_default().join("/");
    let what = what.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    is_page.then(|| {
        let title = vendor.title();
        Answer::html(
            200,
            &format!(
                "<!doctype html><html lang=en><meta charset=utf-8><title>{what}</title><h1>{what}</h1>\
                 <p>In life this opens {title}. The demonstration only stands for it."
            ),
        )
    })
}

fn front_page() -> Answer {
    let rows = Vendor::ALL
        .map(|vendor| {
            format!("<li><code>/{}</code> stands for {}", vendor.prefix(), vendor.title())
        })
        .concat();
    Answer::html(
        200,
        &format!(
            "<!doctype html><html lang=en><title>Simulator</title><h1>Simulated vendors</h1><ul>{rows}</ul>"
        ),
    )
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (kind, text) = match answer.body {
        Body::Json(value) => (Some("application/json; charset=utf-8"), value.to_string()),
        Body::Cut(text) => (Some("application/json; charset=utf-8"), text),
        Body::Html(text) => (Some("text/html; charset=utf-8"), text),
        Body::Empty => (None, String::new()),
    };
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.remove("content-type");
    if let Some(kind) = kind {
        headers.insert("content-type", HeaderValue::from_static(kind));
    }
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    response
}

/// Sets a field of an object; anything else stays as it is.
pub(crate) fn put(to: &mut Value, field: &str, value: Value) {
    if let Value::Object(fields) = to {
        fields.insert(field.to_owned(), value);
    }
}

/// An object without the fields that are null: several vendors leave them out.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}

/// `{"id": …, "type": …}`, as JSON:API refers to things.
pub(crate) fn reference(kind: &str, id: &str) -> Value {
    json!({"type": kind, "id": id})
}

#[cfg(test)]
mod tests;
