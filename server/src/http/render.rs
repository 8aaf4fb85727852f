//! Rendering a page: Leptos behind a router that only [`super::pages`] asks, once a revision and address.

use app::backend::Boards;
use app::shell::{Assets, shell};
use axum::Router;
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use std::sync::Arc;

/// The pages and server functions, over a board.
pub(super) fn router(assets: &Assets, boards: &Arc<dyn Boards>) -> Router {
    let options = LeptosOptions::builder().output_name("signalbox").build();
    let routes = generate_route_list(app::App);
    let give = {
        let boards = Arc::clone(boards);
        move || provide_context(Arc::clone(&boards))
    };
    Router::new()
        .route(
            "/fn/{*call}",
            axum::routing::get({
                let give = give.clone();
                move |request: axum::extract::Request| {
                    leptos_axum::handle_server_fns_with_context(give.clone(), request)
                }
            }),
        )
        .leptos_routes_with_context(&options, routes, give.clone(), {
            let assets = assets.clone();
            move || shell(&assets)
        })
        .fallback(leptos_axum::render_app_async_with_context(give, {
            let assets = assets.clone();
            move || shell(&assets)
        }))
        .with_state(options)
}
