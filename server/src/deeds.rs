//! What people do to a train, by a form or by the API: checked against what is published, then recorded and journalled
//! under their name. Whether a store does what is ordered is the conductor's to see.

mod given;
mod order;
#[cfg(test)]
mod tests;

use crate::access::{Right, Visitor};
use crate::http::Site;
use axum::http::StatusCode;
use conductor::intent::IntentState;
use conductor::journal::Entry;
use conductor::people::{Answer, Hold, SignOff, Waiver};
use conductor::process::Action;
use conductor::{Moment, Person, TrackId};
use engine::{Decided, Said};
use ports::{StoreError, Wish};

/// A text that people write may have so many characters.
const LONGEST: usize = 2_000;

/// What somebody does to a train.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Says a team's word on the candidate.
    SignOff { team: String, answer: Answer, comment: String },
    /// Says of an item of a checklist that it is done, or that it is not.
    Tick { item: String, done: bool, comment: String },
    /// Says yes in a role, or takes it back.
    Approve { role: String, given: bool, comment: String },
    /// Stops it.
    Hold { reason: String },
    /// Lets all holds go.
    Release,
    /// Excuses a condition, for the present build or for the whole track.
    Waive { rule: String, whole_track: bool, reason: String },
    /// Takes a waiver back.
    Unwaive { rule: String },
    /// Says yes or no to what the conductor asks.
    Answer { yes: bool, reason: String },
    /// Says of what is not certain, having looked in the store's console, that nothing happened.
    NothingHappened { reason: String },
    /// Orders an action, with a build where it is about another than the present one.
    Order { action: Action, build: Option<String>, reason: String },
    /// Says that it is an emergency, or that it is none any more.
    Emergency { is_one: bool, reason: String },
    /// Takes it off the line.
    Cancel { reason: String },
}

impl Deed {
    /// The right that it takes.
    pub(crate) fn right(&self) -> Right {
        match self {
            Self::SignOff { .. } => Right::SignOff,
            Self::Tick { .. } | Self::Approve { .. } => Right::Tick,
            Self::Emergency { .. } => Right::Emergency,
            Self::Hold { .. } | Self::Release => Right::Hold,
            Self::Waive { .. } | Self::Unwaive { .. } => Right::Waive,
            Self::Answer { .. } | Self::NothingHappened { .. } => Right::Answer,
            Self::Order { .. } => Right::Order,
            Self::Cancel { .. } => Right::Cancel,
        }
    }
}

/// Why something was not done: a word for programs, a sentence for people.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    fn input(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let (status, code) = match &error {
            StoreError::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            StoreError::Superseded { .. } => (StatusCode::CONFLICT, "superseded"),
            StoreError::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, "not_recorded"),
            StoreError::Corrupt { .. } | StoreError::Newer { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, "database")
            }
        };
        Self::new(status, code, error.to_string())
    }
}

/// Does it. Comes back with the journal's entry; of several the last.
pub(crate) async fn perform(
    site: &Site,
    track: &TrackId,
    deed: Deed,
    who: &Visitor,
) -> Result<Entry, Refusal> {
    let right = deed.right();
    if who.role < right.least() {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            format!(
                "{} may not do that as {}: it takes at least the role {}",
                who.person.name,
                who.role.title().to_lowercase(),
                right.least().title().to_lowercase(),
            ),
        ));
    }
    let published = site.now();
    let decided = published.tracks.get(track).ok_or_else(|| unknown_track(track))?;
    let said = wishes(decided, deed, &who.person, site.clock.now())?;
    let entries = site.engine.wish(track, said, &who.person).await?;
    entries
        .into_iter()
        .next_back()
        .ok_or_else(|| Refusal::conflict("nothing", "there is nothing to do"))
}

pub(crate) fn unknown_track(id: &TrackId) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "unknown_track",
        format!("the board does not know {id}; GET /api/v1/board lists what it knows"),
    )
}

/// What a deed comes to, in the order in which it is recorded. Pure.
fn wishes(decided: &Decided, deed: Deed, by: &Person, now: Moment) -> Result<Vec<Said>, Refusal> {
    let people = &decided.inputs.people;
    let said = |wish, text: String, why: String| Ok(vec![Said { wish, text, why }]);
    match deed {
        Deed::SignOff { team, answer, comment } => {
            sign_off(decided, &team, answer, &short("comment", &comment)?, by, now)
        }
        Deed::Tick { item, done, comment } => {
            Ok(vec![given::tick(decided, &item, done, short("comment", &comment)?, by, now)?])
        }
        Deed::Approve { role, given, comment } => {
            Ok(vec![given::approve(decided, &role, given, short("comment", &comment)?, by, now)?])
        }
        Deed::Emergency { is_one: false, .. } if people.emergency.is_none() => {
            Err(Refusal::conflict("no_emergency", "nobody said that this is an emergency"))
        }
        Deed::Emergency { is_one: false, .. } => {
            let text = "said that it is no emergency any more".to_owned();
            said(Wish::Emergency(None), text, String::new())
        }
        Deed::Emergency { is_one: true, reason } => {
            let reason = owed(&reason)?;
            let hold = Hold { by: by.clone(), at: now, reason: reason.clone() };
            let text = "said that it is an emergency: no window stops it".to_owned();
            said(Wish::Emergency(Some(hold)), text, reason)
        }
        Deed::Hold { reason } => {
            let reason = owed(&reason)?;
            let hold = Hold { by: by.clone(), at: now, reason: reason.clone() };
            said(Wish::Hold(hold), "held the train".to_owned(), reason)
        }
        Deed::Release if people.holds.is_empty() => {
            Err(Refusal::conflict("no_hold", "nobody holds this train"))
        }
        Deed::Release => said(Wish::Release, "released the hold".to_owned(), String::new()),
        Deed::Waive { rule, whole_track, reason } => {
            let reason = owed(&reason)?;
            Ok(vec![waive(decided, &rule, whole_track, &reason, by, now)?])
        }
        Deed::Unwaive { rule } => {
            if !people.waivers.iter().any(|it| it.rule == rule) {
                return Err(Refusal::conflict("no_waiver", format!("`{rule}` is not waived")));
            }
            let text = format!("took back the waiver of “{}”", title_of(decided, &rule));
            said(Wish::Unwaive(rule), text, String::new())
        }
        Deed::Answer { yes, reason } => {
            let reason = if yes { short("reason", &reason)? } else { owed(&reason)? };
            let asks = people.open_intent.as_ref().filter(|it| it.state == IntentState::Proposed);
            let Some(asks) = asks else {
                return Err(Refusal::conflict("nothing_asked", "nothing is asked of anybody now"));
            };
            let (state, word) = if yes {
                (IntentState::Confirmed, "said yes to")
            } else {
                (IntentState::Refused { by: by.clone() }, "said no to")
            };
            let text = format!("{word}: {}", asks.key.action.verb());
            said(Wish::Answer(asks.key.clone(), state), text, reason)
        }
        Deed::NothingHappened { reason } => {
            let reason = owed(&reason)?;
            let open = people.open_intent.as_ref();
            let unsure = open.filter(|it| matches!(it.state, IntentState::Uncertain { .. }));
            let Some(unsure) = unsure else {
                return Err(Refusal::conflict("all_certain", "nothing is uncertain here now"));
            };
            let why = format!("{} looked, and nothing had happened: {reason}", by.name);
            let text = format!("said that nothing happened: {}", unsure.key.action.verb());
            said(Wish::Answer(unsure.key.clone(), IntentState::Lapsed { why }), text, reason)
        }
        Deed::Order { action, build, reason } => {
            let reason = short("reason", &reason)?;
            order::wishes(decided, action, build.as_deref(), &reason, by, now)
        }
        Deed::Cancel { reason } => {
            let reason = owed(&reason)?;
            let hold = Hold { by: by.clone(), at: now, reason: reason.clone() };
            said(Wish::Cancel(hold), "cancelled the train".to_owned(), reason)
        }
    }
}

fn sign_off(
    decided: &Decided,
    team: &str,
    answer: Answer,
    comment: &str,
    by: &Person,
    now: Moment,
) -> Result<Vec<Said>, Refusal> {
    let app = &decided.inputs.app;
    let Some(team) = app.team(team) else {
        let known = app.teams.iter().map(|team| team.id.as_str()).collect::<Vec<_>>().join(", ");
        let words = format!("team: `{team}` is no team of {}; there are {known}", app.id);
        return Err(Refusal::input("unknown_team", words));
    };
    let Some(candidate) = decided.inputs.people.candidate() else {
        let words = format!("{} has no candidate to sign off yet", decided.decision.track);
        return Err(Refusal::conflict("no_candidate", words));
    };
    if answer == Answer::Refused && comment.is_empty() {
        return Err(Refusal::input("no_reason", "comment: say why, for those who mend it"));
    }
    let verb = match answer {
        Answer::Given => "signed off",
        Answer::Refused => "refused to sign off",
        Answer::OptedOut => "opted out",
        Answer::Withdrawn => "took back its word",
    };
    let text = format!("{verb} for {}, build {}", team.name, candidate.build);
    let wish = Wish::SignOff(SignOff {
        team: team.id.clone(),
        answer,
        build: candidate.build.clone(),
        by: by.clone(),
        at: now,
        comment: comment.to_owned(),
    });
    Ok(vec![Said { wish, text, why: comment.to_owned() }])
}

fn waive(
    decided: &Decided,
    rule: &str,
    whole_track: bool,
    reason: &str,
    by: &Person,
    now: Moment,
) -> Result<Said, Refusal> {
    let decision = &decided.decision;
    let mut here = decision.findings.iter().chain(&decision.guards);
    if !here.any(|it| it.id == rule) {
        let words = format!("rule: `{rule}` is not asked of this train at its stage");
        return Err(Refusal::input("unknown_rule", words));
    }
    let build = if whole_track { None } else { decision.build.clone() };
    let span = build
        .as_ref()
        .map_or_else(|| "for the whole track".to_owned(), |build| format!("for build {build}"));
    let text = format!("waived “{}” {span}", title_of(decided, rule));
    let waiver =
        Waiver { rule: rule.to_owned(), build, by: by.clone(), at: now, reason: reason.to_owned() };
    Ok(Said { wish: Wish::Waive(waiver), text, why: reason.to_owned() })
}

fn title_of<'a>(decided: &'a Decided, rule: &'a str) -> &'a str {
    let decision = &decided.decision;
    let mut here = decision.findings.iter().chain(&decision.guards);
    here.find(|it| it.id == rule).map_or(rule, |it| it.title.as_str())
}

fn short(key: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.chars().count() > LONGEST {
        let words = format!("{key} has more than {LONGEST} characters; say it shorter");
        return Err(Refusal::input("too_long", words));
    }
    Ok(text.to_owned())
}

/// A reason that is owed to those who wait.
fn owed(reason: &str) -> Result<String, Refusal> {
    let reason = short("reason", reason)?;
    if reason.is_empty() {
        return Err(Refusal::input("no_reason", "reason: say why, for those who wait"));
    }
    Ok(reason)
}
