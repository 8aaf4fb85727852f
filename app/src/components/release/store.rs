//! How the build behaves for those who have it, and how far the store serves it.

use conductor::board::TrackPage;
use conductor::explain::{grouped, percent, phase_words};
use conductor::facts::Facts;
use conductor::lamp::Signal;
use conductor::observation::{Audience, Health, InStore, Phased, PhasedState, StorePhase};
use leptos::either::Either;
use leptos::prelude::*;

use super::missing;
use crate::components::bulb::bulb;
use crate::components::time::{Form, When};
use crate::erased::{Erase, Erased};
use crate::format::{link, plain, short};

/// Sessions, and how many of them went well, by build and audience.
pub(crate) fn quality(page: &TrackPage) -> Erased {
    let fact = &page.inputs.facts.health;
    let rows = fact.last().map(|it| it.value.as_slice()).unwrap_or_default();
    let body = if rows.is_empty() {
        Either::Left(view! { <p class="none muted">"No sessions yet"</p> })
    } else {
        Either::Right(view! {
            <div class="scrolls">
                <table class="figures">
                    <thead>
                        <tr>
                            <th scope="col">"Who"</th>
                            <th scope="col">"Build"</th>
                            <th scope="col" class="num">"Sessions"</th>
                            <th scope="col" class="num">"Crash-free"</th>
                            <th scope="col" class="num">"Responsive"</th>
                            <th scope="col" class="num">"Adopted"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.iter().map(health).collect_view()}</tbody>
                </table>
            </div>
        })
    };
    let lamp = &page.view.lamps.quality;
    let why = missing(fact).unwrap_or_else(|| plain(&lamp.why, 200));
    view! {
        <section class="panel" id="quality" aria-labelledby="h-q">
            <header class="panel-head">
                <h2 id="h-q">"Quality"</h2>
                <span class="muted push" data-signal=lamp.signal.as_str()>{why}</span>
            </header>
            {body}
        </section>
    }.erase()
}

fn health(row: &Health) -> Erased {
    let who = match row.audience {
        Audience::Beta => "Beta",
        Audience::Production => "Public",
    };
    let who = match link(row.link.as_deref()) {
        Some(href) => Either::Left(view! { <a class="link" href=href rel="noreferrer">{who}</a> }),
        None => Either::Right(who),
    };
    let good = |bad: Option<u64>| match bad {
        Some(bad) if row.sessions > 0 => {
            let good = u128::from(row.sessions.saturating_sub(bad));
            percent(u32::try_from(good * 1_000_000 / u128::from(row.sessions)).unwrap_or_default())
        }
        _ => "–".to_owned(),
    };
    view! {
        <tr>
            <th scope="row">{who}</th>
            <td>{row.build.as_deref().map_or_else(|| "–".to_owned(), |it| plain(it, 24))}</td>
            <td class="num" data-notice>{grouped(row.sessions)}</td>
            <td class="num" data-notice>{good(row.crashed)}</td>
            <td class="num" data-notice>{good(row.unresponsive)}</td>
            <td class="num" data-notice>{row.adoption.map_or_else(|| "–".to_owned(), |it| it.to_string())}</td>
        </tr>
    }.erase()
}

/// The lamp of where the store has it.
pub(crate) fn rollout_signal(facts: &Facts) -> Signal {
    let Some(store) = facts.store.known() else { return Signal::Unknown };
    match store.value.phase {
        None => Signal::Unknown,
        Some(StorePhase::Absent | StorePhase::Draft | StorePhase::Replaced) => Signal::None,
        Some(StorePhase::WaitingForReview | StorePhase::InReview | StorePhase::NeedsPerson) => Signal::Wait,
        Some(StorePhase::Approved | StorePhase::RollingOut | StorePhase::Complete) => Signal::Go,
        Some(StorePhase::Rejected | StorePhase::Halted) => Signal::Stop,
    }
}

/// Where the store has it, to how many it serves it, and what would pause it.
pub(crate) fn rollout(page: &TrackPage) -> Erased {
    let facts = &page.inputs.facts;
    let store = facts.store.last().map(|it| &it.value);
    let is_later = matches!(store.and_then(|it| it.phase), None | Some(StorePhase::Absent | StorePhase::Draft));
    let name = facts.store_kind.title();
    let state = match (missing(&facts.store), store.and_then(|it| it.phase)) {
        (Some(why), _) => why,
        (None, Some(StorePhase::Absent)) => format!("Not yet: {name} does not have it"),
        (None, Some(phase)) => format!("{name}: {}", phase_words(phase)),
        (None, None) => format!("{name} uses a word that is not known"),
    };
    let guards: Vec<String> = page
        .inputs
        .process
        .stages
        .iter()
        .flat_map(|stage| stage.guards.iter().map(move |guard| (stage, guard)))
        .map(|(stage, guard)| {
            let what = guard.rule.title.clone().unwrap_or_else(|| guard.rule.id.clone());
            format!("At {}, pauses by itself unless: {}", stage.title, conductor::explain::lower_first(&what))
        })
        .collect();
    let guards = guards.iter().map(|text| row(Signal::None, short(text), None)).collect_view();
    let signal = rollout_signal(facts);
    view! {
        <section class="panel" class:is-later=is_later id="rollout" aria-labelledby="h-ro">
            <header class="panel-head">
                <h2 id="h-ro">"Rollout"</h2>
                <span class="muted push" data-signal=signal.as_str() data-notice>{state}</span>
            </header>
            <ul class="list">
                {store.map(|store| shares(store, signal))}
                {guards}
            </ul>
        </section>
    }.erase()
}

fn shares(store: &InStore, signal: Signal) -> Erased {
    let share = match (store.served, store.asked) {
        (Some(served), Some(asked)) if served != asked => Some(format!("Served to {served}, asked for {asked}")),
        (Some(served), _) => Some(format!("Served to {served}")),
        (None, Some(asked)) => Some(format!("Asked for {asked}; how many have it is not known")),
        (None, None) => None,
    };
    let since = store.since.map(|at| view! { <When at form=Form::DayTime/> }.erase());
    let note = store.note.as_deref().map(|note| row(signal, short(note), None));
    let console = link(store.link.as_deref()).map(|href| {
        view! {
            <li data-signal="none">
                {bulb(Signal::None)}
                <a class="link" href=href rel="noreferrer">"See it at the store"</a>
            </li>
        }
    });
    view! {
        {share.map(|text| row(signal, text, since))}
        {store.phased.as_ref().map(phased)}
        {note}
        {console}
    }.erase()
}

fn phased(phased: &Phased) -> Erased {
    let (signal, word) = match phased.state {
        PhasedState::Inactive => (Signal::None, "set up, not begun"),
        PhasedState::Active => (Signal::Go, "grows every day by itself"),
        PhasedState::Paused => (Signal::Stop, "stands still"),
        PhasedState::Complete => (Signal::Go, "served to everybody"),
    };
    let text = format!("Phased release, day {} of 7: {word}", phased.day.min(7));
    let left = format!("{} of 30 pause days used", phased.paused_days);
    row(signal, text, Some(left.erase()))
}

fn row(signal: Signal, text: String, beside: Option<Erased>) -> Erased {
    view! {
        <li data-signal=signal.as_str()>
            {bulb(signal)}
            <span class="wraps" data-notice>
                <bdi>{text}</bdi>
            </span>
            <span class="muted">{beside}</span>
        </li>
    }.erase()
}
