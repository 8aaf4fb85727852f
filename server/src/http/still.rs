//! Still pages: made for each request by `app::still` from what is published, what is remembered, and who asks.

use super::{Site, assets, forms, pages, security, visitors};
use axum::body::Body;
use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use conductor::find::{Answer, Shelf, Train, find};
use conductor::insights::LineInsights;
use engine::Published;
use ports::StoreError;
use serde::Deserialize;

pub(super) mod settings;

/// `GET /sources`.
pub(super) async fn sources(State(site): State<Site>, headers: HeaderMap) -> Response {
    let page = app::still::sources::page(&site.assets, &site.now().board, name(&site, &headers));
    answer(StatusCode::OK, page, &headers)
}

/// `GET /find?q=`. What names one train and nothing else leads there.
pub(super) async fn find_page(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let question = field(query.as_deref().unwrap_or_default(), "q");
    let answer = look(&site.now(), &question);
    if let Some(track) = answer.only_track() {
        let mut there = forms::see_other(&track.path());
        security::put_common(there.headers_mut());
        return there;
    }
    let page = app::still::find::page(&site.assets, &answer, name(&site, &headers));
    self::answer(StatusCode::OK, page, &headers)
}

/// Looks for it in what is published.
fn look(published: &Published, question: &str) -> Answer {
    let trains = published.tracks.iter().map(|(id, it)| Train {
        id,
        title: &it.view.title,
        headline: &it.view.headline.text,
        waits_on: &it.view.headline.who.people,
        signal: it.view.signal,
        app: &it.inputs.app,
        facts: &it.inputs.facts,
        people: &it.inputs.people,
    });
    let shelf = Shelf {
        apps: published.board.apps.iter().map(|it| (&it.id, it.name.as_str())).collect(),
        trains: trains.collect(),
        strays: &published.board.strays,
    };
    find(question, &shelf)
}

/// A field of a query, as forms write it; empty if it is not there. What is no text in UTF-8 is shown by its place.
pub(super) fn field(query: &str, name: &str) -> String {
    let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
    pairs.find(|(key, _)| *key == name).map_or_else(String::new, |(_, value)| decoded(value))
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let code = || {
            let mut ahead = rest.clone();
            let (high, low) = (ahead.next()?, ahead.next()?);
            let digit = |it: u8| char::from(it).to_digit(16);
            u8::try_from(digit(high)? * 16 + digit(low)?).ok().map(|it| (it, ahead))
        };
        bytes.push(match (byte, code()) {
            (b'+', _) => b' ',
            (b'%', Some((byte, ahead))) => {
                rest = ahead;
                byte
            }
            _ => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whose insights are asked for.
#[derive(Deserialize)]
pub(super) struct OfApp {
    app: Option<String>,
}

/// `GET /insights`.
pub(super) async fn insights(
    State(site): State<Site>,
    Query(of): Query<OfApp>,
    headers: HeaderMap,
) -> Response {
    match looked_back(&site).await {
        Ok(lines) => {
            let visitor = name(&site, &headers);
            let page = app::still::insights::page(&site.assets, &lines, of.app.as_deref(), visitor);
            answer(StatusCode::OK, page, &headers)
        }
        Err(error) => unavailable(&error),
    }
}

/// `GET /insights.csv`.
pub(super) async fn insights_csv(State(site): State<Site>, Query(of): Query<OfApp>) -> Response {
    match looked_back(&site).await {
        Ok(lines) => {
            let text = app::still::insights::csv(&lines, of.app.as_deref());
            plain(StatusCode::OK, "text/csv; charset=utf-8", text)
        }
        Err(error) => unavailable(&error),
    }
}

async fn looked_back(site: &Site) -> Result<Vec<LineInsights>, StoreError> {
    Ok(conductor::insights::insights(&site.archive.past_releases().await?))
}

/// What stands in the database's way is told in the log, not to whoever asks.
fn unavailable(error: &StoreError) -> Response {
    tracing::warn!("past releases cannot be read: {error}");
    let words = "Past releases cannot be read now; the log tells why. Try again later.\n";
    plain(StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", words.to_owned())
}

fn plain(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let out = response.headers_mut();
    security::put_common(out);
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// The name of who asks, where they are known.
pub(super) fn name(site: &Site, headers: &HeaderMap) -> Option<String> {
    visitors::visitor(site, headers).ok().map(|it| it.person.name)
}

/// A page as a response, packed where the browser takes that. It is of one visitor and one moment, so nobody keeps it.
pub(super) fn answer(status: StatusCode, page: String, asked: &HeaderMap) -> Response {
    let policy = security::page_policy(&pages::script_hashes(page.as_bytes()));
    let takes_brotli = assets::accepts_brotli(asked);
    let body = if takes_brotli { pages::packed(page.as_bytes()).into() } else { Body::from(page) };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let out = response.headers_mut();
    security::put_common(out);
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding, cookie"));
    if takes_brotli {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    if let Some(policy) = policy {
        out.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests;
