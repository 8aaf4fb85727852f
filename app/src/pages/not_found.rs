//! Nothing is at this address.

use leptos::prelude::*;

use crate::erased::Erase;

use crate::calls::say_not_found;
use crate::components::head::{Head, Heading};

/// The page for an address that leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    say_not_found();
    view! {
        <Head title=|| "Not found".to_owned() description=|| "Nothing is at this address.".to_owned()/>
        <main class="page is-narrow" id="main">
            <header class="page-head">
                <div>
                    <Heading>"Nothing is at this address"</Heading>
                    <p>"The release may be over, or its address may have a mistake in it."</p>
                </div>
            </header>
            <p>
                <a class="btn" href="/">"Go to the board"</a>
            </p>
        </main>
    }.erase()
}
