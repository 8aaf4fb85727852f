//! How the build behaves for those who have it, and how far the store serves it.

use conductor::board::TrackPage;
use conductor::explain::{grouped, percent, phase_words};
use conductor::facts::Facts;
use conductor::lamp::Signal;
use conductor::observation::{Audience, Health, InStore, Phased, PhasedState, StorePhase};

use super::missing;
use crate::components::bulb::bulb;
use crate::components::people::linked;
use crate::components::time::{Form, when};
use crate::format::{link, plain, short};
use crate::plain::{El, el};

/// Sessions, and how many of them went well, by build and audience.
pub(crate) fn quality(page: &TrackPage) -> El {
    let fact = &page.inputs.facts.health;
    let rows = fact.last().map(|it| it.value.as_slice()).unwrap_or_default();
    let body = if rows.is_empty() {
        el("p").class("none muted").add("No sessions yet")
    } else {
        let names = ["Who", "Build", "Sessions", "Crash-free", "Responsive", "Adopted"];
        let head = names.into_iter().enumerate().map(|(at, name)| {
            let is_number = at > 1;
            el("th").attr("scope", "col").attr_if("class", is_number.then_some("num")).add(name)
        });
        let head = el("thead").add(el("tr").add(head.collect::<Vec<_>>()));
        let body = el("tbody").add(rows.iter().map(health).collect::<Vec<_>>());
        el("div").class("scrolls").add(el("table").class("figures").add(head).add(body))
    };
    let lamp = &page.view.lamps.quality;
    let why = missing(fact).unwrap_or_else(|| plain(&lamp.why, 200));
    el("section")
        .class("panel")
        .attr("id", "quality")
        .attr("aria-labelledby", "h-q")
        .add(
            el("header").class("panel-head").add(el("h2").attr("id", "h-q").add("Quality")).add(
                el("span").class("muted push").attr("data-signal", lamp.signal.as_str()).add(why),
            ),
        )
        .add(body)
}

fn health(row: &Health) -> El {
    let who = match row.audience {
        Audience::Beta => "Beta",
        Audience::Production => "Public",
    };
    let who = linked(who.to_owned(), row.link.as_deref());
    let good = |bad: Option<u64>| match bad {
        Some(bad) if row.sessions > 0 => {
            let good = u128::from(row.sessions.saturating_sub(bad));
            percent(u32::try_from(good * 1_000_000 / u128::from(row.sessions)).unwrap_or_default())
        }
        _ => "–".to_owned(),
    };
    let figures = [
        grouped(row.sessions),
        good(row.crashed),
        good(row.unresponsive),
        row.adoption.map_or_else(|| "–".to_owned(), |it| it.to_string()),
    ];
    let figures = figures.map(|figure| el("td").class("num").attr("data-notice", "").add(figure));
    el("tr")
        .add(el("th").attr("scope", "row").add(who))
        .add(el("td").add(row.build.as_deref().map_or_else(|| "–".to_owned(), |it| plain(it, 24))))
        .add(figures.to_vec())
}

/// The lamp of where the store has it.
pub(crate) fn rollout_signal(facts: &Facts) -> Signal {
    let Some(store) = facts.store.known() else { return Signal::Unknown };
    match store.value.phase {
        None => Signal::Unknown,
        Some(StorePhase::Absent | StorePhase::Draft | StorePhase::Replaced) => Signal::None,
        Some(StorePhase::WaitingForReview | StorePhase::InReview | StorePhase::NeedsPerson) => {
            Signal::Wait
        }
        Some(StorePhase::Approved | StorePhase::RollingOut | StorePhase::Complete) => Signal::Go,
        Some(StorePhase::Rejected | StorePhase::Halted) => Signal::Stop,
    }
}

/// Where the store has it, to how many it serves it, and what would pause it.
pub(crate) fn rollout(page: &TrackPage) -> El {
    let facts = &page.inputs.facts;
    let store = facts.store.last().map(|it| &it.value);
    let is_later = matches!(
        store.and_then(|it| it.phase),
        None | Some(StorePhase::Absent | StorePhase::Draft)
    );
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
            format!(
                "At {}, pauses by itself unless: {}",
                stage.title,
                conductor::explain::lower_first(&what)
            )
        })
        .collect();
    let guards = guards.iter().map(|text| row(Signal::None, short(text), None)).collect::<Vec<_>>();
    let signal = rollout_signal(facts);
    el("section")
        .class("panel")
        .class_if("is-later", is_later)
        .attr("id", "rollout")
        .attr("aria-labelledby", "h-ro")
        .add(
            el("header").class("panel-head").add(el("h2").attr("id", "h-ro").add("Rollout")).add(
                el("span")
                    .class("muted push")
                    .attr("data-signal", signal.as_str())
                    .attr("data-notice", "")
                    .add(state),
            ),
        )
        .add(el("ul").class("list").add(store.map(|store| shares(store, signal))).add(guards))
}

fn shares(store: &InStore, signal: Signal) -> Vec<El> {
    let share = match (store.served, store.asked) {
        (Some(served), Some(asked)) if served != asked => {
            Some(format!("Served to {served}, asked for {asked}"))
        }
        (Some(served), _) => Some(format!("Served to {served}")),
        (None, Some(asked)) => Some(format!("Asked for {asked}; how many have it is not known")),
        (None, None) => None,
    };
    let since = store.since.map(|at| when(at, Form::DayTime));
    let note = store.note.as_deref().map(|note| row(signal, short(note), None));
    let console = link(store.link.as_deref()).map(|href| {
        el("li").attr("data-signal", "none").add(bulb(Signal::None)).add(
            el("a")
                .class("link")
                .attr("href", href)
                .attr("rel", "noreferrer")
                .add("See it at the store"),
        )
    });
    let share = share.map(|text| row(signal, text, since));
    [share, store.phased.as_ref().map(phased), note, console].into_iter().flatten().collect()
}

fn phased(phased: &Phased) -> El {
    let (signal, word) = match phased.state {
        PhasedState::Inactive => (Signal::None, "set up, not begun"),
        PhasedState::Active => (Signal::Go, "grows every day by itself"),
        PhasedState::Paused => (Signal::Stop, "stands still"),
        PhasedState::Complete => (Signal::Go, "served to everybody"),
    };
    let text = format!("Phased release, day {} of 7: {word}", phased.day.min(7));
    let left = format!("{} of 30 pause days used", phased.paused_days);
    row(signal, text, Some(el("span").add(left)))
}

fn row(signal: Signal, text: String, beside: Option<El>) -> El {
    el("li")
        .attr("data-signal", signal.as_str())
        .add(bulb(signal))
        .add(el("span").class("wraps").attr("data-notice", "").add(el("bdi").add(text)))
        .add(el("span").class("muted").add(beside))
}
