//! Sources at the foot of a page: who answers, how old their answers are, and when they are asked next.

use conductor::board::SourceView;
use conductor::lamp;
use conductor::moment::Moment;
use leptos::prelude::*;

use super::bulb::bulb;
use super::time::{Age, Until, Zone};
use crate::erased::{Erase, Erased};
use crate::format::{plain, short};

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
        Some(zone) if zone.is_local() => "Times as on your device",
        _ => "Times in UTC",
    };
    let next = next_tick_at.map(|at| view! { <span>" · Next tick " <Until at/></span> });
    view! {
        <footer class="sources" aria-labelledby="h-src">
            <h2 id="h-src">"Sources"</h2>
            <ul>{move || sources().iter().map(source).collect_view()}</ul>
            <span class="muted">
                {times}
                {next}
            </span>
        </footer>
    }.erase()
}

fn source(source: &SourceView) -> Erased {
    let is_good = source.signal == lamp::Signal::Go;
    let age = source.good_at.map(|since| view! { <Age since/> });
    let title = if source.fault.is_empty() {
        format!("{} requests since the start, {} in the last read", source.calls, source.calls_last_read)
    } else {
        short(&source.fault)
    };
    let state = (!is_good).then(|| view! { <span class="sr">": no fresh answer, last good one "</span> });
    let never = (source.good_at.is_none()).then_some("never answered");
    view! {
        <li data-signal=source.signal.as_str() title=title>
            {bulb(source.signal)}
            <bdi>{plain(&source.title, 60)}</bdi>
            {state}
            " "
            <span class="muted">{age} {never}</span>
        </li>
    }.erase()
}
