//! HTTP: pages as bytes made once a revision, server functions, events, the API, assets. Nothing here reaches a
//! source to answer a read, nor the database, but for the journal and what looks back (`/insights`).

mod assets;
mod events;
mod forms;
mod journal;
mod pages;
mod render;
mod security;
mod status;
mod still;
pub(crate) mod visitors;

use crate::api;
use crate::config::Config;
use crate::settings::Configured;
use app::backend::Boards;
use app::still::settings::process::LONGEST;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use conductor::board::{Board, TrackPage};
use conductor::{Person, TrackId};
use connectors::{Inbox, Secret};
use engine::{Engine, Published};
use ports::{Archive, Clock};
use std::sync::Arc;
use tokio::sync::watch;

/// What requests are answered from.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Past releases, for looking back.
    archive: Arc<dyn Archive>,
    pub(crate) published: watch::Receiver<Arc<Published>>,
    pub(crate) admin: Option<Arc<(Person, Secret)>>,
    /// Whether the holder of the token may speak for others: in the demo, whose people are made up.
    pub(crate) may_speak_for_others: bool,
    /// Where readings may be pushed.
    pub(crate) inboxes: Arc<[Arc<Inbox>]>,
    /// What is configured, as far as it may be seen.
    configured: Arc<Configured>,
    visitors: Arc<visitors::Visitors>,
    /// What pages load.
    assets: Arc<app::shell::Assets>,
    pages: Arc<pages::Pages>,
    events: Arc<events::Events>,
}

impl Site {
    /// Fails if the page was not built into the program.
    pub(crate) fn new(
        engine: Arc<Engine>,
        config: &Config,
        clock: Arc<dyn Clock>,
        archive: Arc<dyn Archive>,
    ) -> Result<Self, crate::Failure> {
        Ok(Self::with(assets::Assets::load()?.document(), engine, config, clock, archive))
    }

    /// The same, with what pages load.
    fn with(
        assets: app::shell::Assets,
        engine: Arc<Engine>,
        config: &Config,
        clock: Arc<dyn Clock>,
        archive: Arc<dyn Archive>,
    ) -> Self {
        let published = engine.published();
        let boards: Arc<dyn Boards> = Arc::new(PublishedBoards(published.clone()));
        let render = render::router(&assets, &boards);
        let events = events::Events::follow(published.clone());
        Self {
            engine,
            clock,
            archive,
            admin: config.server.admin.clone().map(Arc::new),
            may_speak_for_others: false,
            inboxes: Arc::default(),
            configured: Arc::new(Configured::of(config)),
            visitors: Arc::default(),
            assets: Arc::new(assets),
            pages: Arc::new(pages::Pages::new(render, published.clone())),
            published,
            events,
        }
    }

    /// What is published now.
    pub(crate) fn now(&self) -> Arc<Published> {
        self.published.borrow().clone()
    }
}

/// The board for the pages, read from what is published.
struct PublishedBoards(watch::Receiver<Arc<Published>>);

impl Boards for PublishedBoards {
    fn board(&self) -> Arc<Board> {
        Arc::clone(&self.0.borrow().board)
    }
    fn track(&self, id: &TrackId) -> Option<Arc<TrackPage>> {
        self.0.borrow().track_page(id).map(Arc::new)
    }
}

/// All routes.
pub(crate) fn router(site: Site) -> Router {
    // Events stand outside the layers: a stream costs little only if nothing is wrapped around it.
    let events =
        Router::new().route("/api/v1/events", get(events::stream)).with_state(site.clone());
    let pages = Router::new()
        .route("/", get(pages::page))
        .route("/apps/{app}", get(pages::page))
        .route("/apps/{app}/{platform}/{version}", get(pages::page))
        .route("/sources", get(still::sources))
        .route("/find", get(still::find_page))
        .route("/status.txt", get(status::text))
        .route("/journal", get(journal::page))
        .route("/journal.jsonl", get(journal::json_lines))
        .route("/journal.csv", get(journal::csv))
        .route("/insights", get(still::insights))
        .route("/insights.csv", get(still::insights_csv))
        .route("/fn/{*call}", get(pages::call))
        .route("/pkg/{*file}", get(assets::file))
        .route("/favicon.svg", get(assets::file))
        .route("/robots.txt", get(assets::file))
        .fallback(pages::page)
        .with_state(site.clone());
    let forms = Router::new()
        .route("/sign-in", get(forms::sign_in_page).post(forms::sign_in))
        .route("/sign-out", post(forms::sign_out))
        .route("/apps/{app}/{platform}/{version}/{deed}", post(forms::act).get(forms::back))
        .layer(DefaultBodyLimit::max(64 << 10))
        .with_state(site.clone());
    let settings = Router::new()
        .route("/settings", get(still::settings::all))
        .route("/settings/processes/{process}", get(still::settings::one))
        .route(
            "/settings/processes/{process}/try",
            post(still::settings::attempt).get(still::settings::back),
        )
        // A form's text may come out three times as long on its way.
        .layer(DefaultBodyLimit::max(3 * LONGEST + (1 << 10)))
        .with_state(site.clone());
    let checked = Router::new()
        .merge(api::router(site))
        .merge(forms)
        .merge(settings)
        .layer(middleware::from_fn(security::same_origin_writes))
        .layer(middleware::map_response(security::plain_headers));
    events.merge(checked).merge(pages)
}
