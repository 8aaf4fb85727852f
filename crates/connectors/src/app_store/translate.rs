//! App Store Connect's words into ours. Pure: each oddity of Apple is a fixture. Filters are applied again
//! here, since Apple has been seen to ignore them, and nothing depends on the order of a list.

use super::states::{self, State};
use super::wire;
use conductor::observation::{Build, InStore, Listing, Phased, PhasedState, Share, StorePhase};
use conductor::{Moment, Version};

/// The share of users with automatic updates on each day of a phased release, in parts per million.
const DAYS: [u32; 7] = [10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];

/// The open review submissions of one app and platform, or that they cannot be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Open<'a> {
    /// All that are open, of all apps and platforms.
    Read(&'a wire::Page<wire::Submission>),
    /// Not readable with this key, or not now.
    NotRead,
}

/// What to look at: one app's record on one platform.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    /// Apple's number of the app.
    pub(super) app: &'a str,
    /// `IOS`.
    pub(super) platform: &'a str,
}

/// What the store has of an app on a platform. `complete`: whether all pages were read.
pub(super) fn store(
    record: Record<'_>,
    pages: &[wire::Page<wire::Version>],
    open: Open<'_>,
    complete: bool,
) -> Listing<InStore> {
    let mut items = Vec::new();
    for page in pages {
        for row in page.data.iter().filter(|row| row.attributes.platform == record.platform) {
            items.push(in_store(record, page, row, open));
        }
    }
    Listing { items, complete }
}

/// The open submissions of a record with their states, in one order; `None` if they were not read. A version that
/// goes into review, through it or out of it leaves its trace here.
pub(super) fn submissions(record: Record<'_>, open: Open<'_>) -> Option<Vec<(String, String)>> {
    let Open::Read(open) = open else { return None };
    let ours = open.data.iter().filter(|it| {
        it.attributes.platform == record.platform
            && it.relationships.app.id().is_none_or(|app| app == record.app)
    });
    let mut ours: Vec<_> = ours.map(|it| (it.id.clone(), it.attributes.state.clone())).collect();
    ours.sort();
    Some(ours)
}

/// Whether none of the versions moves by itself or waits for its release: what else happens to them shows in the
/// submissions, or is somebody's doing in App Store Connect.
pub(super) fn is_at_rest(list: &Listing<InStore>) -> bool {
    let moves = |it: &InStore| {
        matches!(
            it.phase,
            None | Some(StorePhase::Approved | StorePhase::RollingOut | StorePhase::Halted)
        )
    };
    !list.items.iter().any(moves)
}

fn in_store(
    record: Record<'_>,
    page: &wire::Page<wire::Version>,
    row: &wire::Version,
    open: Open<'_>,
) -> InStore {
    let attributes = &row.attributes;
    let build = row.relationships.build.id().and_then(|id| page.build(id));
    let mut item = InStore {
        version: Version::parse(&attributes.version_string).ok(),
        builds: build.map(|it| it.attributes.version.clone()).into_iter().collect(),
        name: attributes.version_string.clone(),
        phase: None,
        asked: None,
        served: None,
        since: None,
        phased: None,
        by_hand: None,
        phased_ready: None,
        note: None,
        link: Some(link(record.app)),
    };
    let mut notes: Vec<String> = Vec::new();
    let relation = &row.relationships.app_store_version_phased_release;
    item.phased = relation.id().and_then(|id| page.phased(id)).and_then(phased);
    item.by_hand = attributes.release_type.as_deref().map(|it| it == "MANUAL");
    item.phased_ready = match (relation, &item.phased) {
        (wire::Relation::Nothing, _) => Some(false),
        (_, Some(phased)) => Some(phased.state == PhasedState::Inactive),
        (_, None) => None,
    };
    match states::together(
        attributes.app_version_state.as_deref(),
        attributes.app_store_state.as_deref(),
    ) {
        Err(why) => notes.push(why),
        Ok(State::Aside(note)) => notes.push(note.to_owned()),
        Ok(State::Live) => notes.extend(live(&mut item, page, relation)),
        Ok(State::Is(phase, note)) => {
            item.phase = Some(phase);
            notes.extend(note.map(str::to_owned));
            if ahead_of_release(phase) {
                notes.extend(readiness(row, phase));
            }
            if under_way(phase) {
                notes.extend(submission(&mut item, record, row, open));
            }
        }
    }
    item.note = (!notes.is_empty()).then(|| notes.join("; "));
    item
}

/// A live version is served to whom its phased release says; to all if it is known to have none.
fn live(
    item: &mut InStore,
    page: &wire::Page<wire::Version>,
    relation: &wire::Relation,
) -> Option<String> {
    match (relation, &item.phased) {
        (wire::Relation::Nothing, _) => {
            item.phase = Some(StorePhase::Complete);
            (item.asked, item.served) = (Some(Share::ALL), Some(Share::ALL));
            None
        }
        (_, Some(phased)) => {
            item.since = phased.started_at;
            match phased.state {
                PhasedState::Complete => {
                    item.phase = Some(StorePhase::Complete);
                    (item.asked, item.served) = (Some(Share::ALL), Some(Share::ALL));
                    None
                }
                PhasedState::Active => {
                    item.phase = Some(StorePhase::RollingOut);
                    item.served = on_day(phased.day);
                    item.asked = item.served;
                    item.served
                        .is_none()
                        .then(|| "Apple did not tell the day of its phased release".into())
                }
                PhasedState::Paused => {
                    item.phase = Some(StorePhase::Halted);
                    item.served = on_day(phased.day);
                    item.asked = item.served;
                    Some("paused: the next step is stopped, who asks for it by hand gets it".into())
                }
                PhasedState::Inactive => Some(
                    "Apple says that it is live and that its phased release has not begun".into(),
                ),
            }
        }
        (wire::Relation::To(id), None) => {
            let word = page.phased(id).map(|it| it.attributes.phased_release_state.as_str());
            Some(match word {
                Some(word) => format!(
                    "Apple says `{}` of its phased release, a word that Signalbox does not know",
                    word.chars().take(60).collect::<String>()
                ),
                None => {
                    "live; Apple did not send its phased release, so the share is not known".into()
                }
            })
        }
        (wire::Relation::NotSent, None) => {
            Some("live; Apple did not send its phased release, so the share is not known".into())
        }
    }
}

fn phased(row: &wire::Phased) -> Option<Phased> {
    let attributes = &row.attributes;
    let state = match attributes.phased_release_state.as_str() {
        "INACTIVE" => PhasedState::Inactive,
        "ACTIVE" => PhasedState::Active,
        "PAUSED" => PhasedState::Paused,
        "COMPLETE" => PhasedState::Complete,
        _ => return None,
    };
    Some(Phased {
        day: attributes.current_day_number.unwrap_or(0),
        state,
        started_at: attributes.start_date.as_deref().and_then(|at| Moment::parse(at).ok()),
        paused_days: attributes.total_pause_duration.unwrap_or(0),
    })
}

/// The share served on a day of a phased release; `None` on no day.
pub(super) fn on_day(day: u8) -> Option<Share> {
    let index = usize::from(day).checked_sub(1)?;
    Some(Share(DAYS.get(index).copied().unwrap_or(1_000_000)))
}

fn ahead_of_release(phase: StorePhase) -> bool {
    matches!(
        phase,
        StorePhase::Draft
            | StorePhase::NeedsPerson
            | StorePhase::WaitingForReview
            | StorePhase::InReview
            | StorePhase::Approved
            | StorePhase::Rejected
    )
}

fn under_way(phase: StorePhase) -> bool {
    ahead_of_release(phase) && phase != StorePhase::Approved
}

/// What would go wrong on the day of the release.
fn readiness(row: &wire::Version, phase: StorePhase) -> Vec<String> {
    let mut notes = Vec::new();
    match row.attributes.release_type.as_deref() {
        Some("AFTER_APPROVAL") => notes.push("it will release itself on approval".to_owned()),
        Some("SCHEDULED") => notes.push("it will release itself on a set date".to_owned()),
        _ => {}
    }
    // Before the submission the conductor still sets one up.
    if phase != StorePhase::Draft
        && row.relationships.app_store_version_phased_release == wire::Relation::Nothing
    {
        notes.push("it has no phased release: releasing it now would reach 100 %".to_owned());
    }
    notes
}

/// What the open submissions of the platform add to a version that is not approved.
fn submission(
    item: &mut InStore,
    record: Record<'_>,
    row: &wire::Version,
    open: Open<'_>,
) -> Option<String> {
    let Open::Read(open) = open else {
        // Accepted is the state that other items of the basket decide on.
        if row.attributes.app_version_state.as_deref() == Some("ACCEPTED") {
            item.phase = None;
        }
        return Some(
            "the review submission cannot be read, so rejected items would not show".into(),
        );
    };
    let of_record = open.data.iter().filter(|it| {
        it.attributes.platform == record.platform
            && it.relationships.app.id().is_none_or(|app| app == record.app)
    });
    let mut note = None;
    for submission in of_record {
        let ours = submission.relationships.app_store_version_for_review.id() == Some(&row.id);
        let unresolved = submission.attributes.state == "UNRESOLVED_ISSUES";
        if ours {
            let (rejected, all) = basket(open, submission);
            let submitted = submission.attributes.submitted_date.as_deref();
            item.since = submitted.and_then(|at| Moment::parse(at).ok());
            if unresolved || rejected > 0 {
                item.phase = Some(StorePhase::Rejected);
                note = Some(if rejected > 0 {
                    format!("{rejected} of {all} items of its submission refused by Apple")
                } else {
                    "its submission has unresolved issues".to_owned()
                });
            } else if submission.attributes.state == "CANCELING" {
                note = Some("it is being withdrawn from review".to_owned());
            }
        } else if unresolved && submission.relationships.app.id().is_some() && note.is_none() {
            let other = submission.relationships.app_store_version_for_review.id();
            let other = other.and_then(|id| open.version(id));
            note = Some(match other {
                Some(other) => format!(
                    "the submission of {} has unresolved issues and blocks the next one",
                    other.attributes.version_string
                ),
                None => "another submission has unresolved issues and blocks the next one".into(),
            });
        }
    }
    note
}

/// How many items of a submission were refused, of how many.
fn basket(open: &wire::Page<wire::Submission>, submission: &wire::Submission) -> (usize, usize) {
    let Some(items) = &submission.relationships.items.data else { return (0, 0) };
    let states = items.iter().filter_map(|it| open.item(&it.id)).map(|it| &it.attributes.state);
    (states.filter(|state| *state == "REJECTED").count(), items.len())
}

/// The builds of one app on one platform out of a list over many; `alone`: the list is of this app only.
pub(super) fn builds(
    record: Record<'_>,
    page: &wire::Page<wire::Build>,
    alone: bool,
) -> Listing<Build> {
    let items = page.data.iter().filter_map(|row| {
        let pre = row.relationships.pre_release_version.id().and_then(|id| page.pre_release(id));
        let app = &row.relationships.app;
        if !(app.id() == Some(record.app) || alone && *app == wire::Relation::NotSent) {
            return None;
        }
        // A build of another platform of the same record is none of ours.
        if pre.is_some_and(|it| it.attributes.platform != record.platform) {
            return None;
        }
        let (verified, uploaded) = match row.attributes.processing_state.as_str() {
            "VALID" => (Some(true), Some(true)),
            "FAILED" | "INVALID" => (Some(false), Some(false)),
            _ => (None, None), // PROCESSING, or a word that we do not know.
        };
        // Apple did not say of which version and platform it is: that it is there proves nothing for ours.
        let (verified, uploaded) = if pre.is_some() { (verified, uploaded) } else { (None, None) };
        Some(Build {
            version: pre.and_then(|it| Version::parse(&it.attributes.version).ok()),
            number: row.attributes.version.clone(),
            commit: None,
            verified,
            // A build that TestFlight dropped after 90 days cannot be submitted any more.
            uploaded: if row.attributes.expired { Some(false) } else { uploaded },
            made_at: row.attributes.uploaded_date.as_deref().and_then(|at| Moment::parse(at).ok()),
            missing: None,
            link: Some(link(record.app)),
        })
    });
    Listing { items: items.collect(), complete: page.links.next.is_none() }
}

/// The app's page in App Store Connect.
pub(super) fn link(app: &str) -> String {
    format!("https://appstoreconnect.apple.com/apps/{app}/distribution")
}
