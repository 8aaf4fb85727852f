//! Server-sent events: each revision's patch, made into bytes once and sent to everybody who looks. A viewer who
//! comes back says which revision it has; it gets what it missed, or is told to fetch the board anew.

use super::{Site, security};
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use conductor::board::Patch;
use engine::Published;
use futures::stream::{self, StreamExt};
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// The last patches, and a channel to all streams.
pub(super) struct Events {
    last: Mutex<VecDeque<Sent>>,
    live: broadcast::Sender<Sent>,
}

#[derive(Clone)]
struct Sent {
    from: u64,
    revision: u64,
    bytes: Bytes,
}

/// Patches kept for those who come back: five hours of ticks, or some minutes of a fast demonstration.
const KEPT: usize = 64;
/// A viewer who is further behind than this fetches the board anew.
const BEHIND: usize = 32;
/// A comment now and then keeps proxies from closing the stream, and finds out who is gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

impl Events {
    /// Follows what is published.
    pub(super) fn follow(mut published: watch::Receiver<Arc<Published>>) -> Arc<Self> {
        let (live, _) = broadcast::channel(BEHIND);
        let events = Arc::new(Self { last: Mutex::default(), live });
        let ours = Arc::clone(&events);
        tokio::spawn(async move {
            while published.changed().await.is_ok() {
                let patch = published.borrow_and_update().patch.clone();
                let Some(patch) = patch else { continue };
                ours.send(&patch);
            }
        });
        events
    }

    fn send(&self, patch: &Patch) {
        // A patch holds nothing that JSON cannot.
        let Ok(json) = serde_json::to_string(patch) else { return };
        let text = format!("event: patch\nid: {}\ndata: {json}\n\n", patch.revision);
        let sent = Sent { from: patch.from, revision: patch.revision, bytes: Bytes::from(text) };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.push_back(sent.clone());
        if last.len() > KEPT {
            last.pop_front();
        }
        // Nobody looks: that is no fault.
        let _ = self.live.send(sent);
    }

    /// What a viewer at a revision missed; `None` if that is no longer known.
    fn missed(&self, revision: u64, now: u64) -> Option<Vec<Sent>> {
        if revision == now {
            return Some(Vec::new());
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let first = last.iter().position(|sent| sent.from == revision)?;
        let missed: Vec<Sent> = last.iter().skip(first).cloned().collect();
        missed
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.revision == b.from))
            .then_some(missed)
    }
}

/// Where a viewer is.
#[derive(Deserialize)]
pub(super) struct From {
    from: Option<u64>,
}

fn reset(revision: u64) -> Bytes {
    Bytes::from(format!("event: reset\nid: {revision}\ndata: {{\"revision\":{revision}}}\n\n"))
}

/// `GET /api/v1/events`: `patch` events with the change to the next revision, `reset` when the board must be fetched.
pub(super) async fn stream(
    State(site): State<Site>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    let told = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    // What the browser says on reconnecting is newer than what stood in the address.
    let at = told.or(from.from);
    // Subscribed before it is asked what was missed: nothing falls between.
    let live = site.events.live.subscribe();
    let now = site.now().board.revision;
    let missed = at.map(|at| site.events.missed(at, now));
    let jitter =
        u64::from(std::process::id()).wrapping_add(now).wrapping_mul(2_654_435_761) % 2_000;
    let mut hello = format!("retry: {}\n: signalbox\n\n", 1_000 + jitter).into_bytes();
    let mut reached = now;
    match missed {
        Some(Some(missed)) => {
            for sent in missed {
                hello.extend_from_slice(&sent.bytes);
                reached = sent.revision;
            }
        }
        Some(None) => hello.extend_from_slice(&reset(now)),
        // A script that just listens gets what comes.
        None => {}
    }
    let following =
        stream::unfold((live, reached, site), |(mut live, mut reached, site)| async move {
            loop {
                let bytes = match tokio::time::timeout(HEARTBEAT, live.recv()).await {
                    Err(_) => Bytes::from_static(b": still here\n\n"),
                    Ok(Ok(sent)) if sent.revision <= reached => continue,
                    Ok(Ok(sent)) if sent.from == reached => {
                        reached = sent.revision;
                        sent.bytes
                    }
                    Ok(Ok(_) | Err(broadcast::error::RecvError::Lagged(_))) => {
                        reached = site.now().board.revision;
                        reset(reached)
                    }
                    Ok(Err(broadcast::error::RecvError::Closed)) => return None,
                };
                return Some((Ok::<_, std::convert::Infallible>(bytes), (live, reached, site)));
            }
        });
    let body = stream::once(async move { Ok(Bytes::from(hello)) }).chain(following);
    let mut response = Response::new(Body::from_stream(body));
    let out = response.headers_mut();
    security::put_common(out);
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    out.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests;
