//! Files of real apps, and files that are wrong.

use super::*;
use conductor::past::mark;
use serde_json::{Value, json};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../crates/simulator/data/{name}.json"))
}

fn file(releases: &Value) -> String {
    json!({ "app": "music", "platform": "ios", "zone": "Europe/Berlin", "releases": releases })
        .to_string()
}

fn one() -> Value {
    json!({ "version": "9.1", "branched_at": "2026-07-01T22:30:00Z", "hotfix": false,
        "candidates": [{ "tag": "9.1-rc1", "at": "2026-07-02T10:00:00Z" }],
        "released_at": "2026-07-03T10:00:00Z", "anomaly": ["odd-candidate-name"] })
}

fn with(field: &str, value: Value) -> Value {
    let mut release = one();
    release[field] = value;
    release
}

#[test]
fn a_release_is_read_in_the_zone_of_its_people() {
    let read = history::parse(&file(&json!([one()]))).unwrap();
    let [release] = &read[..] else { panic!("{read:?}") };
    assert_eq!(release.track.to_string(), "music/ios/9.1");
    assert_eq!(release.branched.hour(), 0, "summer time in Berlin");
    assert_eq!(release.candidates[0].name, "9.1-rc1");
    assert!(release.has("odd-candidate-name"));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let told = |text: &str| history::parse(text).unwrap_err().to_string();
    let release = |field, value| told(&file(&json!([one(), with(field, value)])));
    assert_eq!(
        release("version", json!("9.1")),
        "releases[1] (9.1): this version stands there twice; leave one of them out"
    );
    let version = release("version", json!("v9/2"));
    assert!(version.starts_with("releases[1] (v9/2): version: `v9/2` is no version"), "{version}");
    let mut other = with("version", json!("9.2"));
    other["candidates"][0]["at"] = json!("yesterday");
    let candidate = told(&file(&json!([other])));
    assert!(
        candidate.starts_with("releases[0] (9.2): candidates[0].at: `yesterday`"),
        "{candidate}"
    );
    assert!(told("{\"app\": 3}").contains("line 1 column 9"));
    assert!(told(&file(&json!([]))).contains("no release"));
    let zone = file(&json!([one()])).replace("Europe/Berlin", "Moon");
    assert!(told(&zone).contains("zone: `Moon`"));
    let app = file(&json!([one()])).replace("music", "<b>");
    assert!(told(&app).contains("app: `<b>`"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = read(Path::new("nowhere.json")).unwrap_err().to_string();
    assert!(error.starts_with("nowhere.json cannot be read"), "{error}");
}

/// How many versions, released, candidates: the counts that the data's own description gives.
#[tokio::test]
async fn histories_of_real_apps_are_taken_whole_and_twice_is_once() {
    let store = SqliteStore::open_in_memory().await.unwrap();
    for (name, versions, released, candidates) in [
        ("element-desktop", 198, 195, 157),
        ("mullvad-vpn-android", 46, 42, 100),
        ("mullvad-vpn-desktop", 68, 66, 99),
        ("mullvad-vpn-ios", 49, 23, 116),
        ("pocket-casts-android", 122, 119, 239),
        ("pocket-casts-ios", 68, 65, 193),
        ("simplenote-android", 45, 44, 51),
        ("simplenote-desktop", 41, 40, 68),
        ("simplenote-ios", 41, 37, 39),
    ] {
        let releases = read(&data(name)).unwrap();
        let counts = (
            releases.len(),
            releases.iter().filter(|it| it.released.is_some()).count(),
            releases.iter().map(|it| it.candidates.len()).sum::<usize>(),
        );
        assert_eq!(counts, (versions, released, candidates), "{name}");
        let kept = store.keep_past(&releases).await.unwrap();
        assert_eq!(kept, Kept { new: versions, ..Kept::default() }, "{name}");
        let kept = store.keep_past(&releases).await.unwrap();
        assert_eq!(kept, Kept { same: versions, ..Kept::default() }, "{name}");
    }
    assert_eq!(store.past_releases().await.unwrap().len(), 678);
}

#[test]
fn what_is_odd_is_counted_and_named() {
    let releases = read(&data("pocket-casts-android")).unwrap();
    let text = told(
        Path::new("a.json"),
        &releases,
        Kept { new: 122, ..Kept::default() },
        &BTreeSet::new(),
    );
    assert!(text.contains("pocket-casts android: 122 versions, 119 released, 239 candidates; 122 new, 0 changed, 0 as before"), "{text}");
    assert!(text.contains("names no app `pocket-casts`"), "{text}");
    let never = releases.iter().filter(|it| it.has(mark::NEVER)).count();
    assert!(never > 0 && text.contains(&format!("no-final-tag: {never} (")), "{text}");
}

/// `expected.json` was computed over the same files by a program that shares nothing with this one (Python, floating
/// point, its own calendar; durations in UTC, since Python subtracts clock faces within a zone). In order: how many, the
/// median and the 80th percentile in seconds.
#[test]
fn insights_equal_what_another_program_computed_over_the_same_histories() {
    let expected: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("expected.json")).unwrap();
    assert!(expected.len() >= 6);
    for (name, expected) in expected {
        let releases = read(&data(&name)).unwrap();
        let all = conductor::insights::insights(&releases);
        let [line] = &all[..] else { panic!("{name} is one line") };
        let stage = |title: &str| &line.stages.iter().find(|it| it.0 == title).unwrap().1;
        let near = |field: &str, sample: &conductor::insights::Sample| {
            let ours = [sample.median(), sample.percentile(80)];
            if expected[field].is_null() {
                assert_eq!(ours, [None, None], "{name} {field}");
                return;
            }
            assert_eq!(json!(sample.len()), expected[field][0], "{name} {field}");
            for (ours, theirs) in ours.into_iter().zip(1..) {
                let (ours, theirs) = (ours.unwrap(), expected[field][theirs].as_i64().unwrap());
                assert!(
                    (ours - theirs * 1_000).abs() <= 1_000,
                    "{name} {field}: {ours} ms, {theirs} s"
                );
            }
        };
        let [on_branch, _, waiting] = conductor::past::GIT_STAGES;
        near("first", stage(on_branch));
        near("last", stage(waiting));
        near("whole", &line.whole);
        near("hot", &line.hotfix);
        let count =
            |field: &str, ours: usize| assert_eq!(json!(ours), expected[field], "{name} {field}");
        count("regular", line.regular);
        count("hotfix", line.hotfixes);
        count("unshipped", line.unreleased);
        count("months", line.months.len());
        count("busiest", line.months.values().copied().max().unwrap());
        let candidates = &line.candidates;
        assert_eq!(json!(candidates.len()), expected["candidates"][0], "{name}");
        let middle = expected["candidates"][1].as_f64().unwrap().floor() as i64;
        assert_eq!(candidates.median(), Some(middle), "{name}: whole candidates");
        assert_eq!(json!(candidates.most()), expected["candidates"][2], "{name}");
        for (field, portion) in [
            ("weekend", &line.on_weekends),
            ("night", &line.out_of_hours),
            ("over_night", &line.over_night),
            ("over_weekend", &line.over_weekend),
        ] {
            assert_eq!(json!([portion.so.len(), portion.of]), expected[field], "{name} {field}");
        }
    }
}
