//! The bar above every page.

use leptos::prelude::*;

use crate::erased::Erase;
use leptos_router::hooks::use_location;

use super::bulb::icon;
use crate::live::Live;

/// Brand, navigation, and whether events arrive.
#[component]
pub fn TopBar() -> impl IntoView {
    let path = use_location().pathname;
    // The board and all that is reached through it.
    let on_board =
        move || path.with(|path| path == "/" || path.starts_with("/apps/")).then_some("page");
    let connected = use_context::<Live>().map(|live| live.connected);
    let lost = move || connected.as_ref().is_some_and(|it| !it.get());
    view! {
        <header class="topbar">
            <a class="brand" href="/">
                {icon("#brand")}
                "Signalbox"
            </a>
            <nav class="nav" aria-label="Main">
                <a href="/" aria-current=on_board>
                    "Board"
                </a>
            </nav>
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
