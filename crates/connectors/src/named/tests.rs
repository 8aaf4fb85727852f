//! How named answers become observations.

use super::*;
use conductor::SourceId;

#[derive(Deserialize)]
struct Query {
    tells: Told,
}

impl Tells for Query {
    fn tells(&self) -> Told {
        self.tells
    }
}

fn wanted(text: &str) -> Vec<Wanted<()>> {
    let values: BTreeMap<String, Query> = toml::from_str(text).expect("a table");
    super::wanted(&AppId::new("music"), Some(&Platform::Ios), values, |_| ())
}

fn gave(value: &str, minute: i64) -> Gave {
    let at = Moment::from_millis(minute * 60_000);
    Gave { items: vec![Named::new("n", value)], observed_at: at, link: Some("there".to_owned()) }
}

fn down() -> SourceError {
    SourceError::Unreachable { id: SourceId::new("p"), cause: "503".to_owned() }
}

#[test]
fn a_question_that_failed_leaves_a_part_and_all_that_failed_a_fault() {
    let wanted = wanted("a.tells = 'metric'\nb.tells = 'metric'\nc.tells = 'flag'");
    assert_eq!(wanted[1].key(), "apps.music.platforms.ios.values.b");
    let mut gathered = Gathered::default();
    let answers = [Ok(gave("0.5", 7)), Err(down()), Err(down())];
    gathered.named(wanted.iter().zip(answers));
    let answers = gathered.answers();
    assert_eq!(answers.len(), 1);
    let seen = answers[0].seen.as_ref().expect("seen");
    assert_eq!(seen.len(), 1);
    let Observation::Metrics { list, .. } = &seen[0].what else { panic!("{seen:?}") };
    assert!(!list.complete);
    assert_eq!(list.items[0].at, Some(Moment::from_millis(7 * 60_000)));
    assert_eq!(list.items[0].link.as_deref(), Some("there"));
    assert_eq!(answers[0].faults, [(Some(Platform::Ios), ObservationKind::Flags, down())]);
}

#[test]
fn a_list_is_as_old_as_its_oldest_value() {
    let wanted = wanted("a.tells = 'metric'\nb.tells = 'metric'");
    let mut gathered = Gathered::default();
    gathered.named(wanted.iter().zip([Ok(gave("1", 7)), Ok(gave("2", 3))]));
    let answers = gathered.answers();
    assert_eq!(answers[0].seen.as_ref().expect("seen")[0].observed_at.millis(), 180_000);
}

#[test]
fn one_and_zero_are_truths_where_truths_are_asked_and_other_numbers_are_no_checks() {
    let of = |told: Told, text: &str| told.value(Value::new(text)).map(|it| it.to_string());
    assert_eq!(of(Told::Check, "1").as_deref(), Some("passed"));
    assert_eq!(of(Told::Check, "0").as_deref(), Some("failed"));
    assert_eq!(of(Told::Check, "3"), None);
    assert_eq!(of(Told::Check, "expired").as_deref(), Some("expired"));
    assert_eq!(of(Told::Flag, "1").as_deref(), Some("true"));
    assert_eq!(of(Told::Flag, "off").as_deref(), Some("false"));
    assert_eq!(of(Told::Flag, "blue").as_deref(), Some("blue"));
    assert_eq!(of(Told::Metric, "0").as_deref(), Some("0"));
}

#[test]
fn each_kind_is_owed_once() {
    let wanted = wanted("a.tells = 'metric'\nb.tells = 'metric'\nc.tells = 'check'");
    let kinds: Vec<_> = owed_by(&wanted).into_iter().map(|it| it.2).collect();
    assert_eq!(kinds, [ObservationKind::Metrics, ObservationKind::Checks]);
}
