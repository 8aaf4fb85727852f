//! Google Play's words into ours. Pure: each oddity of Play is a fixture.

use super::wire;
use conductor::Version;
use conductor::observation::{Build, InStore, Listing, Share, StorePhase};

/// A list of this length may have been cut: Play returns at most 20 releases of a track.
pub(super) const MOST: usize = 20;

/// What is on the production track. The lifecycle says what *is*; `asked` (the track as read in an edit)
/// what was asked for. Without it nothing is known of a published release but that it is published.
pub(super) fn store(
    summaries: &wire::Summaries,
    asked: Option<&wire::Track>,
    link: &str,
) -> Listing<InStore> {
    let items = summaries.releases.iter().map(|summary| {
        let codes = summary.codes();
        let release = asked.and_then(|track| matching(track, &codes));
        in_store(summary, codes, release, link)
    });
    Listing { items: items.collect(), complete: summaries.releases.len() < MOST }
}

/// Whether nothing is on its way: what is there stays so until somebody does something.
pub(super) fn is_at_rest(summaries: &wire::Summaries, asked: Option<&wire::Track>) -> bool {
    use StorePhase as P;
    let still = |it: &InStore| {
        matches!(it.phase, Some(P::Absent | P::Draft | P::Rejected | P::Complete | P::Replaced))
    };
    store(summaries, asked, "").items.iter().all(still)
}

/// The builds that Play has on a track: all of them were uploaded.
pub(super) fn builds(summaries: &wire::Summaries, link: &str) -> Listing<Build> {
    let named = summaries.releases.iter().map(|it| (it.release_name.as_str(), it.codes()));
    Listing { items: uploaded(named, link), complete: summaries.releases.len() < MOST }
}

/// The same from a track as an edit shows it, which is the whole track.
pub(super) fn builds_of(track: &wire::Track, link: &str) -> Listing<Build> {
    let named = track.releases.iter().map(|it| (it.name.as_str(), it.codes()));
    Listing::whole(uploaded(named, link))
}

fn uploaded<'a>(named: impl Iterator<Item = (&'a str, Vec<String>)>, link: &str) -> Vec<Build> {
    named
        .flat_map(|(name, codes)| {
            let version = version_in(name);
            codes.into_iter().map(move |number| Build {
                version: version.clone(),
                number,
                commit: None,
                verified: None,
                uploaded: Some(true),
                made_at: None,
                missing: None,
                link: Some(link.to_owned()),
            })
        })
        .collect()
}

/// The builds of several tracks as one list, each once. A build on two tracks keeps the name that tells
/// its version.
pub(super) fn merged(lists: impl IntoIterator<Item = Listing<Build>>) -> Listing<Build> {
    let mut all = Listing::whole(Vec::<Build>::new());
    for list in lists {
        all.complete &= list.complete;
        for build in list.items {
            match all.items.iter_mut().find(|it| it.number == build.number) {
                Some(known) => known.version = known.version.take().or(build.version),
                None => all.items.push(build),
            }
        }
    }
    all.items.sort_by(|a, b| (b.number.len(), &b.number).cmp(&(a.number.len(), &a.number)));
    all
}

/// The version at the start of a release's name: `9.1.24`, `9.1.24 (4127)`. A name is free text and Play
/// makes up some from a date, so only digits with a dot between them are taken for a version.
pub(super) fn version_in(name: &str) -> Option<Version> {
    let word = name.split([' ', '(', ',', ':', '/']).next()?;
    let word = word.strip_prefix('v').unwrap_or(word);
    let (before, after) = word.split_once('.')?;
    let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if !before.chars().all(|c| c.is_ascii_digit()) || !digits(after) {
        return None;
    }
    Version::parse(word).ok()
}

/// A release is found by its version codes, never by its name or place.
fn matching<'a>(track: &'a wire::Track, codes: &[String]) -> Option<&'a wire::Release> {
    let mut releases = track.releases.iter();
    releases.find(|it| !codes.is_empty() && it.codes() == codes).or_else(|| {
        // The active artifacts may be fewer than the codes that the release was given.
        track.releases.iter().find(|it| {
            let theirs = it.codes();
            !codes.is_empty() && codes.iter().all(|code| theirs.contains(code))
        })
    })
}

fn in_store(
    summary: &wire::Summary,
    codes: Vec<String>,
    release: Option<&wire::Release>,
    link: &str,
) -> InStore {
    let mut item = InStore {
        version: version_in(&summary.release_name),
        builds: codes,
        name: summary.release_name.clone(),
        phase: None,
        asked: release.and_then(asked),
        served: None,
        since: None,
        phased: None,
        by_hand: None,
        phased_ready: None,
        note: None,
        link: Some(link.to_owned()),
    };
    let state = summary.release_lifecycle_state.as_str();
    match lifecycle(state) {
        Lifecycle::Is(phase, note) => {
            item.phase = Some(phase);
            item.note = note.map(str::to_owned);
        }
        Lifecycle::Published => published(&mut item, release),
        Lifecycle::Unknown => {
            item.note = Some(format!(
                "Google Play says `{}` of it, a word that Signalbox does not know",
                shown(state)
            ));
        }
    }
    item
}

/// What a lifecycle means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifecycle {
    /// This phase, and what a person should know.
    Is(StorePhase, Option<&'static str>),
    /// Rolling out, halted or complete: the status that was asked for tells which.
    Published,
    /// No word of ours.
    Unknown,
}

/// All of Play's words; a test walks the vendor's list.
pub(super) fn lifecycle(state: &str) -> Lifecycle {
    use StorePhase as P;
    match state.strip_prefix("RELEASE_LIFECYCLE_STATE_").unwrap_or(state) {
        "DRAFT" => Lifecycle::Is(P::Draft, None),
        "NOT_SENT_FOR_REVIEW" => Lifecycle::Is(
            P::NeedsPerson,
            Some("a person must press “Send for review” in the Play Console"),
        ),
        "IN_REVIEW" => Lifecycle::Is(P::InReview, None),
        "APPROVED_NOT_PUBLISHED" => Lifecycle::Is(
            P::Approved,
            Some("managed publishing: a person must press “Publish” in the Play Console"),
        ),
        "NOT_APPROVED" => Lifecycle::Is(
            P::Rejected,
            Some("Google refused it; the reason is in the Play Console and in mail"),
        ),
        "PUBLISHED" => Lifecycle::Published,
        _ => Lifecycle::Unknown,
    }
}

fn published(item: &mut InStore, release: Option<&wire::Release>) {
    let Some(release) = release else {
        item.note = Some(
            "published; to what share is not known, as the track did not show this release".into(),
        );
        return;
    };
    let fraction = release.user_fraction.and_then(partial);
    match release.status.as_str() {
        "completed" => {
            item.phase = Some(StorePhase::Complete);
            item.served = Some(Share::ALL);
        }
        "inProgress" => {
            item.phase = Some(StorePhase::RollingOut);
            item.served = fraction;
            if fraction.is_none() {
                item.note = Some("Google Play shows a rollout without a share".into());
            }
        }
        "halted" => {
            // It is served to nobody new; the share is where it stands, and who has it keeps it.
            item.phase = Some(StorePhase::Halted);
            item.served = fraction;
        }
        // Only drafts are not published, so the two answers disagree.
        "draft" => {
            item.note = Some("Google Play says both published and draft of it".into());
        }
        word => {
            item.note = Some(format!(
                "Google Play gives it the status `{}`, a word that Signalbox does not know",
                shown(word)
            ));
        }
    }
}

/// The share that a release asks for.
fn asked(release: &wire::Release) -> Option<Share> {
    match release.status.as_str() {
        "completed" => Some(Share::ALL),
        "inProgress" | "halted" => release.user_fraction.and_then(partial),
        _ => None,
    }
}

/// A fraction as Play allows it: more than nobody, less than everybody.
pub(super) fn partial(fraction: f64) -> Option<Share> {
    Share::from_fraction(fraction).filter(|share| *share > Share::NONE && *share < Share::ALL)
}

/// A vendor's word for people: not longer than a line.
fn shown(word: &str) -> String {
    word.chars().take(60).collect()
}
