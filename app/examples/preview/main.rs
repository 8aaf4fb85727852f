//! Shows the pages over a made-up board, without a server, sources or events: for whoever works on how they look.
//!
//! `cargo xtask web --dev` makes what the browser loads; then `cargo run -p app --features ssr --example preview`
//! serves <http://127.0.0.1:3010>. `PREVIEW=empty`, `many` or `hostile` shows another board.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "an example, and no part of the product"
)]

mod fixtures;

use std::path::Path;
use std::sync::Arc;

use app::backend::Boards;
use app::shell::{Assets, document};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use conductor::board::Board;
use leptos::prelude::provide_context;

const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site");

#[tokio::main]
async fn main() {
    let fixed = match std::env::var("PREVIEW").as_deref() {
        Ok("empty") => fixtures::Fixed {
            board: Arc::new(Board { revision: 1, at: fixtures::now(), ..Board::default() }),
            ..fixtures::fixed()
        },
        Ok("many") => many(fixtures::fixed()),
        Ok("hostile") => hostile(fixtures::fixed()),
        _ => fixtures::fixed(),
    };
    let boards: Arc<dyn Boards> = Arc::new(fixed);
    let assets = Arc::new(assets());
    let page = {
        let boards = Arc::clone(&boards);
        move |request: Request| page(request, Arc::clone(&boards), Arc::clone(&assets))
    };
    let call = move |request: Request| {
        let boards = Arc::clone(&boards);
        leptos_axum::handle_server_fns_with_context(
            move || provide_context(Arc::clone(&boards)),
            request,
        )
    };
    let router = Router::new().route("/fn/{*call}", get(call)).fallback(page);
    let port = std::env::var("PORT").unwrap_or_else(|_| "3010".to_owned());
    let listener =
        tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("the port is free");
    println!("http://127.0.0.1:{port}");
    axum::serve(listener, router).await.expect("serving");
}

/// What `cargo xtask web` made; pages are shown without script and style before it ran.
fn assets() -> Assets {
    let manifest = std::fs::read_to_string(format!("{SITE}/manifest.json"))
        .unwrap_or_else(|_| "{}".to_owned());
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("a manifest");
    let name = |part: &str| manifest[part].as_str().unwrap_or_default().to_owned();
    Assets { js: name("js"), wasm: name("wasm"), css: name("css"), still_css: name("still_css") }
}

async fn page(request: Request, boards: Arc<dyn Boards>, assets: Arc<Assets>) -> Response {
    let path = request.uri().path().to_owned();
    // `..` cannot get here: what is served has to be a file that the site has by this very name.
    if path.len() > 1
        && !path.contains("..")
        && let Ok(bytes) = std::fs::read(Path::new(SITE).join(path.trim_start_matches('/')))
    {
        let kind = match path.rsplit('.').next() {
            Some("js") => "text/javascript",
            Some("wasm") => "application/wasm",
            Some("css") => "text/css",
            Some("svg") => "image/svg+xml",
            _ => "text/plain",
        };
        return ([(header::CONTENT_TYPE, kind)], Body::from(bytes)).into_response();
    }
    if path.starts_with("/api/") {
        return StatusCode::NO_CONTENT.into_response();
    }
    let address = request.uri().to_string();
    match document(&address, boards, assets).await {
        Ok(page) => {
            let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::OK);
            (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.html)
                .into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Sixty trains.
fn many(fixed: fixtures::Fixed) -> fixtures::Fixed {
    let mut board = Board::clone(&fixed.board);
    let apps = board.apps.clone();
    for n in 0..9 {
        for mut app in apps.clone() {
            app.id = conductor::AppId::new(format!("{}-{n}", app.id));
            for track in app.lines.iter_mut().flat_map(|line| &mut line.current) {
                track.id.app = app.id.clone();
                track.key = track.id.to_string();
            }
            board.apps.push(app);
        }
    }
    fixtures::Fixed { board: Arc::new(board), ..fixed }
}

/// Names that want to be markup, to turn the writing around, or to fill the page.
fn hostile(fixed: fixtures::Fixed) -> fixtures::Fixed {
    let mut board = Board::clone(&fixed.board);
    let bad =
        format!("</script><img src=x onerror=alert(1)> \u{202e}txt {}", "Wide ".repeat(2_000));
    for app in &mut board.apps {
        "Donaudampfschifffahrtsgesellschaftskapitänsmützen-Verwaltung für unterwegs und daheim"
            .clone_into(&mut app.name);
        for track in app.lines.iter_mut().flat_map(|line| &mut line.current) {
            track.headline.text.clone_from(&bad);
            track.headline.who.name.clone_from(&bad);
            track.lamps.release.text.clone_from(&bad);
        }
    }
    for call in &mut board.calls {
        call.text.clone_from(&bad);
        call.title.clone_from(&bad);
    }
    for stray in &mut board.strays {
        stray.bug.title.clone_from(&bad);
    }
    fixtures::Fixed { board: Arc::new(board), ..fixed }
}
