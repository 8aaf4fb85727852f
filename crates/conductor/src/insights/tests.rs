//! Insights, by hand on small pasts, and against an independent computation over real ones.

use super::*;
use crate::moment::Moment;
use crate::past::{FromGit, PastCandidate};
use crate::track::TrackId;

fn sample(values: &[i64]) -> Sample {
    Sample::of(values.iter().map(|it| (*it, Version::parse("1").unwrap())))
}

#[test]
fn quantiles_are_linear_between_the_two_nearest() {
    let some = sample(&[40, 10, 20, 30]);
    assert_eq!((some.median(), some.percentile(80), some.most()), (Some(25), Some(34), Some(40)));
    assert_eq!((some.percentile(0), some.percentile(100)), (Some(10), Some(40)));
    assert_eq!(sample(&[7]).percentile(80), Some(7));
    assert_eq!(sample(&[]).median(), None);
}

#[test]
fn a_portion_of_nothing_has_no_percentage() {
    assert_eq!(Portion::default().percent(), None);
    let so = vec![Version::parse("1").unwrap()];
    assert_eq!(Portion { so: so.clone(), of: 3 }.percent(), Some(33));
    assert_eq!(Portion { so, of: 8 }.percent(), Some(13));
}

/// So many releases, each branched on a Monday and released on the Friday of the week after.
fn past(count: i64) -> Vec<PastRelease> {
    let local = |hours| LocalMoment {
        at: Moment::parse("2026-03-02T10:00:00Z").unwrap() + Span::hours(hours),
        offset: Span::hours(1),
    };
    (0..count)
        .map(|index| {
            let week = index * 24 * 14;
            PastRelease::from_git(FromGit {
                track: TrackId::parse(&format!("music/ios/9.{index}")).unwrap(),
                kind: Kind::Regular,
                branched: local(week),
                candidates: vec![PastCandidate { name: "rc".to_owned(), at: local(week + 24) }],
                released: Some(local(week + 24 * 11)),
                in_flight: false,
                oddities: std::collections::BTreeSet::new(),
            })
        })
        .collect()
}

#[test]
fn few_releases_carry_no_sentence() {
    let said = |count| insights(&past(count))[0].sentence();
    assert_eq!(said(7), None);
    assert_eq!(
        said(8).as_deref(),
        Some(
            "From branch to release it takes 11 d in the middle; most of it in Final release candidate: 10 d."
        )
    );
}

#[test]
fn stages_stand_in_the_order_in_which_they_follow_each_other() {
    let all = insights(&past(3));
    let titles: Vec<_> = all[0].stages.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(titles, crate::past::GIT_STAGES);
    assert_eq!((all[0].over_weekend.percent(), all[0].on_weekends.percent()), (Some(100), Some(0)));
}
