//! Typed reasons turned into prose, in one place: numbers, moments, and the one headline that a person
//! understands without opening anything.

use crate::app::{App, StoreKind};
use crate::decide::{Bar, Next};
use crate::facts::Facts;
use crate::finding::{Finding, Owner, Verdict};
use crate::intent::{Intent, IntentState, is_idempotent};
use crate::moment::Moment;
use crate::observation::{Phased, Share, StorePhase};
use crate::people::Interventions;
use crate::process::{Action, AtPhase, Mode};
use crate::track::Standing;
use crate::version::Version;
use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Deserialize, Serialize};

/// What a track waits for, on whom, since when, and what happens then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// What it waits for: `Waiting for 2 sign-offs: Playback, Ads`.
    pub text: String,
    /// What else stands in the way: `1 more unknown`; empty if nothing does.
    pub more: String,
    /// Whose move it is.
    pub who: Owner,
    /// Since when.
    pub since: Option<Moment>,
    /// What happens then: `Conductor submits for review when met`.
    pub then: String,
}

/// What the headline is made from.
pub(crate) struct Told<'a> {
    pub(crate) app: &'a App,
    pub(crate) facts: &'a Facts,
    pub(crate) people: &'a Interventions,
    pub(crate) standing: Standing,
    pub(crate) findings: &'a [Finding],
    pub(crate) guards: &'a [Finding],
    pub(crate) next: &'a Next,
    pub(crate) ahead: Option<(Action, Mode)>,
    /// What bars the action that would be next.
    pub(crate) bar: Option<&'a Bar<'a>>,
    /// The newest build, if it takes the candidate's place.
    pub(crate) renewed_by: Option<&'a str>,
    pub(crate) stage_title: &'a str,
    /// Whether everybody is, or was, served at its stage.
    pub(crate) stage_is_last: bool,
    pub(crate) waits: &'a [(String, String)],
    pub(crate) stage_since: Option<Moment>,
    pub(crate) standing_since: Moment,
    /// The share that was served when that was last known.
    pub(crate) last_share: Option<Share>,
    /// What is done before the store's own next step.
    pub(crate) phases: AtPhase,
}

impl<'a> Told<'a> {
    /// The store's own staged growth, if this version has one.
    fn phased(&self) -> Option<&'a Phased> {
        self.facts.store.last()?.value.phased.as_ref()
    }
}

/// The highest other version of the line in a phase.
fn out<'a>(told: &Told<'a>, phase: StorePhase) -> Option<&'a Version> {
    let ours = &told.facts.track.version;
    let others = told.facts.line.iter().filter(|it| it.phase == Some(phase));
    others.map(|it| &it.version).filter(|it| *it != ours).max()
}

/// Who took its place, and where it stood then.
fn overtaken(told: &Told<'_>) -> String {
    let by = out(told, StorePhase::RollingOut).or_else(|| out(told, StorePhase::Complete));
    match (by, told.last_share.filter(|share| *share < Share::ALL)) {
        (Some(by), Some(share)) => format!("Overtaken by {by} at {share}"),
        (Some(by), None) => format!("{by} took its place"),
        (None, _) => "Another version took its place".to_owned(),
    }
}

/// `1 day of pause`.
fn pause_days(left: u32) -> String {
    match left {
        1 => "1 day of pause".to_owned(),
        left => format!("{left} days of pause"),
    }
}

/// The headline of a decision. Never empty, never only "waiting".
pub(crate) fn headline(told: &Told<'_>) -> Headline {
    let owner = || told.app.whose();
    let store = told.facts.store_kind.title();
    let note = told.facts.store.last().and_then(|it| it.value.note.clone()).unwrap_or_default();
    let with_note = |text: String| if note.is_empty() { text } else { format!("{text}: {note}") };
    let line = |text: String, who: Owner, then: &str| Headline {
        text,
        more: String::new(),
        who,
        since: Some(told.standing_since),
        then: then.to_owned(),
    };
    match told.standing {
        Standing::Cancelled => match &told.people.cancelled {
            Some(by) => line(
                format!("Cancelled by {}: {}", by.by.name, by.reason),
                Owner::named("nobody"),
                "Another version takes its place",
            ),
            None => line(overtaken(told), Owner::named("nobody"), "It stays as it is"),
        },
        Standing::Paused => {
            let reason = told
                .guards
                .iter()
                .find(|it| it.verdict == Verdict::Unmet)
                .map(|it| format!("{} {}, {}", it.title, it.value, it.threshold));
            let served = told
                .facts
                .store
                .last()
                .and_then(|it| it.value.served.or(it.value.asked))
                .map_or_else(String::new, |share| format!(" at {share}"));
            let live = out(told, StorePhase::Complete);
            // Play serves the last complete version again once a finished one is halted.
            let halted = live
                .filter(|_| told.facts.store_kind == StoreKind::GooglePlay && told.stage_is_last);
            let left = told.phased().map(Phased::pause_left);
            let text = match (reason, halted) {
                (_, Some(live)) => {
                    format!("Halted after 100 %: new installs get {live}")
                }
                (Some(reason), None) => {
                    format!("Rollout paused{served}: {}", lower_first(&reason))
                }
                (None, None) => match left {
                    Some(left) => format!("Rollout paused{served}, {} left", pause_days(left)),
                    None => with_note(format!("Rollout paused{served}")),
                },
            };
            let then = match left {
                Some(0) => {
                    "What the App Store does when its 30 days of pause are over is not known: resume or complete it now"
                }
                Some(_) => {
                    "A person resumes or completes it; whoever asks for it by hand gets it meanwhile"
                }
                None => "Conductor stays put until a person decides",
            };
            line(text, owner(), then)
        }
        Standing::Rejected => line(
            with_note(format!("{store} rejected it")),
            owner(),
            &capital(console_step(told.facts.store_kind, StorePhase::Rejected)),
        ),
        Standing::Held => {
            let phase = told.facts.store.last().and_then(|it| it.value.phase);
            let halted = match phase {
                Some(StorePhase::Halted) => format!("; halted at {store}"),
                _ => String::new(),
            };
            let (text, who) = told.people.hold().map_or_else(
                || ("Held".to_owned(), owner()),
                |hold| {
                    (
                        format!("Held by {}: {}{halted}", hold.by.name, hold.reason),
                        Owner {
                            name: format!("{} releases the hold", hold.by.name),
                            people: vec![hold.by.clone()],
                        },
                    )
                },
            );
            line(text, who, &then(told, "once released"))
        }
        Standing::Finished => line(
            "Live for everybody, watch ended".into(),
            Owner::named("nobody"),
            "The next version takes its place",
        ),
        Standing::Running => running(told, store, owner()),
    }
}

fn running(told: &Told<'_>, store: &str, owner: Owner) -> Headline {
    if let Some(intent) = &told.people.open_intent {
        return intent_headline(told, intent, store, owner);
    }
    if let (Next::Pause { because }, Some(bar)) = (told.next, told.bar) {
        let words = match bar {
            Bar::Failed(words, _) => words,
            Bar::Blind | Bar::NoBuild | Bar::SaidNo | Bar::Undone | Bar::Behind(_) => {
                "a person has to"
            }
        };
        return Headline {
            text: format!("{because}, and the rollout could not be paused: {words}"),
            more: String::new(),
            who: owner,
            since: told.stage_since,
            then: format!("A person pauses the rollout at {store}, now"),
        };
    }
    if let Next::Pause { because } = told.next {
        return Headline {
            text: format!("{because}: the rollout is being paused"),
            more: String::new(),
            who: owner,
            since: told.stage_since,
            then: "Conductor pauses the rollout and calls a person".into(),
        };
    }
    if let (Some(bar), Some((action, _))) = (told.bar, told.ahead) {
        return barred(told, bar, action, store, owner);
    }
    if let Next::Fire { action, mode } = told.next {
        let all = match told.renewed_by {
            Some(build) => format!("Build {build} is newer and good"),
            None => all_met(told.findings.len()),
        };
        let (text, who, then) = match mode {
            Mode::Auto => (
                format!("{all}: {} now", gerund(*action)),
                Owner::named("Conductor"),
                format!("Conductor {} now", action.verb_third()),
            ),
            Mode::Ask => (
                format!("{all}. The conductor asks to {}", action.verb()),
                owner,
                format!("Conductor {} after a yes", action.verb_third()),
            ),
            Mode::Shadow => (
                format!("{all}. The conductor would {}", action.verb()),
                owner,
                format!(
                    "A person decides to {}: the conductor only watches (Shadow)",
                    action.verb()
                ),
            ),
            Mode::Off => (
                format!("{all}. A person may {}", action.verb()),
                owner,
                format!("A person decides to {} (Off)", action.verb()),
            ),
        };
        return Headline {
            text,
            more: String::new(),
            who,
            since: told.findings.iter().map(|it| it.since).max().or(told.stage_since),
            then,
        };
    }
    // What does not hold comes before what is not known: a person can act on it. A guard that fell before all.
    let fallen = |it: &&Finding| !it.lets_pass() && it.verdict == Verdict::Unmet;
    let all = || {
        let first = told.guards.iter().filter(fallen);
        let rest = told.guards.iter().filter(move |it| !fallen(it));
        first.chain(told.findings).chain(rest)
    };
    let pick = all()
        .find(|it| !it.lets_pass() && it.verdict == Verdict::Unmet)
        .or_else(|| all().find(|it| !it.lets_pass()));
    match pick {
        Some(finding) => {
            let text = told
                .waits
                .iter()
                .find(|(id, _)| *id == finding.id)
                .map_or_else(|| finding.title.clone(), |(_, text)| text.clone());
            let count_of = |verdict| {
                all()
                    .filter(|it| it.id != finding.id && !it.lets_pass() && it.verdict == verdict)
                    .count()
            };
            let more = [
                (count_of(Verdict::Unmet), "more not met"),
                (count_of(Verdict::Unknown), "unknown"),
            ]
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("+ {n} {word}"))
            .collect::<Vec<_>>()
            .join(", ");
            Headline {
                text,
                more,
                who: finding.owner.clone(),
                since: Some(finding.since),
                then: then(told, "when met"),
            }
        }
        None => {
            let text = match (told.ahead, told.facts.store_kind) {
                (Some((Action::StartRollout, _)), StoreKind::GooglePlay) => {
                    format!("Approved: {store} makes it live by itself")
                }
                (Some((action, _)), _) => format!("On its way: {}", gerund(action)),
                (None, _) => format!("At {}: nothing is left to do", told.stage_title),
            };
            Headline {
                text,
                more: String::new(),
                who: Owner::named(store),
                since: told.stage_since,
                then: then(told, "next"),
            }
        }
    }
}

/// Its conditions hold, and yet it is a person's turn.
fn barred(told: &Told<'_>, bar: &Bar<'_>, action: Action, store: &str, owner: Owner) -> Headline {
    let verb = action.verb();
    let (text, since, then) = match bar {
        Bar::Blind => {
            let what = "Not known where it is".to_owned();
            let note = told.facts.store.value().and_then(|it| it.note.clone());
            let text = match note {
                Some(note) => format!("{what} at {store}: {note}"),
                None => format!("{what} at {store}"),
            };
            (text, None, format!("Conductor goes on once {store} tells"))
        }
        Bar::NoBuild => (
            format!("No build of this version to {verb} with"),
            None,
            "It is read as soon as there is one".to_owned(),
        ),
        Bar::Failed(words, at) => (
            format!("Could not {verb} at {store}: {words}"),
            Some(*at).filter(|at| *at != Moment::default()),
            "Conductor tries again once a person says so".to_owned(),
        ),
        Bar::SaidNo => (
            format!("A person said no: do not {verb} with this build"),
            None,
            "Conductor asks again for the next build".to_owned(),
        ),
        Bar::Undone => (
            format!("Conductor {} before, and somebody undid it", action.verb_past()),
            None,
            format!("A person decides whether to {verb} again"),
        ),
        Bar::Behind(version) => {
            return Headline {
                text: format!("Behind {version}, which goes first: one at a time at {store}"),
                more: String::new(),
                who: Owner::named("the version ahead"),
                since: told.stage_since,
                then: format!("Conductor looks again once {version} is through"),
            };
        }
    };
    Headline { text, more: String::new(), who: owner, since: since.or(told.stage_since), then }
}

fn all_met(conditions: usize) -> String {
    match conditions {
        0 => "Nothing stands in its way".to_owned(),
        1 => "Its one condition is met".to_owned(),
        n => format!("All {n} conditions are met"),
    }
}

fn intent_headline(told: &Told<'_>, intent: &Intent, store: &str, owner: Owner) -> Headline {
    let action = intent.key.action;
    let (text, who, then) = match &intent.state {
        IntentState::Proposed => (
            format!("{}. The conductor asks to {}", all_met(told.findings.len()), action.verb()),
            owner,
            format!("Conductor {} after a yes", action.verb_third()),
        ),
        IntentState::Confirmed | IntentState::Claimed => (
            match action {
                // What stops a rollout is not kept waiting by another look.
                Action::PauseRollout => "About to pause the rollout".to_owned(),
                _ => format!("About to {}: looking at everything once more", action.verb()),
            },
            Owner::named("Conductor"),
            format!("Conductor {} now", action.verb_third()),
        ),
        IntentState::Sent { .. } => (
            format!("Sent to {store}: {}. Not seen there yet", action.verb()),
            Owner::named(store),
            "Conductor goes on when the store shows it".to_owned(),
        ),
        IntentState::Uncertain { why } => (
            format!("Not certain whether {store} did it: {} ({why})", action.verb()),
            owner,
            if is_idempotent(action) {
                "Conductor looks again with each tick, and does it once more if nothing happened"
                    .to_owned()
            } else {
                "Conductor looks again with each tick, and asks a person before it sends anything twice".to_owned()
            },
        ),
        IntentState::Done { .. }
        | IntentState::Lapsed { .. }
        | IntentState::Refused { .. }
        | IntentState::Failed { .. } => (
            format!("{} came to an end", capital(&gerund(action))),
            Owner::named("Conductor"),
            "Conductor decides anew with the next tick".to_owned(),
        ),
    };
    Headline { text, more: String::new(), who, since: Some(intent.changed_at), then }
}

/// What happens once the way is free, and what the store does by itself meanwhile.
fn then(told: &Told<'_>, when: &str) -> String {
    let ours = then_ours(told, when);
    let Some((at, share)) = told.phased().and_then(Phased::next_step) else { return ours };
    let at = day_time(at);
    match told.phases {
        AtPhase::LetItGo => {
            format!("{ours}; App Store goes to {share} by itself {at} unless it is paused")
        }
        AtPhase::PauseUntilMet => {
            format!("{ours}; it is paused before App Store goes to {share} {at} unless all is met")
        }
    }
}

fn then_ours(told: &Told<'_>, when: &str) -> String {
    match (told.ahead, told.facts.store_kind) {
        (None, _) => "Nothing is left to do".to_owned(),
        (Some((Action::StartRollout, _)), StoreKind::GooglePlay) => {
            let phase = told.facts.store.last().and_then(|it| it.value.phase);
            match phase {
                Some(StorePhase::Approved) => "Google Play starts the rollout by itself",
                _ => "Google Play starts the rollout on approval",
            }
            .to_owned()
        }
        (Some((action, Mode::Auto)), _) => format!("Conductor {} {when}", action.verb_third()),
        (Some((action, Mode::Ask)), _) => format!("Conductor asks to {} {when}", action.verb()),
        (Some((action, Mode::Shadow | Mode::Off)), _) => {
            format!("A person may {} {when}", action.verb())
        }
    }
}

fn gerund(action: Action) -> String {
    match action {
        Action::MarkCandidate => "marking the final release candidate",
        Action::SubmitForReview => "submitting for review",
        Action::StartRollout => "starting the rollout",
        Action::CompleteRollout => "completing the rollout",
        Action::Publish => "publishing",
        Action::Finish => "ending the watch",
        Action::PauseRollout => "pausing the rollout",
        Action::ResumeRollout => "resuming the rollout",
    }
    .to_owned()
}

/// A store's phase as people say it.
pub fn phase_words(phase: StorePhase) -> &'static str {
    match phase {
        StorePhase::Absent => "not there",
        StorePhase::Draft => "in preparation",
        StorePhase::NeedsPerson => "waiting for a person",
        StorePhase::WaitingForReview => "waiting for review",
        StorePhase::InReview => "in review",
        StorePhase::Approved => "approved",
        StorePhase::Rejected => "rejected",
        StorePhase::RollingOut => "rolling out",
        StorePhase::Halted => "paused",
        StorePhase::Complete => "live for everybody",
        StorePhase::Replaced => "replaced by another version",
    }
}

/// What a person does in a store's console where the store waits for one, or refused.
pub fn console_step(store: StoreKind, phase: StorePhase) -> &'static str {
    match (store, phase) {
        (StoreKind::GooglePlay, StorePhase::Rejected) => {
            "read the reason in the Play Console or in the mail (it is not in the API), mend it, and send it for review there: after a refusal a person must press Send"
        }
        (StoreKind::GooglePlay, _) => {
            "open Publishing overview in the Play Console: press Send for review, or, with managed publishing, Publish; that takes everything along that is ready there"
        }
        (StoreKind::AppStore, StorePhase::Rejected) => {
            "read the reason in App Store Connect under App Review; answer it there, or withdraw the submission and send another build: until then it blocks the next one"
        }
        (StoreKind::AppStore, _) => {
            "answer its question in App Store Connect: it goes on by itself then"
        }
        (StoreKind::Download, _) => "look at the release page, and publish or mend it there",
    }
}

/// `Mon 16 Mar 09:00 UTC`. Zones belong to whoever shows it to a person.
pub fn day_time(at: Moment) -> String {
    utc(at).map_or_else(
        || at.to_string(),
        |it| format!("{} {} {} UTC", it.weekday(), day(at), clock(at)),
    )
}

/// `16 Mar`.
pub fn day(at: Moment) -> String {
    let month = |it: DateTime<Utc>| MONTHS.get(it.month0() as usize).copied().unwrap_or_default();
    utc(at).map_or_else(|| at.to_string(), |it| format!("{} {}", it.day(), month(it)))
}

/// `09:00`.
pub fn clock(at: Moment) -> String {
    utc(at).map_or_else(|| at.to_string(), |it| format!("{:02}:{:02}", it.hour(), it.minute()))
}

/// Written by hand: chrono's patterns bring all that can stand in one, and the browser loads it.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn utc(at: Moment) -> Option<DateTime<Utc>> {
    DateTime::<Utc>::from_timestamp_millis(at.millis())
}

/// `1 sign-off`, `2 sign-offs`.
pub fn count(n: u64, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{} {thing}s", grouped(n)) }
}

/// `A, B, C and 4 more`.
pub fn list(items: &[String], most: usize) -> String {
    let shown = items.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `41 200`: thousands apart by a narrow no-break space.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + 8);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Parts per million as `99.87 %`, cut and not rounded: 99.999 % is not 100 %.
pub fn percent(ppm: u32) -> String {
    format!("{}.{:02} %", ppm / 10_000, ppm % 10_000 / 100)
}

/// The same text with a small first letter, unless its first word is all capitals.
pub fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// A text with a capital at its beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
