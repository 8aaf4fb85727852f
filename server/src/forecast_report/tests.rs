//! The report over the histories that come with the product.
use super::*;

fn shipped() -> Vec<History> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/simulator/data");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    files.iter().map(|it| History::parse(&std::fs::read_to_string(it).unwrap()).unwrap()).collect()
}

#[test]
fn forecasts_hold_as_often_as_they_say_and_cost_less_than_quantiles() {
    let judged = judge(&shipped());
    let all = judged.last().unwrap();
    let [p50, p80] = all.ours.held_percent().unwrap();
    assert!((45.0..=55.0).contains(&p50) && (76.0..=84.0).contains(&p80), "{}", table(&judged));
    let sum = |score: &Score| score.loss.iter().sum::<f64>();
    assert!(sum(&all.ours) < 0.9 * sum(&all.quantiles), "{}", table(&judged));
    assert_eq!(all.ours.forecasts, all.quantiles.forecasts);
}

#[test]
fn plain_quantiles_come_out_as_the_histories_own_page_says() {
    let judged = judge(&shipped());
    let of = |name: &str| judged.iter().find(|it| it.name == name).unwrap();
    let told = |name: &str| {
        let it = of(name);
        let [p50, p80] = it.quantiles.held_percent().unwrap();
        let [loss50, loss80] = it.quantiles.mean_loss().unwrap();
        format!("{} {p50:.0} {p80:.0} {loss50:.2} {loss80:.2}", it.quantiles.forecasts)
    };
    assert_eq!(told("element desktop"), "141 45 74 0.74 0.63");
    assert_eq!(told("pocket-casts android"), "89 52 76 0.48 0.59");
    assert_eq!(told("mullvad-vpn desktop"), "45 38 73 7.18 6.93");
}

#[test]
fn a_file_that_is_no_history_says_what_is_wrong() {
    let wrong = |text: &str| History::parse(text).unwrap_err().to_string();
    assert!(wrong("[").starts_with("this is no release history"));
    assert!(wrong("{}").contains("missing field `app`"));
    let history = |zone: &str, released: &str| {
        format!(
            r#"{{"app": "a", "platform": "ios", "zone": "{zone}", "releases": [{{"version": "1.2", "branched_at": "2026-01-02T00:00:00Z", "released_at": "{released}", "hotfix": false}}]}}"#
        )
    };
    assert!(wrong(&history("Mars/Base", "2026-01-03T00:00:00Z")).contains("`Mars/Base`"));
    assert!(wrong(&history("UTC", "2026-01-01T00:00:00Z")).contains("release 1.2: released_at"));
    assert!(wrong(&history("UTC", "yesterday")).contains("line 1"));
}
