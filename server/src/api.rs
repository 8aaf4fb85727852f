//! The JSON API for scripts and portals, and what a platform asks of a server.

pub(crate) mod v1;

use crate::http::Site;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt::Write as _;

pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .nest("/api/v1", v1::router())
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(site)
}

/// Alive: the process answers.
async fn healthz() -> &'static str {
    "alive\n"
}

/// Ready: the first round of reading is over and history is being written. Says why not.
async fn readyz(State(site): State<Site>) -> Response {
    let health = site.engine.health().await;
    match (health.ready, health.store_fault) {
        (true, None) => "ready\n".into_response(),
        (false, _) => {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the first round of reading is not over\n")
                .into_response()
        }
        (true, Some(fault)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: history is not being written: {fault}\n"),
        )
            .into_response(),
    }
}

/// Figures in Prometheus' text format.
async fn metrics(State(site): State<Site>) -> Response {
    let published = site.now();
    let health = site.engine.health().await;
    let mut text = String::new();
    let mut figure = |name: &str, kind: &str, help: &str, rows: &[(String, u64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in rows {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let plain = |value: u64| [(String::new(), value)];
    figure(
        "signalbox_board_revision",
        "counter",
        "Revision of the board.",
        &plain(published.board.revision),
    );
    figure(
        "signalbox_board_tracks",
        "gauge",
        "Tracks that are decided.",
        &plain(published.tracks.len() as u64),
    );
    let at = u64::try_from(published.board.at.millis() / 1_000).unwrap_or(0);
    figure(
        "signalbox_board_at_seconds",
        "gauge",
        "Moment of the board, in seconds since 1970.",
        &plain(at),
    );
    figure(
        "signalbox_store_writable",
        "gauge",
        "1 while history is being written.",
        &plain(u64::from(health.store_fault.is_none())),
    );
    figure(
        "signalbox_conductor_on_duty",
        "gauge",
        "1 while the conductor acts.",
        &plain(u64::from(published.board.conductor.on_duty)),
    );
    let meters: Vec<_> = site
        .engine
        .sources()
        .iter()
        .map(|source| (format!("{{source=\"{}\"}}", source.id()), source.meter()))
        .collect();
    let of = |pick: fn(&ports::Meter) -> u64| {
        meters.iter().map(|(labels, meter)| (labels.clone(), pick(meter))).collect::<Vec<_>>()
    };
    figure(
        "signalbox_source_calls_total",
        "counter",
        "Requests sent to a source.",
        &of(|it| it.calls),
    );
    figure(
        "signalbox_source_bytes_total",
        "counter",
        "Bytes of answers received.",
        &of(|it| it.bytes),
    );
    figure(
        "signalbox_source_errors_total",
        "counter",
        "Requests that failed for good.",
        &of(|it| it.errors),
    );
    figure(
        "signalbox_source_unchanged_total",
        "counter",
        "Requests answered with not modified.",
        &of(|it| it.unchanged),
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
