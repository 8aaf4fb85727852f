//! The shipped examples, what is refused in a file written by hand, and the published schema.

mod schema;

use super::*;
use crate::config::process::Document;
use serde_json::{Value, json};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/rules")
}

fn written(text: &str, file: &str) -> Result<WrittenTrack, String> {
    let file = Path::new(file);
    track::read(text, file).map_err(|faults| told(file)(faults).to_string())
}

fn inputs(text: &str) -> Result<Inputs, String> {
    let file = Path::new("train.toml");
    let document = document("default", Path::new("")).unwrap();
    let now = Moment::parse("2026-03-12T09:32:00Z").unwrap();
    written(text, "train.toml")?
        .inputs(&document, now, file)
        .map_err(|faults| told(file)(faults).to_string())
}

fn refusal(text: &str) -> String {
    inputs(text).unwrap_err().trim_end().to_owned()
}

#[test]
fn the_shipped_examples_are_decided_as_they_expect() {
    let report = examples::run(&examples()).unwrap();
    assert_eq!(report.wrong, 0, "{}", report.text);
    assert!(report.text.contains("8 examples, all as expected"), "{}", report.text);
}

#[test]
fn an_example_that_expects_something_else_is_told_with_both_sides() {
    let folder = std::env::temp_dir().join(format!("signalbox-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let text = std::fs::read_to_string(examples().join("07-held.toml")).unwrap();
    let other = text
        .replace(r#"standing = "held""#, r#"standing = "running""#)
        .replace(r#"next = "rest""#, "next = \"rest\"\nfindings = { bugs = \"met\", candidate-bugs = \"unmet\" }\nwarnings = [\"late\"]\nlamps = { bugs = \"stop\" }");
    std::fs::write(folder.join("held.toml"), other).unwrap();
    std::fs::write(folder.join("misspelt.toml"), text.replace("standing =", "standig =")).unwrap();
    let report = examples::run(&folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(report.wrong, 2);
    for part in [
        "differs  held.toml: A person holds it",
        "    standing\n      - expected  running\n      + found     held\n",
        "    bugs\n      - expected  met\n      + found     no such rule at this stage; there are candidate-sign-offs",
        "    candidate-bugs\n      - expected  unmet\n      + found     met\n",
        "    warnings\n      - expected  … late …\n      + found     no warning\n",
        "    lamp bugs\n      - expected  stop\n      + found     go\n",
        "broken   misspelt.toml",
        "unknown field `standig`",
        "did you mean `standing`?",
        "2 examples, 2 not as expected",
    ] {
        assert!(report.text.contains(part), "{part}\nis not in\n{}", report.text);
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_what_was_meant() {
    let words = refusal("id = \"music/android/1.0\"\n[facts]\nage_minute = 2\n");
    assert!(words.starts_with("train.toml:3: unknown field `age_minute`"), "{words}");
    assert!(words.ends_with("did you mean `age_minutes`?"), "{words}");
    let words =
        refusal("id = \"music/android/1.0\"\n[facts]\n\nstore = { phase = \"roling_out\" }\n");
    assert!(words.starts_with("train.toml:4: unknown variant `roling_out`"), "{words}");
    assert!(words.ends_with("did you mean `rolling_out`?"), "{words}");
    let json = "{\n  \"id\": \"music/android/1.0\",\n  \"fact\": {}\n}";
    let words = written(json, "train.json").err().unwrap();
    assert!(words.starts_with("train.json:3: unknown field `fact`"), "{words}");
    assert!(words.trim_end().ends_with("did you mean `facts`?"), "{words}");
}

#[test]
fn what_is_written_wrongly_is_told_with_how_to_write_it() {
    for (text, part) in [
        ("id = \"music\"", "write it as music/android/9.1.24"),
        (
            "id = \"music/android/1.0\"\nfacts.store = { phase = \"rolling_out\", share = \"all\" }",
            "write it as \"1 %\"",
        ),
        ("id = \"music/android/1.0\"\ninterventions.finished_at = \"yesterday\"", "`3 h ago`"),
        (
            "id = \"music/android/1.0\"\n[windows.release]\ndays = []\nfrom = \"09:00\"\nuntil = \"16:00\"\nzone = \"UTC\"",
            "name at least one day",
        ),
        ("[facts]\nage_minutes = 1", "missing field `id`"),
    ] {
        let words = refusal(text);
        assert!(words.contains(part), "{part}\nis not in\n{words}");
    }
}

#[test]
fn a_train_of_which_nothing_is_written_is_not_known_and_not_moved() {
    let inputs = inputs("id = \"music/android/1.0\"").unwrap();
    let decision = decide(&inputs);
    assert_eq!((decision.stage, decision.next), (None, conductor::Next::Rest));
    assert!(inputs.facts.bugs.known().is_none() && inputs.facts.store.known().is_none());
}

#[test]
fn a_process_that_names_a_team_or_a_window_that_the_train_lacks_is_refused() {
    let text = "name = \"p\"\ntitle = \"P\"\nversion = 1\n[[stages]]\nid = \"a\"\ntitle = \"A\"\nshort = \"A\"\nentered_when = \"branch_exists\"\n[stages.leave]\naction = \"publish\"\nmode = \"ask\"\nconditions = [\n{ id = \"w\", kind = \"window\", name = \"night\" },\n{ id = \"s\", kind = \"signed_off\", teams = [\"legal\"] },\n]\n[[stages]]\nid = \"b\"\ntitle = \"B\"\nshort = \"B\"\nentered_when = \"complete\"\n";
    let document = Document::read(text, Path::new("p.toml")).unwrap_or_else(|it| panic!("{it:?}"));
    let now = Moment::parse("2026-03-12T09:32:00Z").unwrap();
    let file = Path::new("train.toml");
    let faults = written("id = \"music/android/1.0\"", "train.toml")
        .unwrap()
        .inputs(&document, now, file)
        .unwrap_err();
    let words = told(file)(faults).to_string();
    assert!(words.contains("p.toml:13") && words.contains("no window `night`"), "{words}");
    assert!(words.contains("no team `legal`"), "{words}");
}

#[test]
fn decisions_are_what_the_published_schema_says() {
    let published: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut seen = 0;
    for story in stories() {
        let decision = serde_json::to_value(decide(&story)).unwrap();
        let faults = schema::faults(&decision, &published);
        assert!(faults.is_empty(), "{}\n{decision:#}", faults.join("\n"));
        seen += 1;
    }
    assert!(seen > 8, "{seen}");
}

/// The shipped examples' trains, and what else a decision may hold.
fn stories() -> Vec<Inputs> {
    let head =
        "id = \"music/android/1.0\"\n[app]\nowner = \"Ada\"\n[before]\nstage = \"candidate\"\n";
    let texts = [
        "",
        "[interventions]\ncandidate = \"7\"\nwaivers = [{ rule = \"candidate-bugs\", by = \"Ada\", reason = \"known\" }]",
        "[interventions]\ncandidate = \"7\"\nopen_intent = { action = \"submit_for_review\" }",
        "[interventions]\ncandidate = \"7\"\nemergency = { by = \"Ada\", reason = \"fire\" }\n[facts]\nbranch = { exists = false }\nstore = { phase = \"in_review\" }",
        "[interventions]\ncancelled = { by = \"Ada\", reason = \"no\" }\n[facts]\nbranch = {}",
        "[facts]\nbranch = {}\ntests = { passed = [\"unit\"] }\nbuilds = [{ number = \"8\", verified = true, uploaded = true }]\nbugs = {}\nstore = { phase = \"absent\" }\n[interventions]\ncandidates = [{ build = \"7\", commit = \"beef\" }]",
        "[facts]\nbranch = {}\nunknown = { store = \"503\", tests = \"403\" }\n[interventions]\nfinished_at = \"1 d ago\"",
        "[facts]\nages = { bugs = 900 }\nbranch = {}\nbugs = { blocking = [\"A-1\"] }\nstore = { phase = \"rejected\", note = \"4.3\" }",
    ];
    let mut stories: Vec<Inputs> =
        texts.iter().map(|text| inputs(&format!("{head}{text}")).unwrap()).collect();
    stories.extend(examples::inputs(&examples()).unwrap());
    stories
}

#[test]
fn the_checker_of_schemas_finds_what_it_is_there_to_find() {
    let schema = json!({
        "type": "object",
        "properties": { "a": { "enum": ["x"] }, "n": { "anyOf": [{ "type": "integer" }, { "type": "null" }] }, "l": { "type": "array", "items": { "$ref": "#/$defs/s" } } },
        "required": ["a"],
        "additionalProperties": false,
        "$defs": { "s": { "type": "string" } },
    });
    assert!(schema::faults(&json!({ "a": "x", "n": null, "l": ["y"] }), &schema).is_empty());
    for wrong in [
        json!([]),
        json!({}),
        json!({ "a": "y" }),
        json!({ "a": "x", "n": "1" }),
        json!({ "a": "x", "b": 1 }),
        json!({ "a": "x", "l": [1] }),
    ] {
        assert_eq!(schema::faults(&wrong, &schema).len(), 1, "{wrong}");
    }
}

#[test]
fn a_decision_reads_as_text_with_headline_ledger_and_what_happens_then() {
    let all = examples::inputs(&examples()).unwrap();
    let bug = all
        .iter()
        .find(|it| !it.facts.bugs.last().is_none_or(|it| it.value.list.is_empty()))
        .unwrap();
    let text = prose::prose(bug, &decide(bug));
    for part in [
        "music/android/9.1.24: Final release candidate, running, build 4127\nby the process default, version 2, at Thu 12 Mar 09:32 UTC\n\n1 blocking bug open: MUS-4471\n  whose move  Sam Okafor, since Thu 12 Mar 09:32 UTC\n  then        Conductor submits for review when met\n",
        "\nTo leave this stage\n  met      Signed off by every team [candidate-sign-offs]",
        "  unmet    No open blocking bug [candidate-bugs]: 1 open; at most 0 (jira, 2 m old)\n           MUS-4471\n           Sam Okafor: ",
        "\nLamps\n  Release ",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}
