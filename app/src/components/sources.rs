//! Sources at the foot of a page: who answers, how old their answers are, and when they are asked next.

use conductor::board::SourceView;
use conductor::lamp;
use conductor::moment::Moment;
use leptos::prelude::*;

use super::bulb::bulb;
use super::time::{Zone, age, until};
use crate::erased::Erase;
use crate::format::{plain, short};
use crate::plain::{El, el};

/// The footer.
#[component]
pub fn Sources<S: Fn() -> Vec<SourceView> + Send + 'static>(
    /// Those with faults first.
    sources: S,
    /// When they are asked again.
    #[prop(optional)]
    next_tick_at: Option<ArcRwSignal<Moment>>,
) -> impl IntoView {
    let zone = use_context::<Zone>();
    let times = move || match zone {
        Some(zone) if zone.is_local() => "Times as on your device".to_owned(),
        _ => "Times in UTC".to_owned(),
    };
    let times = el("span").live(times);
    let next = next_tick_at.map(|at| el("span").add(" · Next tick ").add(until(at)));
    let beside = el("span").class("muted").add(times).add(next);
    view! {
        <footer class="sources" aria-labelledby="h-src">
            <h2 id="h-src">"Sources"</h2>
            {move || el("ul").attr("tabindex", "0").attr("aria-label", "Sources, those with faults first").add(sources().iter().map(source).collect::<Vec<_>>())}
            {beside}
        </footer>
    }
    .erase()
}

fn source(source: &SourceView) -> El {
    let is_good = source.signal == lamp::Signal::Go;
    let age = source.good_at.map(age);
    let title = if source.fault.is_empty() {
        format!(
            "{} requests since the start, {} in the last read",
            source.calls, source.calls_last_read
        )
    } else {
        short(&source.fault)
    };
    let state = (!is_good).then(|| el("span").class("sr").add(": no fresh answer, last good one "));
    let never = (source.good_at.is_none()).then_some("never answered");
    el("li")
        .attr("data-signal", source.signal.as_str())
        .attr("title", title)
        .add(bulb(source.signal))
        .add(el("bdi").add(plain(&source.title, 60)))
        .add(state)
        .add(" ")
        .add(el("span").class("muted").add(age).add(never))
}
