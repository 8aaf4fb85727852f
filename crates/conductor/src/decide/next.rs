//! What is done next with what was found, and what bars it. Who judged the conditions and how it is told is
//! not known here.

use super::Next;
use crate::app::StoreKind;
use crate::facts::Facts;
use crate::finding::{Cause, Finding, Verdict};
use crate::intent::IntentState;
use crate::moment::{Moment, Span};
use crate::observation::{Build, StorePhase};
use crate::people::Interventions;
use crate::process::{Action, AtPhase, Guard, Mode, Stage};
use crate::track::Standing;
use crate::version::Version;

/// How old the store's word may be on which an action at the store rests, whatever its conditions ask.
const STORE_MAX_AGE: Span = Span::hours(1);
/// How long before the store's own step a rollout is paused: several ticks, so that one that fails costs nothing.
const STEP_LEAD: Span = Span::hours(1);

/// What keeps an action from being done although its conditions hold. It is a person's turn then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bar<'a> {
    /// Where it is at the store is not known now, so neither is what an action there would do.
    Blind,
    /// There is no build to do it with.
    NoBuild,
    /// The store refused it for this build, with these words.
    Failed(&'a str, Moment),
    /// A person said no.
    SaidNo,
    /// It was done with this build before, and somebody undid it.
    Undone,
    /// Another version of the line goes first: one submission, one rollout at a time.
    Behind(&'a Version),
}

/// What only one version of a line can do at a time.
pub(crate) fn is_exclusive(action: Action) -> bool {
    match action {
        Action::SubmitForReview | Action::StartRollout | Action::Publish => true,
        Action::MarkCandidate
        | Action::CompleteRollout
        | Action::Finish
        | Action::PauseRollout
        | Action::ResumeRollout => false,
    }
}

/// What bars an action with a build. What the conductor did once, or was refused once, it does not do again
/// by itself: neither the store nor a person is to be pestered, and nothing that a person did is undone.
fn bar<'a>(people: &'a Interventions, action: Action, build: Option<&str>) -> Option<Bar<'a>> {
    let Some(build) = build else {
        return (action != Action::Finish).then_some(Bar::NoBuild);
    };
    if let Some(failed) = &people.failed_intent
        && failed.key.action == action
        && failed.key.build == build
    {
        let words = match &failed.state {
            IntentState::Failed { words } => words.as_str(),
            _ => "it said no more",
        };
        return Some(Bar::Failed(words, failed.changed_at));
    }
    let last = people
        .attempts
        .iter()
        .filter(|it| it.action == action && it.build == build)
        .max_by_key(|it| it.attempt)?;
    match last.state.as_str() {
        "failed" => Some(Bar::Failed("it said no more", Moment::default())),
        "refused" => Some(Bar::SaidNo),
        "done" if !matches!(action, Action::PauseRollout | Action::ResumeRollout) => {
            Some(Bar::Undone)
        }
        _ => None,
    }
}

/// What was found, as far as it decides what is done.
pub(super) struct Weighed<'a> {
    pub facts: &'a Facts,
    pub people: &'a Interventions,
    pub standing: Standing,
    pub findings: &'a [Finding],
    pub guards: &'a [Finding],
    pub fallen: Option<(&'a Guard, String)>,
    pub ahead: Option<(Action, Mode)>,
    pub renewing: Option<Mode>,
    pub build: Option<&'a Build>,
    pub newest: Option<&'a Build>,
    pub stage: Option<&'a Stage>,
    /// When a person served it again after it stood still.
    pub resumed_at: Option<Moment>,
    pub now: Moment,
}

impl<'a> Weighed<'a> {
    /// Whether the store has not told lately, in a word that we know, where it has this version.
    fn is_blind(&self) -> bool {
        self.facts
            .store
            .fresh(STORE_MAX_AGE, self.now)
            .ok()
            .and_then(|reading| reading.value.phase)
            .is_none()
    }

    /// The version of the line that goes first where only one can.
    fn ahead_of_us(&self, action: Action) -> Option<Bar<'a>> {
        let ahead = self.facts.line.iter().filter(|it| {
            it.version != self.facts.track.version
                && (it.goes_first || it.under_way.is_some_and(is_exclusive))
        });
        ahead
            .min_by(|a, b| a.version.cmp(&b.version))
            .filter(|_| is_exclusive(action))
            .map(|it| Bar::Behind(&it.version))
    }

    /// Why the store's own next step is stopped: it comes soon, the process asks for it, and more than time is missing.
    fn stops_step(&self) -> Option<String> {
        let asked = self.stage.is_some_and(|it| it.phases == AtPhase::PauseUntilMet);
        let store = self.facts.store.fresh(STORE_MAX_AGE, self.now).ok()?;
        let (at, share) = store.value.phased.as_ref()?.next_step()?;
        if !asked || self.now < at - STEP_LEAD {
            return None;
        }
        // Who resumed it knew what did not hold then, and let it go.
        let is_news = |it: &Finding| self.resumed_at.is_none_or(|resumed| it.since > resumed);
        let open = |it: &&Finding| !it.lets_pass() && it.cause != Some(Cause::Time) && is_news(it);
        let first = self.findings.iter().chain(self.guards).find(open)?;
        Some(format!("{} is not met before the step to {share}", first.title))
    }
}

/// What is done next, and what bars it if something does.
pub(super) fn next<'a>(it: &Weighed<'a>) -> (Next, Option<Bar<'a>>) {
    let phase = it.facts.store.value().and_then(|store| store.phase);
    let can_pause = match it.facts.store_kind {
        StoreKind::GooglePlay => {
            matches!(phase, Some(StorePhase::RollingOut | StorePhase::Complete))
        }
        StoreKind::AppStore => phase == Some(StorePhase::RollingOut),
        StoreKind::Download => false,
    };
    let number = |build: Option<&'a Build>| build.map(|it| it.number.as_str());
    // A stop beats a go: whatever the transition's mode, also while it waits, asks, or is held.
    if let Some((guard, because)) = &it.fallen
        && can_pause
        && guard.mode == Mode::Auto
        && it.standing != Standing::Finished
        && it.people.open_intent.as_ref().is_none_or(|open| open.key.action != Action::PauseRollout)
    {
        let bar = bar(it.people, Action::PauseRollout, number(it.build));
        return (Next::Pause { because: because.clone() }, bar);
    }
    if it.standing == Standing::Running
        && can_pause
        && it.people.open_intent.as_ref().is_none_or(|open| open.key.action != Action::PauseRollout)
        && let Some(because) = it.stops_step()
    {
        return (Next::Pause { because }, bar(it.people, Action::PauseRollout, number(it.build)));
    }
    match it.standing {
        Standing::Held
        | Standing::Paused
        | Standing::Rejected
        | Standing::Cancelled
        | Standing::Finished => return (Next::Rest, None),
        Standing::Running => {}
    }
    if it.people.open_intent.is_some() {
        return (Next::Wait, None);
    }
    if let Some(mode) = it.renewing
        && bar(it.people, Action::MarkCandidate, number(it.newest)).is_none()
    {
        return (Next::Fire { action: Action::MarkCandidate, mode }, None);
    }
    let Some((action, mode)) = it.ahead else { return (Next::Rest, None) };
    let all = Verdict::all(it.findings.iter().chain(it.guards).map(Finding::effective));
    let starts_by_itself =
        action == Action::StartRollout && it.facts.store_kind == StoreKind::GooglePlay;
    match all {
        Verdict::Met if starts_by_itself => (Next::Wait, None),
        Verdict::Met if !action.is_internal() && it.is_blind() => (Next::Wait, Some(Bar::Blind)),
        Verdict::Met => match bar(it.people, action, number(it.build)).or(it.ahead_of_us(action)) {
            Some(bar) => (Next::Wait, Some(bar)),
            None => (Next::Fire { action, mode }, None),
        },
        Verdict::Unmet | Verdict::Unknown => (Next::Wait, None),
    }
}
