//! An action's life, exhaustively: every state against every event, every action against every phase.
use super::*;
use crate::reading::{Reading, SourceId, Why};

fn states() -> Vec<IntentState> {
    let why = String::new;
    vec![
        IntentState::Proposed,
        IntentState::Confirmed,
        IntentState::Claimed,
        IntentState::Sent { gives_up_at: Moment::from_millis(1) },
        IntentState::Uncertain { why: why() },
        IntentState::Done { by_hand: false },
        IntentState::Lapsed { why: why() },
        IntentState::Refused { by: Person::new("Noor") },
        IntentState::Failed { words: why() },
    ]
}

fn events() -> Vec<Event> {
    let gives_up_at = Moment::from_millis(2);
    vec![
        Event::Confirm,
        Event::Refuse(Person::new("Noor")),
        Event::Lapse("conditions gone".into()),
        Event::Claim,
        Event::Send { gives_up_at },
        Event::StoreRefused("no".into()),
        Event::NoAnswer("503".into()),
        Event::Seen,
        Event::SendAgain { gives_up_at },
        Event::CannotAct("nobody".into()),
        Event::Recorded,
    ]
}

#[test]
fn only_these_steps_are_allowed() {
    let mut allowed = Vec::new();
    for state in states() {
        for event in events() {
            let word = event.word();
            match step(&state, event) {
                Ok(next) => {
                    let hand =
                        if next == (IntentState::Done { by_hand: true }) { " by hand" } else { "" };
                    allowed.push(format!("{} –{word}→ {}{hand}", state.as_str(), next.as_str()));
                }
                Err(no) => {
                    assert_eq!(no.to_string(), format!("{word} cannot follow {}", state.as_str()));
                }
            }
        }
    }
    assert_eq!(
        allowed,
        [
            "proposed –confirm→ confirmed",
            "proposed –refuse→ refused",
            "proposed –lapse→ lapsed",
            "proposed –effect seen→ done by hand",
            "confirmed –refuse→ refused",
            "confirmed –lapse→ lapsed",
            "confirmed –claim→ claimed",
            "confirmed –effect seen→ done by hand",
            "confirmed –recorded→ done",
            "claimed –lapse→ lapsed",
            "claimed –send→ sent",
            "claimed –effect seen→ done by hand",
            "claimed –cannot act→ failed",
            "sent –lapse→ lapsed",
            "sent –refusal→ failed",
            "sent –no answer→ uncertain",
            "sent –effect seen→ done",
            "uncertain –lapse→ lapsed",
            "uncertain –effect seen→ done",
            "uncertain –send again→ sent",
            "uncertain –cannot act→ failed",
        ]
    );
}

#[test]
fn what_has_ended_stays_as_it_ended() {
    for state in states().into_iter().filter(|state| !state.is_open()) {
        for event in events() {
            assert!(step(&state, event).is_err(), "{}", state.as_str());
        }
    }
}

#[test]
fn a_step_keeps_what_it_was_told() {
    let sent = IntentState::Sent { gives_up_at: Moment::from_millis(1) };
    assert_eq!(
        step(&sent, Event::StoreRefused("no notes".into())),
        Ok(IntentState::Failed { words: "no notes".into() })
    );
    assert_eq!(
        step(&sent, Event::NoAnswer("503".into())),
        Ok(IntentState::Uncertain { why: "503".into() })
    );
    let again = Event::SendAgain { gives_up_at: Moment::from_millis(9) };
    let uncertain = IntentState::Uncertain { why: "503".into() };
    assert_eq!(
        step(&uncertain, again),
        Ok(IntentState::Sent { gives_up_at: Moment::from_millis(9) })
    );
}

fn shows(phase: Option<StorePhase>) -> Fact<InStore> {
    Fact::Known(Reading {
        value: InStore { phase, ..InStore::absent() },
        source: SourceId::new("play"),
        observed_at: Moment::default(),
        fetched_at: Moment::default(),
        link: None,
    })
}

#[test]
fn a_reading_tells_of_an_effect_by_this_table() {
    let phases = [
        P::Absent,
        P::Draft,
        P::NeedsPerson,
        P::WaitingForReview,
        P::InReview,
        P::Approved,
        P::Rejected,
        P::RollingOut,
        P::Halted,
        P::Complete,
        P::Replaced,
    ];
    // S: it shows · n: it does not · o: the opposite was done · .: the reading does not tell.
    let row = |action: Action| -> String {
        phases
            .map(|phase| match effect(action, &shows(Some(phase))) {
                Effect::Shown => 'S',
                Effect::NotShown => 'n',
                Effect::Opposite => 'o',
                Effect::Unclear => '.',
            })
            .iter()
            .collect()
    };
    //                                             Absent Draft Person Waiting InReview Approved Rejected Rolling Halted Complete Replaced
    assert_eq!(row(Action::SubmitForReview), "nn.SSSSSSSo");
    assert_eq!(row(Action::StartRollout), "nn.nnnnSoSo");
    assert_eq!(row(Action::CompleteRollout), "nn.nnnnnoSo");
    assert_eq!(row(Action::Publish), "nn.nnnnnoSo");
    assert_eq!(row(Action::PauseRollout), ".......nSno");
    assert_eq!(row(Action::ResumeRollout), ".......SnSo");
    assert_eq!(row(Action::MarkCandidate), "...........");
    assert_eq!(row(Action::Finish), "...........");
}

#[test]
fn what_is_not_known_tells_of_no_effect() {
    for action in [Action::SubmitForReview, Action::PauseRollout, Action::CompleteRollout] {
        assert_eq!(effect(action, &shows(None)), Effect::Unclear);
        assert_eq!(effect(action, &Fact::unknown(Why::NotReadYet, None)), Effect::Unclear);
    }
}

#[test]
fn what_may_not_be_sent_twice_is_told_apart() {
    assert!(!is_idempotent(Action::SubmitForReview));
    assert!(!is_idempotent(Action::StartRollout));
    assert!(is_idempotent(Action::PauseRollout));
    assert!(is_idempotent(Action::CompleteRollout));
}
