//! `/journal` and its exports: the one page that asks the database, since the board remembers only the newest moves.

mod asked;
mod csv;

use super::{Site, security, still};
use app::still::journal::{Found, page as show};
use asked::Read;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use conductor::journal::{Entry, Sought};
use futures::stream::{self, StreamExt};
use ports::StoreError;
use std::sync::Arc;

/// How many entries a page shows.
const PAGE: u32 = 100;
/// How many are in memory at once while all are sent.
const PIECE: u32 = 500;

type Pairs = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// `GET /journal`.
pub(super) async fn page(State(site): State<Site>, pairs: Pairs, headers: HeaderMap) -> Response {
    let Read { asked, sought } = asked::read(pairs);
    let (status, found) = if asked.wrong.is_empty() {
        // One more than is shown tells whether there are older ones.
        match site.engine.find_entries(&sought, PAGE + 1).await {
            Ok(mut entries) => {
                let has_older = entries.len() > PAGE as usize;
                entries.truncate(PAGE as usize);
                (StatusCode::OK, Found::Entries(entries, has_older))
            }
            Err(error) => (status(&error), Found::Away(error.to_string())),
        }
    } else {
        (StatusCode::BAD_REQUEST, Found::Wrong)
    };
    let board = &site.now().board;
    let page = show(&site.assets, board, &asked, &found, still::name(&site, &headers));
    still::answer(status, page, &headers)
}

/// `GET /journal.jsonl`: one entry a line, with its hashes, so that others can verify the chain.
pub(super) async fn json_lines(State(site): State<Site>, pairs: Pairs) -> Response {
    let kind = ["application/x-ndjson", "attachment; filename=\"journal.jsonl\""];
    export(&site, pairs, kind, String::new(), json_line).await
}

fn json_line(entry: &Entry) -> Result<String, std::io::Error> {
    Ok(serde_json::to_string(entry).map_err(std::io::Error::other)? + "\n")
}

/// `GET /journal.csv`: for spreadsheets.
pub(super) async fn csv(State(site): State<Site>, pairs: Pairs) -> Response {
    let kind = ["text/csv; charset=utf-8", "attachment; filename=\"journal.csv\""];
    export(&site, pairs, kind, csv::heading(), |entry| Ok(csv::line(entry))).await
}

/// All that is sought, newest first, read and sent piece by piece. If the database fails midway the answer breaks off,
/// so that nobody takes a part for the whole.
async fn export(
    site: &Site,
    pairs: Pairs,
    [kind, name]: [&'static str; 2],
    heading: String,
    line: impl Fn(&Entry) -> Result<String, std::io::Error> + Send + 'static,
) -> Response {
    let Read { asked, sought } = asked::read(pairs);
    if !asked.wrong.is_empty() {
        let words = asked
            .wrong
            .iter()
            .fold(String::new(), |text, (name, words)| text + name + ": " + words + "\n");
        return plain(StatusCode::BAD_REQUEST, words);
    }
    let engine = Arc::clone(&site.engine);
    let find = move |sought: Sought| {
        let engine = Arc::clone(&engine);
        async move { engine.find_entries(&sought, PIECE).await }
    };
    let mut response = match whole(find, sought, heading, line).await {
        Ok(body) => Response::new(body),
        Err(error) => return plain(status(&error), format!("{error}\n")),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    security::plain_headers(response).await
}

/// A body of all pieces. Fails if the first cannot be read; later failures break the body off.
async fn whole<A: Future<Output = Piece> + Send + 'static>(
    find: impl Fn(Sought) -> A + Send + 'static,
    sought: Sought,
    heading: String,
    line: impl Fn(&Entry) -> Result<String, std::io::Error> + Send + 'static,
) -> Result<Body, StoreError> {
    let first = find(sought.clone()).await?;
    let follows = last(&first);
    // The journal only grows at its other end, so the pieces together are what it was when the first was read.
    let rest = stream::try_unfold((find, sought, follows), async |(find, mut sought, follows)| {
        let Some(before) = follows else { return Ok(None) };
        sought.before = Some(before);
        let piece = find(sought.clone()).await?;
        let follows = last(&piece);
        Ok(Some((piece, (find, sought, follows))))
    });
    let pieces = stream::once(async { Ok(first) }).chain(rest).map(move |piece: Piece| {
        let piece = piece.map_err(|error| {
            tracing::warn!("an export of the journal breaks off: {error}");
            std::io::Error::other(error)
        })?;
        let mut text = String::new();
        for entry in &piece {
            text.push_str(&line(entry)?);
        }
        Ok::<_, std::io::Error>(Bytes::from(text))
    });
    Ok(Body::from_stream(stream::once(async { Ok(Bytes::from(heading)) }).chain(pieces)))
}

type Piece = Result<Vec<Entry>, StoreError>;

/// After which entry to go on, if this piece was full.
fn last(piece: &[Entry]) -> Option<i64> {
    piece.last().filter(|_| piece.len() >= PIECE as usize).map(|it| it.number)
}

fn status(error: &StoreError) -> StatusCode {
    match error {
        StoreError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn plain(status: StatusCode, words: String) -> Response {
    let mut response = (status, words).into_response();
    security::put_common(response.headers_mut());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
