//! The bar above every page.

use leptos::prelude::*;

use crate::erased::Erase;
use leptos_router::hooks::use_location;

use super::bulb::icon;
use crate::live::Live;
use crate::plain::{El, el};

/// All that the bar leads to. All but the board are still pages, which a browser loads anew.
const PLACES: [(&str, &str); 6] = [
    ("/", "Board"),
    ("/insights", "Insights"),
    ("/sources", "Sources"),
    ("/journal", "Journal"),
    ("/settings", "Settings"),
    ("/find", "Find"),
];

/// The navigation, with the place that is shown.
pub(crate) fn nav(here: Option<&'static str>) -> El {
    let places = PLACES.map(|(to, name)| {
        let current = (here == Some(to)).then_some("page");
        let outside = (to != "/").then_some("external");
        el("a").attr("href", to).attr_if("rel", outside).attr_if("aria-current", current).add(name)
    });
    el("nav").class("nav").attr("aria-label", "Main").add(places.to_vec())
}

/// Brand, navigation, and whether events arrive.
#[component]
pub fn TopBar() -> impl IntoView {
    let path = use_location().pathname;
    // The board and all that is reached through it.
    let on_board =
        move || path.with(|path| path == "/" || path.starts_with("/apps/")).then_some("/");
    let connected = use_context::<Live>().map(|live| live.connected);
    let lost = move || connected.as_ref().is_some_and(|it| !it.get());
    view! {
        <header class="topbar">
            <a class="brand" href="/">
                {icon("#brand")}
                "Signalbox"
            </a>
            {move || nav(on_board())}
            <p class="connection" role="status">
                {move || lost().then(|| view! { <span class="chip is-wait">"Connection lost, trying again"</span> })}
            </p>
            <a class="btn is-quiet" href="/sign-in" rel="external">
                <span class="signed-out">"Sign in"</span>
                <span class="signed-in">"Signed in"</span>
            </a>
            <button class="btn is-quiet is-icon" type="button" data-theme-toggle aria-label="Switch light and dark">
                {icon("#theme")}
            </button>
        </header>
    }.erase()
}
