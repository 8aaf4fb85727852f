//! What came of trying other rules: what is wrong with them, or what each train in flight would do by them now.

use conductor::TrackId;

use super::super::table;
use crate::format::plain;
use crate::plain::{El, el};

/// Rules that somebody tried, as they wrote them, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The text, kept.
    pub text: String,
    /// What came of it.
    pub answer: Answer,
}

/// What came of trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was not looked at; why, and what to do.
    Refused(String),
    /// All that is wrong with the rules.
    Wrong(Vec<Wrong>),
    /// What each train in flight that follows the process would do.
    Found(Vec<Outcome>),
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The line in the text, from 1; 0: no line of its own.
    pub line: usize,
    /// Which part; may be empty.
    pub key: String,
    /// What, and what to do.
    pub words: String,
}

/// What other rules would change for a train.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The train.
    pub track: TrackId,
    /// `Music Android 9.1.24`.
    pub title: String,
    /// What would change.
    pub change: Change,
    /// What it waits for by the rules of now.
    pub before: String,
    /// What it would wait for by the others.
    pub after: String,
}

/// What would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The conductor would move it.
    Advances,
    /// It would be ready: a person would be asked, or could do it.
    Ready,
    /// Its rollout would be paused.
    Pauses,
    /// It would wait, and does not now.
    Waits,
    /// It would go on to wait, for something else.
    WaitsOtherwise,
    /// Nothing.
    Same,
}

impl Change {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Advances => "Would advance",
            Self::Ready => "Would be ready for a person",
            Self::Pauses => "Would pause",
            Self::Waits => "Would wait",
            Self::WaitsOtherwise => "Would wait for something else",
            Self::Same => "Same",
        }
    }

    fn chip(self) -> &'static str {
        match self {
            Self::Advances | Self::Ready => "chip is-go",
            Self::Pauses => "chip is-stop",
            Self::Waits | Self::WaitsOtherwise => "chip is-wait",
            Self::Same => "chip",
        }
    }
}

/// The id that faults stand under, beside the field.
pub(super) const FAULTS: &str = "faults";

/// What is wrong, at the field; nothing if all is well.
pub(super) fn faults(answer: &Answer) -> Option<El> {
    let whole = el("div").class("faults").attr("id", FAULTS).attr("role", "alert");
    match answer {
        Answer::Refused(words) => Some(whole.add(el("p").add(plain(words, 600)))),
        Answer::Wrong(faults) => {
            let items = faults.iter().take(50).map(|it| {
                let line = (it.line > 0).then(|| el("b").add(format!("Line {}: ", it.line)));
                let key = (!it.key.is_empty()).then(|| el("code").add(plain(&it.key, 120)));
                let colon = (!it.key.is_empty()).then_some(": ");
                el("li").add(line).add(key).add(colon).add(plain(&it.words, 600))
            });
            Some(
                whole
                    .add(el("p").add("These rules cannot be used:"))
                    .add(el("ul").add(items.collect::<Vec<_>>())),
            )
        }
        Answer::Found(_) => None,
    }
}

/// What each train would do.
pub(super) fn outcomes(answer: &Answer) -> Option<El> {
    let Answer::Found(outcomes) = answer else { return None };
    let part = el("section").class("panel").attr("aria-labelledby", "h-outcome").add(
        el("div")
            .class("panel-head")
            .add(el("h2").attr("id", "h-outcome").add("With these rules, right now"))
            .add(el("span").class("push muted").add(tally(outcomes))),
    );
    if outcomes.is_empty() {
        return Some(
            part.add(
                el("p").class("none muted").add("No train in flight follows this process now."),
            ),
        );
    }
    let rows = outcomes.iter().map(|it| {
        vec![
            el("th")
                .attr("scope", "row")
                .add(el("a").attr("href", it.track.path()).add(plain(&it.title, 80))),
            el("td").add(el("span").class(it.change.chip()).add(it.change.words())),
            el("td").add(plain(&it.before, 300)),
            el("td").add(if it.change == Change::Same && it.before == it.after {
                "The same".to_owned()
            } else {
                plain(&it.after, 300)
            }),
        ]
    });
    Some(part.add(table(
        "Trains in flight",
        &["Train", "What changes", "By the rules of now", "By these rules"],
        rows.collect(),
    )).add(el("p").class("none muted").add(
        "Decided as the conductor decides, from what it knew at its last look. A new guard begins to count its readings when it is in force. Nothing was written.",
    )))
}

/// `1 would advance, 2 same`.
fn tally(outcomes: &[Outcome]) -> String {
    let mut counts = std::collections::BTreeMap::<Change, usize>::new();
    for it in outcomes {
        *counts.entry(it.change).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(change, n)| format!("{n} {}", conductor::explain::lower_first(change.words())))
        .collect();
    parts.join(", ")
}
