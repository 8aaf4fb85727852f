//! Beside the board: bugs on no train, and what moved.

use conductor::board::{Move, Stray};
use leptos::either::Either;
use leptos::prelude::*;

use super::log::Log;
use super::time::Age;
use crate::erased::{Erase, Erased};
use crate::format::{lacks, link, plain};

/// The aside.
#[component]
pub fn Yard(
    /// Bugs on no train.
    strays: Memo<Vec<Stray>>,
    /// The newest moves, newest first.
    moves: Memo<Vec<Move>>,
) -> impl IntoView {
    let count = move || strays.with(Vec::len);
    view! {
        <aside class="yard" aria-label="Beside the board">
            <header class="lane-head">
                <h2 id="h-tri">"Bugs on no train"</h2>
                <span class="push">{count}</span>
            </header>
            <section class="triage panel" aria-labelledby="h-tri">
                {move || strays.with(|strays| triage(strays))}
            </section>
            <header class="lane-head">
                <h2 id="h-log">"Moves"</h2>
            </header>
            <section class="panel moves" aria-labelledby="h-log">
                <Log moves with_track=true/>
            </section>
        </aside>
    }.erase()
}

/// Grouped by what they lack, what blocks first.
fn triage(strays: &[Stray]) -> Erased {
    if strays.is_empty() {
        return view! { <p class="none muted">"Every bug has its place"</p> }.erase();
    }
    let known = ["version", "priority", "assignee"];
    let mut groups: Vec<&str> = known.to_vec();
    for stray in strays {
        if !groups.contains(&stray.lacks.as_str()) {
            groups.push(&stray.lacks);
        }
    }
    groups
        .into_iter()
        .filter_map(|lack| {
            let of: Vec<&Stray> = strays.iter().filter(|it| it.lacks == lack).collect();
            (!of.is_empty()).then(|| {
                view! {
                    <h3>
                        {lacks(lack)}
                        " "
                        <span class="muted">{of.len()}</span>
                    </h3>
                    <ul>{of.into_iter().map(stray).collect_view()}</ul>
                }
            })
        })
        .collect_view()
        .erase()
}

fn stray(stray: &Stray) -> Erased {
    let title = plain(&stray.bug.title, 200);
    let hint = title.clone();
    let name = match link(stray.bug.link.as_deref()) {
        Some(href) => Either::Left(view! { <a href=href rel="noreferrer">{title}</a> }),
        None => Either::Right(view! { <span class="cut">{title}</span> }),
    };
    view! {
        <li>
            <bdi title=hint>{name}</bdi>
            <p class="muted">
                <span>{plain(&stray.bug.key, 40)} " · " <bdi>{plain(&stray.app_name, 60)}</bdi></span>
                <span class="push">{stray.bug.created_at.map(|since| view! { <Age since/> })}</span>
            </p>
        </li>
    }.erase()
}
