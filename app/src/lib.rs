//! The pages of Signalbox: what a person sees of the published board. They render on the server, hydrate in the
//! browser, and go on as one page that is kept live by events.
//!
//! A page's HTML depends on its address and the board's revision alone. Where the board comes from is the
//! server's, through [`backend::Boards`]; what its words mean is the conductor's.

// Every view is a type as deep as its nesting.
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
pub mod backend;
pub mod calls;
pub mod components;
mod erased;
mod format;
pub mod live;
pub mod pages;
mod plain;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod still;

// The fixtures name this crate as its users do.
#[cfg(all(test, feature = "ssr"))]
extern crate self as app;
#[cfg(all(test, feature = "ssr"))]
#[path = "../examples/preview/fixtures.rs"]
#[expect(clippy::expect_used, reason = "facts that are made up here are right by hand")]
mod fixtures;

use leptos::prelude::*;
use leptos_router::SsrMode;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use components::top_bar::TopBar;
use live::Live;
use pages::board::BoardPage;
use pages::not_found::NotFoundPage;
use pages::track::TrackPage;

/// The whole app below `<body>`: what frames every page, and the pages by their addresses.
#[component]
pub fn App() -> impl IntoView {
    #[cfg(feature = "ssr")]
    {
        leptos_meta::provide_meta_context();
        provide_context(components::head::HeadSaid::default());
        // The integration gives every response a nonce of its own; these bytes are for everybody, so scripts go by hash.
        let _ = take_context::<leptos::nonce::Nonce>();
    }
    let live = Live::new();
    provide_context(live.clone());
    live.listen();
    view! {
        <Router>
            <a class="skip" href="#main">
                "Skip to content"
            </a>
            <TopBar/>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=BoardPage ssr=SsrMode::Async/>
                <Route path=path!("/apps/:app") view=BoardPage ssr=SsrMode::Async/>
                <Route path=path!("/apps/:app/:platform/:version") view=TrackPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}

/// Takes over the page that the server rendered. Does nothing on a page that is none of ours.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    use wasm_bindgen::JsCast;
    // In what is loaded quickly and is large, a panic says where it was.
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    let root = document().get_element_by_id("app").and_then(|it| it.dyn_into().ok());
    if let Some(root) = root {
        leptos::mount::hydrate_from(root, App).forget();
    }
}
