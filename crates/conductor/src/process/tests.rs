//! Processes as documents: what is wrong with one, and what is refused when it is read.
use super::*;

const DEFAULT: &str = include_str!("../../processes/default.toml");
const DOWNLOAD: &str = include_str!("../../processes/download.toml");
const LIGHT: &str = include_str!("../../processes/light.toml");
const HOTFIX: &str = include_str!("../../processes/hotfix.toml");

fn read(text: &str) -> Result<Process, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

/// The default process with one text for another, once.
#[track_caller]
fn changed(from: &str, to: &str) -> Result<Process, String> {
    assert!(DEFAULT.contains(from), "`{from}` is not there");
    read(&DEFAULT.replacen(from, to, 1))
}

#[track_caller]
fn flawed(from: &str, to: &str, expected: &str) {
    let flaws: Vec<String> =
        changed(from, to).unwrap().flaws().iter().map(ToString::to_string).collect();
    assert_eq!(flaws, [expected]);
}

#[track_caller]
fn refused(from: &str, to: &str, expected: &str) {
    assert_eq!(changed(from, to).unwrap_err(), expected);
}

#[test]
fn the_shipped_processes_have_no_flaw_and_keep_their_meaning_through_toml_and_json() {
    for text in [DEFAULT, DOWNLOAD, LIGHT, HOTFIX] {
        let process = read(text).unwrap();
        assert_eq!(process.flaws(), []);
        assert_eq!(read(&toml::to_string(&process).unwrap()).unwrap(), process);
        let json = serde_json::to_string(&process).unwrap();
        assert_eq!(serde_json::from_str::<Process>(&json).unwrap(), process);
    }
    let windows: Vec<String> = read(DEFAULT).unwrap().window_names().into_iter().collect();
    assert_eq!(windows, ["release"]);
}

#[test]
fn a_key_that_nobody_knows_is_refused_with_what_is_allowed() {
    refused(
        r#"id = "bugs", kind = "blocking_bugs", at_most = 0"#,
        r#"id = "bugs", kind = "blocking_bugs", at_mots = 0"#,
        "rule `bugs`: `at_mots` is not a key of blocking_bugs; allowed are at_most, kind, id, title, owner, max_age_minutes, only_at; did you mean `at_most`?",
    );
    // A condition without keys of its own is no exception.
    refused(
        r#"kind = "build_verified""#,
        r#"kind = "build_verified", strict = true"#,
        "rule `build-verified`: `strict` is not a key of build_verified; allowed are kind, id, title, owner, max_age_minutes, only_at",
    );
    refused(
        "id = \"rollout-red-line\"",
        "id = \"rollout-red-line\"\nof_lats = 3",
        "rule `rollout-red-line`: `of_lats` is not a key of quality; allowed are at_least_ppm, audience, confidence, kind, metric, minimum_sample, versus_previous, id, title, owner, max_age_minutes, only_at, mode, unmet, of_last; did you mean `of_last`?",
    );
    // Nor are parts of a condition.
    refused(
        r#"{ id = "tests", kind = "tests_passed" }"#,
        r#"{ id = "tests", kind = "any", of = [{ kind = "tests_passed", suits = ["a"] }] }"#,
        "rule `tests`: `suits` is not a key of tests_passed; allowed are kind, suites; did you mean `suites`?",
    );
    assert!(
        changed("action = \"finish\"", "action = \"finish\"\nmood = \"auto\"")
            .unwrap_err()
            .contains("mood")
    );
    assert!(changed("kind = \"regular\"", "kin = \"regular\"").unwrap_err().contains("kin"));
}

#[test]
fn a_wrong_value_is_refused_by_its_rule() {
    refused(
        r#"kind = "soaked", hours = 24"#,
        r#"kind = "soaked", hours = "24""#,
        "rule `rollout-soak`: invalid type: string \"24\", expected u32",
    );
    refused(
        r#"kind = "soaked", hours = 24"#,
        r#"kind = "soaked""#,
        "rule `rollout-soak`: missing field `hours`",
    );
    refused(
        r#"max_age_minutes = 60 },
  { id = "bugs""#,
        r#"max_age_minutes = -1 },
  { id = "bugs""#,
        "rule `build-uploaded`: `max_age_minutes`: invalid value: integer `-1`, expected u32",
    );
    let unknown = changed(r#"kind = "build_verified""#, r#"kind = "build_verifed""#).unwrap_err();
    assert!(
        unknown.contains("unknown variant `build_verifed`, expected one of `tests_passed`"),
        "{unknown}"
    );
    refused(
        r#"{ id = "tests", kind = "tests_passed" }"#,
        r#"{ kind = "tests_passed" }"#,
        "a rule has no `id`; give it a short name that is unique in the process",
    );
}

#[test]
fn what_is_left_out_has_its_usual_value() {
    let process = read(DEFAULT).unwrap();
    let tests = &process.stages[0].leave.as_ref().unwrap().conditions[0];
    assert_eq!((tests.max_age_minutes, &tests.title, &tests.only_at), (20, &None, &vec![]));
    let guard = &process.stages[3].guards[0];
    assert_eq!((guard.mode, guard.unmet, guard.of_last), (Mode::Auto, 1, 1));
}

#[test]
fn each_flaw_is_told_with_its_place_and_what_to_do() {
    flawed(
        "id = \"review\"\n",
        "id = \"candidate\"\n",
        "stages.candidate: this id is used twice; give each stage its own",
    );
    flawed(
        "id = \"candidate-tests\"",
        "id = \"tests\"",
        "stages.candidate.tests: this id is used twice; waivers need it to be unique in the process",
    );
    flawed(
        "entered_when = \"submitted\"",
        "entered_when = \"submitted\"\nphases = \"pause_until_met\"",
        "stages.review: `phases` is about a rollout that the store grows by itself, and nothing grows at this stage; move it to a stage that is `served`",
    );
    let twice =
        changed("entered_when = \"complete\"", "entered_when = { served = 1 }").unwrap().flaws();
    assert_eq!(
        twice[1].to_string(),
        "stages.complete: is entered no later than the stage before it, so one of the two can never be reached; put them in the order in which a release goes through them"
    );
    assert_eq!(twice[1].path, "stages.4.entered_when");
    flawed(
        "entered_when = { served = 1 }",
        "entered_when = { served = 1000000 }",
        "stages.rollout: `served` is in parts per million, from 1 to 999999; 1 % is 10000, and everybody is `complete`",
    );
    flawed(
        "action = \"submit_for_review\"",
        "action = \"complete_rollout\"",
        "stages.candidate: `complete_rollout` leads to everybody (entered_when = \"complete\"), and not to the next stage `review`; change the action, or the order of the stages",
    );
    flawed(
        "action = \"start_rollout\"",
        "action = \"resume_rollout\"",
        "stages.review: `resume_rollout` leads to no other stage; guards pause, and people resume",
    );
    flawed(
        "action = \"finish\"",
        "action = \"publish\"",
        "stages.complete: `publish` leads to everybody (entered_when = \"complete\"), but no stage comes after this one; add it, or end with `finish`",
    );
    flawed(
        "at_least_ppm = 989100",
        "at_least_ppm = 995001",
        "stages.rollout.rollout-red-line: the red line lies above the threshold of `rollout-crashes`, so what may go on would be paused; lower it, or raise the threshold",
    );
    flawed(
        "versus_previous = { tolerance_ppm = 3000 }",
        "at_least_ppm = 0",
        "stages.rollout.rollout-versus: neither at_least_ppm nor versus_previous is given; say what the rate is held against (99.8 % is at_least_ppm = 998000)",
    );
    let other = |rule: &str, expected: &str| {
        flawed(
            r#"{ id = "tests", kind = "tests_passed" }"#,
            &format!(r#"{{ id = "tests", {rule} }}"#),
            &format!("stages.branched.tests: {expected}"),
        );
    };
    other(
        r#"kind = "reading", name = "errors", at_most = 3"#,
        "has no owner, and what it asks does not tell who can change it; add owner = \"…\"",
    );
    other(
        r#"kind = "reading", name = "errors", owner = "Ops""#,
        "nothing is asked of it; give at_least or at_most",
    );
    other(
        r#"kind = "reading", name = "errors", owner = "Ops", at_least = 1, is = "green""#,
        "at_least or at_most is given too; ask for a number or for a word",
    );
    other(
        r#"kind = "metric", name = "errors", owner = "Ops", at_least = 9.5, at_most = 3"#,
        "at_least is above at_most, so it can never be met; swap them",
    );
    other(
        r#"kind = "metric", name = "errors", owner = "Ops", at_least = "much""#,
        "at_least is `much`, which is no number",
    );
    other(
        r#"kind = "checklist", items = ["a", "b", "a"], owner = "Ops""#,
        "`a` is there twice; one tick would count for both",
    );
    other(
        r#"kind = "approved", role = "lead", at_least = 0"#,
        "at_least is 0, so nobody need approve; give at least 1",
    );
    other(
        r#"kind = "signed_off", quorum = 0"#,
        "quorum is 0, so nobody need sign; give at least 1",
    );
    other(
        r#"kind = "soaked", hours = 1, at_ppm = 0"#,
        "is no share between 1 and 1000000 parts per million; 1 % is 10000",
    );
    flawed(
        "kind = \"build_uploaded\", max_age_minutes = 60",
        "kind = \"build_uploaded\", max_age_minutes = 0",
        "stages.branched.build-uploaded: max_age_minutes is 0, so its facts are always too old; give at least 1",
    );
    flawed(
        "at_least_ppm = 995000, minimum_sample = 2000",
        "at_least_ppm = 3000, minimum_sample = 2000",
        "stages.candidate.candidate-crashes: at_least_ppm is 3000, less than half: it is the share of good sessions, not of crashes (99.8 % is 998000)",
    );
    flawed(
        "at_least_ppm = 995000, minimum_sample = 2000",
        "at_least_ppm = 1000000, minimum_sample = 2000",
        "stages.candidate.candidate-crashes: at_least_ppm is 1000000; give a rate between 1 and 999999 parts per million (99.8 % is 998000)",
    );
    flawed(
        "minimum_sample = 2000",
        "minimum_sample = 0",
        "stages.candidate.candidate-crashes: minimum_sample is 0; a rate of no sessions tells nothing, give at least 1",
    );
    flawed(
        "hours = 24",
        "hours = 0",
        "stages.rollout.rollout-soak: hours is 0; take the condition out, or give at least 1",
    );
    flawed(
        "is = [\"approved\"]",
        "is = []",
        "stages.review.review-store: `is` is empty, so it can never be met; name at least one phase",
    );
    flawed(
        "kind = \"window\", name = \"release\", only_at = [\"google_play\"]",
        "kind = \"window\", name = \"\", only_at = [\"google_play\"]",
        "stages.candidate.candidate-window: the window has no name",
    );
    flawed(
        r#"{ id = "tests", kind = "tests_passed" }"#,
        r#"{ id = "tests", kind = "not", of = { kind = "all", of = [] } }"#,
        "stages.branched.tests: `of` is empty; put at least one condition in",
    );
    flawed(
        "id = \"rollout-red-line\"",
        "id = \"rollout-red-line\"\nunmet = 3\nof_last = 2",
        "stages.rollout.rollout-red-line: `unmet` must be at least 1 and at most `of_last`",
    );
    let mut cut = read(DEFAULT).unwrap();
    cut.stages[1].leave = None;
    assert_eq!(
        cut.flaws()[0].to_string(),
        "stages.candidate: has no way to leave, so the stages after it cannot be reached; add `leave`"
    );
    cut.stages.clear();
    assert_eq!(
        cut.flaws()[0].to_string(),
        "stages: there is none; a process has at least one stage"
    );
}
