//! The demonstration is complete, disguised and without doubles.
use std::collections::BTreeSet;

use super::{Spec, names};

const START: i64 = 1_773_000_000_000;

#[test]
fn the_demonstration_has_three_apps_on_three_platforms() {
    let spec = Spec::demo(1, START).unwrap();
    assert_eq!(spec.apps.len(), 3);
    for app in &spec.apps {
        assert_eq!(app.lines.len(), 3);
        assert!((5..=8).contains(&app.teams.len()));
        assert!(
            app.teams.iter().all(|team| !team.people.is_empty() && !team.areas.is_empty()),
            "{:?}",
            app.teams
        );
    }
}

#[test]
fn no_folder_tells_where_a_history_came_from() {
    for app in Spec::demo(1, START).unwrap().apps {
        for area in app.teams.iter().flat_map(|team| &team.areas) {
            let low = area.to_lowercase();
            for real in [
                "mullvad",
                "simplenote",
                "pocketcasts",
                "pocket-casts",
                "element",
                "riot",
                "simperium",
            ] {
                assert!(!low.contains(real), "{area}");
            }
        }
    }
}

#[test]
fn nobody_works_twice_in_one_app() {
    for app in Spec::demo(9, START).unwrap().apps {
        let people: Vec<&str> = app
            .teams
            .iter()
            .flat_map(|team| &team.people)
            .map(|person| person.account_id.as_str())
            .collect();
        assert_eq!(people.iter().collect::<BTreeSet<_>>().len(), people.len());
        assert!(!people.contains(&app.owner.account_id.as_str()));
    }
}

#[test]
fn a_large_world_has_as_many_names_as_apps() {
    let ids: BTreeSet<String> = (0..400).map(|number| names::invented(number).0).collect();
    assert_eq!(ids.len(), 400);
    let spec = Spec::many(10, 1, START).unwrap();
    assert_eq!(spec.apps.iter().map(|app| app.lines.len()).sum::<usize>(), 30);
}
