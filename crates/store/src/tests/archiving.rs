//! Past releases.

use super::Place;
use super::samples::{at, track};
use conductor::past::{FromGit, LocalMoment, PastCandidate, PastRelease, mark};
use conductor::{Kind, Span};
use ports::Kept;
use std::collections::BTreeSet;

/// Branched at that minute, with a candidate an hour later and a release a day later.
fn release(id: &str, minute: i64) -> PastRelease {
    let local = |minute| LocalMoment { at: at(minute), offset: Span::hours(2) };
    PastRelease::from_git(FromGit {
        track: track(id),
        kind: Kind::Hotfix,
        branched: local(minute),
        candidates: vec![PastCandidate {
            name: "<b>rc\u{202e}".to_owned(),
            at: local(minute + 60),
        }],
        released: Some(local(minute + 1_440)),
        in_flight: false,
        oddities: BTreeSet::from([mark::END_UNKNOWN.to_owned(), "odd-candidate-name".to_owned()]),
    })
}

pub(super) async fn past_releases_come_back_as_they_were_kept_by_line_and_branch(
    place: &dyn Place,
) {
    let store = place.open_archive().await;
    assert_eq!(store.past_releases().await.unwrap(), []);
    let (old, new) = (release("music/ios/9.10", 0), release("music/ios/9.9", 5));
    let other = release("music/android/1.0", 9);
    store.keep_past(&[new.clone(), other.clone(), old.clone()]).await.unwrap();
    drop(store);
    let store = place.open_archive().await;
    assert_eq!(store.past_releases().await.unwrap(), [other, old, new]);
}

pub(super) async fn keeping_past_releases_twice_is_the_same_as_once(place: &dyn Place) {
    let store = place.open_archive().await;
    let all = [release("music/ios/9.1", 0), release("music/ios/9.2", 5)];
    let kept = store.keep_past(&all).await.unwrap();
    assert_eq!(kept, Kept { new: 2, ..Kept::default() });
    let once = store.past_releases().await.unwrap();
    let kept = store.keep_past(&all).await.unwrap();
    assert_eq!(kept, Kept { same: 2, ..Kept::default() });
    assert_eq!(store.past_releases().await.unwrap(), once);
}

pub(super) async fn a_later_telling_of_a_past_release_replaces_the_one_before(place: &dyn Place) {
    let store = place.open_archive().await;
    store.keep_past(&[release("music/ios/9.1", 0), release("music/ios/9.2", 5)]).await.unwrap();
    let told = [release("music/ios/9.1", 7), release("music/ios/9.3", 9)];
    let kept = store.keep_past(&told).await.unwrap();
    assert_eq!(kept, Kept { new: 1, changed: 1, same: 0 });
    let all = store.past_releases().await.unwrap();
    let versions: Vec<_> = all.iter().map(|it| it.track.version.as_str()).collect();
    assert_eq!(versions, ["9.2", "9.1", "9.3"]);
}
