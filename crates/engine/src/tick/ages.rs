//! How a version behaved at each age of its rollout, remembered for the one that follows it.

use conductor::decide::Inputs;
use conductor::observation::{Audience, Health};
use conductor::process::{Entered, Process};
use conductor::{Moment, Span};
use ports::TrackMemory;

/// The ages that are remembered, in hours.
const MARKS: [u32; 10] = [1, 2, 4, 8, 12, 24, 48, 72, 120, 168];

/// When a track was first seen to be served. `None` where nobody saw it begin: then it has no age.
pub(super) fn served_since(memory: &TrackMemory, process: &Process) -> Option<Moment> {
    let is_served = |id: &str| {
        let stage = process.stages.iter().find(|it| it.id.as_str() == id);
        stage.is_some_and(|it| matches!(it.entered_when, Entered::Served(_) | Entered::Complete))
    };
    let (served, earlier): (Vec<_>, Vec<_>) =
        memory.entered.iter().partition(|(id, _)| is_served(id));
    let first = served.into_iter().map(|(_, at)| *at).min()?;
    earlier.into_iter().any(|(_, at)| *at < first).then_some(first)
}

/// Remembers how a track behaves now, once for each age.
pub(super) fn note(memory: &mut TrackMemory, inputs: &Inputs) {
    let Some(began) = served_since(memory, &inputs.process) else { return };
    let Ok(health) = inputs.facts.health.fresh(Span::hours(1), inputs.now) else { return };
    let Some(mark) = mark_of(inputs.now - began) else { return };
    let rows = health.value.iter().filter(|it| it.audience == Audience::Production).cloned();
    memory.aged.entry(mark).or_insert_with(|| rows.collect());
}

/// How a version behaved at an age; empty where that is not remembered.
pub(super) fn at(memory: &TrackMemory, age: Span) -> Vec<Health> {
    mark_of(age).and_then(|mark| memory.aged.get(&mark)).cloned().unwrap_or_default()
}

/// The last remembered age that is over.
fn mark_of(age: Span) -> Option<u32> {
    MARKS.into_iter().rfind(|mark| Span::hours(i64::from(*mark)) <= age)
}
