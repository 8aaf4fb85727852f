//! One file a route: what a page asks for, and how it is laid out.

pub mod board;
pub mod not_found;
pub mod track;

use conductor::Warning;
use leptos::prelude::*;

use crate::calls::AppError;
use crate::components::head::{Head, Heading};
use crate::erased::Erase;
use crate::format::{link, plain, short};
use crate::plain::{El, el};

/// What everybody should know, above a page.
#[component]
fn Notices<N: Fn() -> Vec<Warning> + Send + 'static>(notices: N) -> impl IntoView {
    move || notices().iter().map(banner).collect::<Vec<_>>().erase()
}

fn banner(it: &Warning) -> El {
    let links = it.links.iter().filter_map(|(name, to)| {
        let to = link(Some(to))?;
        Some((" ", el("a").attr("href", to).add(plain(name, 40))))
    });
    el("p")
        .class("banner")
        .attr("role", "status")
        .add(el("bdi").add(short(&it.text)))
        .add(links.collect::<Vec<_>>())
}

/// A page that could not be had: nothing is at its address, or nobody answers.
#[component]
fn Failed(error: AppError) -> impl IntoView {
    match error {
        AppError::NotFound => not_found::NotFoundPage().erase(),
        AppError::Unavailable { message } => view! {
            <Head title=|| "No answer".to_owned() description=|| "The server gave no answer.".to_owned()/>
            <main class="page is-narrow" id="main">
                <header class="page-head">
                    <div>
                        <Heading>"No answer from the server"</Heading>
                        <p>{short(&message)}</p>
                    </div>
                </header>
                <p>
                    <a class="btn" href="" rel="external">"Try again"</a>
                </p>
            </main>
        }
        .erase(),
    }.erase()
}
