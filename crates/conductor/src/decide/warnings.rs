//! What is odd about a track and moves nothing: sources that disagree, a second branch that moves, a person's move
//! that is long due. Each with where both sides can be seen.

use super::{Inputs, Next};
use crate::app::StoreKind;
use crate::explain::{self, day};
use crate::facts::Neighbour;
use crate::finding::{Cause, Finding};
use crate::moment::Span;
use crate::observation::{Share, StorePhase};
use crate::process::{Action, Entered, Mode, Stage};
use crate::track::{Kind, Standing};
use crate::version::Version;
use serde::{Deserialize, Serialize};

/// How long a person's move may be due before it is a warning.
const DUE: Span = Span::hours(24);

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What, in a sentence.
    pub text: String,
    /// Where to see it: a name and an address each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<(String, String)>,
}

impl Warning {
    /// A warning with nothing to look at.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), links: Vec::new() }
    }
    fn link(mut self, name: &str, to: Option<String>) -> Self {
        self.links.extend(to.map(|to| (name.to_owned(), to)));
        self
    }
}

/// What warnings are made from.
pub(super) struct Seen<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) standing: Standing,
    pub(super) stage: Option<&'a Stage>,
    pub(super) findings: &'a [Finding],
    pub(super) next: &'a Next,
}

pub(super) fn warnings(seen: &Seen<'_>) -> Vec<Warning> {
    let mut all = Vec::new();
    all.extend(disagreements(seen));
    all.extend(second_branch(seen));
    all.extend(takes_over(seen));
    all.extend(due(seen));
    if let Some(said) = &seen.inputs.people.emergency {
        all.push(Warning::new(format!(
            "Emergency, said by {}: {}. No window stops it",
            said.by.name, said.reason
        )));
    }
    all
}

/// Sources that disagree about where it is, with both links.
fn disagreements(seen: &Seen<'_>) -> Vec<Warning> {
    let Inputs { facts, people, .. } = seen.inputs;
    let name = facts.store_kind.title();
    let store = facts.store.known();
    let phase = store.and_then(|it| it.value.phase);
    let in_store = phase.is_some_and(|it| it > StorePhase::Draft);
    let still_moves =
        in_store && phase != Some(StorePhase::Complete) && phase != Some(StorePhase::Replaced);
    let at_store = || store.and_then(|it| it.value.link.clone().or_else(|| it.link.clone()));
    let on_branch = || {
        let reading = facts.branch.last()?;
        let own = reading.value.as_ref().and_then(|it| it.link.clone());
        own.or_else(|| reading.link.clone())
    };
    let git = facts.branch.source().map_or("git", |it| it.as_str());
    let mut all = Vec::new();
    if still_moves && facts.branch.value().is_some_and(Option::is_none) {
        let text = format!("{name} has it, but its release branch is gone");
        all.push(Warning::new(text).link(name, at_store()).link(git, on_branch()));
    }
    if in_store
        && let (Some(store), Some(mark)) = (facts.store.value(), people.candidate())
        && !store.builds.is_empty()
        && !store.builds.contains(&mark.build)
    {
        let built = facts.builds.last().and_then(|it| {
            let build = it.value.iter().find(|build| build.number == mark.build)?;
            build.link.clone().or_else(|| it.link.clone())
        });
        let text = format!(
            "{name} has build {}, but the candidate is build {}",
            explain::list(&store.builds, 2),
            mark.build
        );
        let made = facts.builds.source().map_or("builds", |it| it.as_str());
        all.push(Warning::new(text).link(name, at_store()).link(made, built));
    }
    // A plan that says "released" of what the store is known not to serve.
    let unserved = phase.is_some_and(|it| {
        !matches!(
            it,
            StorePhase::RollingOut
                | StorePhase::Halted
                | StorePhase::Complete
                | StorePhase::Replaced
        )
    });
    if unserved
        && let Some(plan) = facts.planned.known()
        && plan.value.released
    {
        let at = phase.map_or("nowhere", explain::phase_words);
        let text = format!("{} says that it is released, and at {name} it is {at}", plan.source);
        let planned = plan.value.link.clone().or_else(|| plan.link.clone());
        all.push(Warning::new(text).link(plan.source.as_str(), planned).link(name, at_store()));
    }
    // Asked for is not served: everybody, by the store's own word, and yet a share.
    if let Some(store) = facts.store.value()
        && store.phase == Some(StorePhase::RollingOut)
        && store.served == Some(Share::ALL)
    {
        let text = format!("{name} says that everybody is served, and that the rollout still runs");
        all.push(Warning::new(text).link(name, at_store()));
    }
    all
}

/// At most one regular release branch moves at a time.
fn second_branch(seen: &Seen<'_>) -> Option<Warning> {
    let facts = &seen.inputs.facts;
    let before_store =
        |phase: Option<StorePhase>| matches!(phase, Some(StorePhase::Absent | StorePhase::Draft));
    let branch = facts.branch.value().and_then(|it| it.as_ref())?;
    let ours = facts.kind == Kind::Regular
        && matches!(seen.standing, Standing::Running | Standing::Held)
        && before_store(facts.store.value().and_then(|it| it.phase));
    let moves = |it: &&Neighbour| {
        it.kind == Kind::Regular
            && it.branched
            && !it.over
            && it.version != facts.track.version
            && before_store(it.phase)
    };
    let mut moving: Vec<&Version> = facts.line.iter().filter(moves).map(|it| &it.version).collect();
    moving.sort();
    let others: Vec<String> = moving.iter().map(ToString::to_string).collect();
    if !ours || others.is_empty() {
        return None;
    }
    let text = format!(
        "{} and {} both have a release branch that still moves; cancel one of them",
        facts.track.version,
        explain::list(&others, 2)
    );
    let first =
        moving.first().map(|it| format!("/apps/{}/{}/{it}", facts.track.app, facts.track.platform));
    Some(
        Warning::new(text)
            .link(branch.version.as_str(), Some(facts.track.path()))
            .link(others.first().map_or("", String::as_str), first),
    )
}

/// A rollout that overtakes another goes first to the same users.
fn takes_over(seen: &Seen<'_>) -> Option<Warning> {
    let facts = &seen.inputs.facts;
    let ours = facts.store.value().and_then(|it| it.phase) == Some(StorePhase::RollingOut);
    let overtaken = facts.line.iter().filter(|it| {
        it.version < facts.track.version
            && it.phase == Some(StorePhase::Replaced)
            && it.served.is_some_and(|share| share < Share::ALL)
    });
    let overtaken = overtaken.max_by(|a, b| a.version.cmp(&b.version))?;
    (ours && facts.store_kind == StoreKind::GooglePlay).then(|| {
        Warning::new(format!(
            "It starts with the users who had {}: its first crashes may come from them",
            overtaken.version
        ))
    })
}

/// All conditions hold since long, and a person has not moved it.
fn due(seen: &Seen<'_>) -> Option<Warning> {
    let Next::Fire { action, mode } = seen.next else { return None };
    if *mode == Mode::Auto || *action == Action::MarkCandidate {
        return None;
    }
    // Time was the last of them where there is no other; then they are met since its end, not since its beginning.
    let since = seen.findings.iter().map(|it| it.since).max()?;
    let waited = seen.inputs.now - since;
    if waited < DUE {
        return None;
    }
    let share = seen.inputs.facts.store.value().and_then(|it| it.served);
    let at = match (seen.stage.map(|it| it.entered_when), share) {
        (Some(Entered::Served(_)), Some(share)) => format!("At {share}: conditions"),
        _ => "Conditions".to_owned(),
    };
    let soaked = seen.findings.iter().any(|it| it.cause == Some(Cause::Time));
    let words = if soaked { "and the soak are met" } else { "are met" };
    Some(Warning::new(format!(
        "{at} {words} since {}; it waits for a person to {}",
        day(since),
        action.verb()
    )))
}
