//! What is wrong with a process, with the line on which it stands.
use super::*;

const DEFAULT: &str = include_str!("../../../../crates/conductor/processes/default.toml");

/// The default process with one text for another, once; its faults as `line key: words`.
#[track_caller]
fn faults(from: &str, to: &str) -> Vec<String> {
    assert!(DEFAULT.contains(from), "`{from}` is not there");
    let text = DEFAULT.replacen(from, to, 1);
    read(&text, Path::new("mine.toml")).err().map_or_else(Vec::new, |faults| {
        faults.iter().map(|it| format!("{} {}: {}", it.line, it.key, it.words)).collect()
    })
}

/// The line on which a text stands first.
#[track_caller]
fn line_of(text: &str) -> usize {
    let whole = DEFAULT.lines().position(|line| line == text);
    whole.or_else(|| DEFAULT.lines().position(|line| line.contains(text))).unwrap() + 1
}

#[track_caller]
fn refuses(from: &str, to: &str, at: &str, words: &str) {
    let faults = faults(from, to);
    let line = line_of(at);
    assert!(
        faults.iter().any(|it| it.starts_with(&format!("{line} ")) && it.contains(words)),
        "line {line}, `{words}`: {faults:#?}"
    );
}

#[test]
fn the_shipped_processes_are_read() {
    assert_eq!(faults("name", "name"), [""; 0]);
    for (name, text) in crate::config::SHIPPED {
        assert_eq!(read(text, Path::new(name)).unwrap().name, name);
    }
}

#[test]
fn each_flaw_stands_on_its_line() {
    refuses("hours = 24", "hours = 0", "rollout-soak", "hours is 0");
    refuses(
        "minimum_sample = 500\n",
        "minimum_sample = 0\n",
        "minimum_sample = 500",
        "minimum_sample is 0",
    );
    refuses("at_least_ppm = 989100", "at_least_ppm = 995001", "at_least_ppm = 989100", "red line");
    refuses("id = \"review\"\n", "id = \"candidate\"\n", "id = \"review\"", "used twice");
    refuses(
        "action = \"start_rollout\"",
        "action = \"publish\"",
        "action = \"start_rollout\"",
        "`publish` leads to",
    );
    refuses(
        "{ id = \"tests\", kind = \"tests_passed\" }",
        "{ id = \"tests\", kind = \"all\", of = [{ kind = \"tests_passed\" }, { kind = \"soaked\", hours = 0 }] }",
        "{ id = \"tests\"",
        "hours is 0",
    );
    refuses(
        "{ id = \"tests\", kind = \"tests_passed\" }",
        "{ id = \"tests\", kind = \"flag\", name = \"new-player\" }",
        "{ id = \"tests\"",
        "has no owner",
    );
}

#[test]
fn what_cannot_be_read_stands_on_its_line_with_what_was_meant() {
    refuses(
        "kind = \"build_verified\"",
        "kind = \"build_verifed\"",
        "\"build_verified\"",
        "did you mean `build_verified`?",
    );
    refuses(
        "at_least_ppm = 989100\n",
        "at_laest_ppm = 989100\n",
        "at_least_ppm = 989100",
        "did you mean `at_least_ppm`?",
    );
    refuses("hours = 24", "hours = \"24\"", "rollout-soak", "expected u32");
    refuses("mode = \"auto\"", "mode = \"atuo\"", "mode = \"auto\"", "atuo");
    refuses("[[stages]]", "[[stages]", "[[stages]]", "");
    // All rules that cannot be read are told at once.
    let text = DEFAULT.replace("kind = \"blocking_bugs\"", "kind = \"bugs\"");
    let faults = read(&text, Path::new("mine.toml")).unwrap_err();
    assert_eq!(faults.len(), 3, "{faults:#?}");
    assert!(faults.iter().all(|it| it.file.as_deref() == Some(Path::new("mine.toml"))));
}

#[test]
fn windows_teams_and_roles_that_no_settings_name_are_told() {
    let text = DEFAULT
        .replacen("name = \"release\"", "name = \"relaese\"", 1)
        .replacen("kind = \"signed_off\"", "kind = \"signed_off\", teams = [\"serach\"]", 1)
        .replacen(
            "{ id = \"review-store\", ",
            "{ id = \"boss\", kind = \"approved\", role = \"lead\" }, { id = \"review-store\", ",
            1,
        );
    let document =
        Document::read(&text, Path::new("mine.toml")).unwrap_or_else(|it| panic!("{it:?}"));
    let windows = document.unknown_windows(&["release", "weekend"]);
    assert_eq!(windows.len(), 1);
    assert!(windows[0].words.ends_with("did you mean `release`?"), "{}", windows[0].words);
    assert_eq!(windows[0].line, line_of("candidate-window"));
    let app = App {
        id: conductor::AppId::new("music"),
        name: "Music".into(),
        owner: None,
        teams: vec![conductor::Team {
            id: "search".into(),
            name: "Search".into(),
            people: vec![],
            areas: vec![],
        }],
        roles: std::collections::BTreeMap::new(),
        lines: vec![],
    };
    let people: Vec<String> =
        document.unknown_people(&app).into_iter().map(|it| it.words).collect();
    assert_eq!(people.len(), 2, "{people:#?}");
    assert!(
        people[0].contains("no team `serach`") && people[0].ends_with("did you mean `search`?")
    );
    assert!(people[1].contains("no role `lead`; add roles = { lead = [\"…\"] } there"));
}

#[test]
fn the_page_on_processes_names_every_kind_and_every_key() {
    let page = include_str!("../../../../docs/processes.md");
    let faults = faults("kind = \"build_verified\"", "kind = \"nothing\"");
    let kinds = faults[0].split_once("expected one of").unwrap().1;
    let kinds: Vec<&str> = kinds.split('`').skip(1).step_by(2).collect();
    assert!(kinds.len() > 20, "{kinds:?}");
    for kind in kinds {
        assert!(page.contains(&format!("`{kind}`")), "{kind} is not on the page");
        // A key that is none: the answer names all that are.
        let text = format!(
            "kind = \"{kind}\", of = [], items = [], role = \"\", name = \"\", hours = 1, metric = \"crash_free\", audience = \"beta\", minimum_sample = 1, nothing = 1"
        );
        let refused = self::faults("kind = \"build_verified\"", &text);
        for key in refused[0].split_once("allowed are ").map_or("", |it| it.1).split(", ") {
            let key = key.split(';').next().unwrap();
            assert!(page.contains(&format!("`{key}")), "`{key}` of {kind} is not on the page");
        }
    }
}
