//! Where a track is: its phase at the store, its stage, its standing, the build that it is about and since when
//! it soaks. What follows from that is left to the decision.

use super::Before;
use crate::facts::{Facts, by_number};
use crate::moment::Moment;
use crate::observation::{Build, Share, StorePhase};
use crate::people::Interventions;
use crate::process::{Entered, Process, Stage};
use crate::track::Standing;

/// Where the store has it. What was out and is no longer listed was overtaken: another version took its place.
pub(super) fn phase(process: &Process, facts: &Facts, before: &Before) -> Option<StorePhase> {
    let told = facts.store.last().and_then(|it| it.value.phase);
    let was_out = before
        .stage
        .as_ref()
        .and_then(|(id, _)| process.stage(id))
        .is_some_and(|was| matches!(was.entered_when, Entered::Served(_) | Entered::Complete));
    match told {
        Some(StorePhase::Absent) if was_out && facts.store.known().is_some() => {
            Some(StorePhase::Replaced)
        }
        told => told,
    }
}

/// The furthest stage that a source shows. A store that does not answer moves nobody back.
pub(super) fn stage<'a>(
    process: &'a Process,
    facts: &Facts,
    phase: Option<StorePhase>,
    people: &Interventions,
    before: &Before,
) -> Option<&'a Stage> {
    let served = facts.store.last().and_then(|it| it.value.served);
    let branched = facts.branch.last().is_some_and(|it| it.value.is_some());
    let submitted = phase.is_some_and(is_submitted);
    let out =
        matches!(phase, Some(StorePhase::RollingOut | StorePhase::Halted | StorePhase::Complete));
    let was_complete = before
        .stage
        .as_ref()
        .and_then(|(id, _)| process.stage(id))
        .is_some_and(|was| was.entered_when == Entered::Complete);
    let shows = |entered: Entered| match entered {
        Entered::BranchExists => branched || submitted,
        Entered::CandidateMarked => people.candidate().is_some() || submitted,
        Entered::Submitted => submitted,
        // A rollout whose share is not known has begun all the same: it is at its first share.
        Entered::Served(share) => {
            out && served
                .is_none_or(|served| served >= share || phase == Some(StorePhase::Complete))
        }
        // Halted after everybody had it: not every store gives a share with that.
        Entered::Complete => {
            phase == Some(StorePhase::Complete)
                || (phase == Some(StorePhase::Halted)
                    && (served == Some(Share::ALL) || (served.is_none() && was_complete)))
        }
    };
    let shown = process.stages.iter().rposition(|stage| shows(stage.entered_when));
    // What was overtaken stays where it was; so does what nobody can see now.
    let unsure = facts.store.value().and_then(|it| it.phase).is_none()
        || facts.branch.known().is_none()
        || phase == Some(StorePhase::Replaced);
    let was = before.stage.as_ref().and_then(|(id, _)| process.position(id)).filter(|_| unsure);
    shown.max(was).and_then(|index| process.stages.get(index))
}

/// Whether the store has it for review, or is past that.
fn is_submitted(phase: StorePhase) -> bool {
    match phase {
        StorePhase::Absent | StorePhase::Draft => false,
        StorePhase::NeedsPerson
        | StorePhase::WaitingForReview
        | StorePhase::InReview
        | StorePhase::Approved
        | StorePhase::Rejected
        | StorePhase::RollingOut
        | StorePhase::Halted
        | StorePhase::Complete
        | StorePhase::Replaced => true,
    }
}

/// How it stands.
pub(super) fn standing(phase: Option<StorePhase>, people: &Interventions) -> Standing {
    match phase {
        // Who stopped it for a reason says more than the store that stands still.
        Some(StorePhase::Halted) if people.hold().is_some() => Standing::Held,
        Some(StorePhase::Halted) => Standing::Paused,
        _ if people.cancelled.is_some() => Standing::Cancelled,
        Some(StorePhase::Replaced) => Standing::Cancelled,
        Some(StorePhase::Rejected) => Standing::Rejected,
        _ if people.hold().is_some() => Standing::Held,
        _ if people.finished_at.is_some() => Standing::Finished,
        _ => Standing::Running,
    }
}

/// The candidate as a build: with all that the sources know of it, or with what was known when it was marked.
pub(super) fn candidate_build(facts: &Facts, people: &Interventions) -> Option<Build> {
    let mark = people.candidate()?;
    let known =
        facts.builds.last().and_then(|it| it.value.iter().find(|build| build.number == mark.build));
    Some(known.cloned().unwrap_or_else(|| Build {
        version: Some(facts.track.version.clone()),
        number: mark.build.clone(),
        commit: Some(mark.commit.clone()),
        verified: None,
        uploaded: None,
        made_at: None,
        missing: None,
        link: None,
    }))
}

/// The build that the store has, where that is not the candidate: somebody submitted it by hand. What its users
/// have is what rollout and quality are judged by.
pub(super) fn shipped_build(
    facts: &Facts,
    phase: Option<StorePhase>,
    candidate: Option<&Build>,
) -> Option<Build> {
    phase.filter(|it| is_submitted(*it))?;
    let numbers = &facts.store.last()?.value.builds;
    if candidate.is_some_and(|it| numbers.contains(&it.number)) {
        return None;
    }
    let number = numbers.iter().max_by(|a, b| by_number(a, b))?;
    let known = facts.builds.last().and_then(|it| it.value.iter().find(|it| it.number == *number));
    Some(known.cloned().unwrap_or_else(|| Build {
        version: Some(facts.track.version.clone()),
        number: number.clone(),
        commit: None,
        verified: None,
        uploaded: None,
        made_at: None,
        missing: None,
        link: None,
    }))
}

/// Where a soak starts: when we first saw the stage, or earlier, if the store says that it began to serve before.
/// The store's word is about its first share only: of a later share it tells nothing.
pub(super) fn soak_start(
    process: &Process,
    stage: Option<&Stage>,
    facts: &Facts,
    stage_since: Option<Moment>,
) -> Option<Moment> {
    let (stage, since) = (stage?, stage_since?);
    let first_share =
        process.stages.iter().find(|it| matches!(it.entered_when, Entered::Served(_)));
    let told = facts.store.value().and_then(|store| match (store.phase, stage.entered_when) {
        (Some(StorePhase::RollingOut), Entered::Served(_))
            if first_share.is_some_and(|first| first.id == stage.id) =>
        {
            store.since
        }
        (Some(StorePhase::Complete), Entered::Complete) => store.since,
        _ => None,
    });
    Some(told.map_or(since, |told| told.min(since)))
}
