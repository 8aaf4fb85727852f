//! Beside the board: bugs on no train, and what moved.

use conductor::board::{Move, Stray};
use leptos::prelude::*;

use super::log::Log;
use super::people::linked;
use super::time::age;
use crate::erased::Erase;
use crate::format::{lacks, plain};
use crate::plain::{El, el};

/// The aside.
#[component]
pub fn Yard<S, M>(
    /// Bugs on no train.
    strays: S,
    /// The newest moves, newest first.
    moves: M,
) -> impl IntoView
where
    S: Fn() -> Vec<Stray> + Send + 'static,
    M: Fn() -> Vec<Move> + Send + 'static,
{
    view! {
        <aside class="yard" aria-label="Beside the board">
            {move || triage(&strays())}
            <header class="lane-head">
                <h2 id="h-log">"Moves"</h2>
            </header>
            <section class="panel moves" aria-labelledby="h-log">
                <Log moves with_track=true/>
            </section>
        </aside>
    }
    .erase()
}

/// Grouped by what they lack, what blocks first.
fn triage(strays: &[Stray]) -> El {
    let mut groups: Vec<&str> = vec!["version", "priority", "assignee"];
    for stray in strays {
        if !groups.contains(&stray.lacks.as_str()) {
            groups.push(&stray.lacks);
        }
    }
    let groups = groups
        .into_iter()
        .filter_map(|lack| {
            let of: Vec<El> = strays.iter().filter(|it| it.lacks == lack).map(stray).collect();
            let count = el("span").class("muted").add(of.len().to_string());
            let heading = el("h3").add(lacks(lack)).add(" ").add(count);
            (!of.is_empty()).then(|| (heading, el("ul").add(of)))
        })
        .collect::<Vec<_>>();
    let none =
        strays.is_empty().then(|| el("p").class("none muted").add("Every bug has its place"));
    let head = el("header")
        .class("lane-head")
        .add(el("h2").attr("id", "h-tri").add("Bugs on no train"))
        .add(el("span").class("push").add(strays.len().to_string()));
    let list =
        el("section").class("triage panel").attr("aria-labelledby", "h-tri").add(groups).add(none);
    el("div").add(head).add(list)
}

fn stray(stray: &Stray) -> El {
    let title = plain(&stray.bug.title, 200);
    let name = linked(title.clone(), stray.bug.link.as_deref()).attr("title", title);
    let of = el("span")
        .add(plain(&stray.bug.key, 40))
        .add(" · ")
        .add(el("bdi").add(plain(&stray.app_name, 60)));
    let age = el("span").class("push").add(stray.bug.created_at.map(age));
    el("li").add(name).add(el("p").class("muted").add(of).add(age))
}
