//! What the trains in flight would do by other rules.
use super::*;
use crate::config::SHIPPED;
use crate::fixtures;
use app::still::settings::Settings;
use conductor::Platform;
use conductor::board::{AppView, Board, LineView};

/// A board with one train at its candidate, which waits for two sign-offs.
pub(crate) fn published() -> Published {
    let app = fixtures::app_named("music", "Music", "Mira Kovač");
    let (page, _) = fixtures::page(fixtures::inputs(&app, Platform::Android, "9.1.24"));
    let id = page.view.id.clone();
    let line = LineView {
        platform: Platform::Android,
        production: None,
        current: vec![page.view.clone()],
        upcoming: None,
    };
    let view = AppView {
        id: app.id.clone(),
        name: app.name.clone(),
        owner: app.owner.clone(),
        lines: vec![line],
        process: String::new(),
    };
    let decided = Decided {
        inputs: page.inputs,
        decision: page.decision,
        view: page.view,
        timeline: Vec::new(),
    };
    Published {
        board: Arc::new(Board { apps: vec![view], ..Board::default() }),
        tracks: BTreeMap::from([(id, Arc::new(decided))]),
        ..Published::default()
    }
}

pub(crate) fn configured() -> Configured {
    let app = fixtures::app_named("music", "Music", "Mira Kovač");
    let processes = [("default".to_owned(), fixtures::process())].into();
    Configured {
        shown: Settings { apps: vec![app], processes, ..Settings::default() },
        ..Configured::default()
    }
}

/// The default process, with a change to its text.
pub(crate) fn rules(from: &str, to: &str) -> String {
    let text = SHIPPED[0].1;
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}

fn tried(text: &str) -> Answer {
    attempt(text, "default", &configured(), &published())
}

fn only(answer: Answer) -> Outcome {
    let Answer::Found(outcomes) = answer else { panic!("{answer:?}") };
    assert_eq!(outcomes.len(), 1);
    outcomes.into_iter().next().unwrap()
}

fn faults(answer: Answer) -> Vec<Wrong> {
    let Answer::Wrong(faults) = answer else { panic!("{answer:?}") };
    faults
}

const SIGNED_OFF: &str = r#"{ id = "candidate-sign-offs", kind = "signed_off" }"#;

#[test]
fn the_rules_of_now_change_nothing() {
    let outcome = only(tried(SHIPPED[0].1));
    assert_eq!(outcome.change, Change::Same);
    assert_eq!(outcome.before, outcome.after);
    assert_eq!(outcome.title, "Music Android 9.1.24");
}

#[test]
fn without_the_condition_that_it_waits_for_it_would_advance() {
    let outcome = only(tried(&rules(&format!("{SIGNED_OFF},"), "")));
    assert_eq!(outcome.change, Change::Advances);
    assert!(outcome.before.starts_with("Waiting for 2 sign-offs"), "{}", outcome.before);
    assert_ne!(outcome.before, outcome.after);
}

#[test]
fn where_a_person_confirms_it_would_be_ready_and_not_advance() {
    let text = rules(&format!("{SIGNED_OFF},"), "").replace(
        "action = \"submit_for_review\"\nmode = \"auto\"",
        "action = \"submit_for_review\"\nmode = \"ask\"",
    );
    assert_eq!(only(tried(&text)).change, Change::Ready);
}

#[test]
fn a_train_that_would_go_on_waits_by_a_harder_rule() {
    let published = {
        let mut it = published();
        let lax = rules(&format!("{SIGNED_OFF},"), "");
        let document = Document::read(&lax, Path::new("")).unwrap();
        for track in it.tracks.values_mut() {
            let mut inputs = track.inputs.clone();
            inputs.process = document.process.clone();
            let decision = conductor::decide(&inputs);
            *track = Arc::new(Decided { inputs, decision, ..Decided::clone(track) });
        }
        it
    };
    let outcome = only(attempt(SHIPPED[0].1, "default", &configured(), &published));
    assert_eq!(outcome.change, Change::Waits);
    assert!(outcome.after.starts_with("Waiting for 2 sign-offs"), "{}", outcome.after);
}

#[test]
fn a_window_of_the_settings_that_the_rules_did_not_name_before_is_looked_at() {
    let mut configured = configured();
    let late = open_on_mondays();
    configured.windows.insert("late".to_owned(), late);
    let text =
        rules(&format!("{SIGNED_OFF},"), "").replace("name = \"release\"", "name = \"late\"");
    let outcome = only(attempt(&text, "default", &configured, &published()));
    assert_eq!(outcome.change, Change::WaitsOtherwise, "{outcome:?}");
}

#[test]
fn trains_of_another_process_are_left_out() {
    let text = SHIPPED[1].1;
    assert_eq!(attempt(text, "light", &configured(), &published()), Answer::Found(Vec::new()));
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_to_do() {
    let misspelt = faults(tried(&rules("at_most = 0", "at_mots = 0")));
    assert!(
        misspelt[0].line > 0 && misspelt[0].words.contains("did you mean `at_most`"),
        "{misspelt:?}"
    );
    let no_window = faults(tried(&rules("name = \"release\"", "name = \"weekend\"")));
    assert!(no_window[0].line > 0 && no_window[0].words.contains("there is no window `weekend`"));
    let team = format!("{}, teams = [\"pirates\"] }}", SIGNED_OFF.trim_end_matches(" }"));
    let no_team = faults(tried(&rules(SIGNED_OFF, &team)));
    assert!(no_team[0].words.contains("has no team `pirates`"), "{no_team:?}");
    let no_toml = faults(tried("name = "));
    assert_eq!(no_toml[0].line, 1);
}

#[test]
fn another_process_is_not_tried_in_its_place() {
    let renamed = faults(tried(&rules("name = \"default\"", "name = \"other\"")));
    assert_eq!((renamed[0].line, renamed[0].key.as_str()), (2, "name"));
    assert!(renamed[0].words.contains("keep `default`"));
}

/// A window that is not open on the day of the fixtures, a Thursday.
fn open_on_mondays() -> engine::WindowSpec {
    engine::WindowSpec {
        days: vec![chrono::Weekday::Mon],
        from: chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
        until: chrono::NaiveTime::from_hms_opt(16, 0, 0).unwrap(),
        zone: chrono_tz::UTC,
        binds: vec![conductor::Kind::Regular],
        freezes: Vec::new(),
    }
}
