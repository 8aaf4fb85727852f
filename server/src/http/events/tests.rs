//! What a viewer who comes back gets.
use super::*;

fn events(pairs: &[(u64, u64)]) -> Events {
    let (live, _) = broadcast::channel(4);
    let last = pairs
        .iter()
        .map(|(from, revision)| Sent { from: *from, revision: *revision, bytes: Bytes::new() })
        .collect();
    Events { last: Mutex::new(last), live }
}

#[test]
fn a_viewer_gets_exactly_what_it_missed() {
    let events = events(&[(1, 2), (2, 3), (3, 5)]);
    let revisions = |at, now| {
        events.missed(at, now).map(|it| it.iter().map(|sent| sent.revision).collect::<Vec<_>>())
    };
    assert_eq!(revisions(5, 5), Some(vec![]));
    assert_eq!(revisions(2, 5), Some(vec![3, 5]));
    assert_eq!(revisions(1, 5), Some(vec![2, 3, 5]));
    assert_eq!(revisions(0, 5), None);
    assert_eq!(revisions(9, 5), None);
}

#[test]
fn a_gap_in_what_is_kept_means_to_fetch_anew() {
    assert!(events(&[(1, 2), (3, 4)]).missed(1, 4).is_none());
}
