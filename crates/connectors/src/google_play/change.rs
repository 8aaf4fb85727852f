//! From an action to the body of a track. Pure. A body that Play refuses by its own rules (`completed` with
//! a fraction, `inProgress` without one) cannot be made here.

use super::translate::partial;
use super::wire::{Release, WholeTrack};
use conductor::observation::Share;
use conductor::{Action, Version};
use serde_json::{Value, json};

/// How one release is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// Served to a part of the users; never nobody, never everybody.
    At(Share),
    /// Served to everybody.
    Complete,
    /// Not served any more; the share is where it stood.
    Halted(Option<Share>),
}

impl Stand {
    fn of(share: Share) -> Option<Self> {
        if share == Share::ALL {
            return Some(Self::Complete);
        }
        (share > Share::NONE && share < Share::ALL).then_some(Self::At(share))
    }

    /// Writes status and fraction, and touches nothing else.
    fn write(self, release: &mut serde_json::Map<String, Value>) {
        let (status, share) = match self {
            Self::At(share) => ("inProgress", Some(share)),
            Self::Complete => ("completed", None),
            Self::Halted(share) => ("halted", share),
        };
        release.insert("status".into(), json!(status));
        match share {
            Some(share) => drop(release.insert("userFraction".into(), json!(share.fraction()))),
            None => drop(release.remove("userFraction")),
        }
    }
}

/// The track as it is to be, made of the track as it was just read. `Err`: the track is not in a state for
/// this, in words. Unknown fields, other releases and their codes go back as they came; only on a step to
/// everybody the older complete release leaves, since Play takes one complete release a track.
pub(super) fn change(
    track: &WholeTrack,
    action: Action,
    version: &Version,
    build: &str,
    share: Share,
) -> Result<WholeTrack, String> {
    let mut track = track.clone();
    let ours = find(&track, build)?;
    let stand = match action {
        Action::SubmitForReview => submitted(ours.as_ref(), share)?,
        Action::CompleteRollout => match status(ours.as_ref(), build)? {
            ("inProgress", _) => Stand::Complete,
            (other, _) => return Err(is(build, other)),
        },
        Action::PauseRollout => match status(ours.as_ref(), build)? {
            ("inProgress" | "completed", fraction) => Stand::Halted(fraction),
            (other, _) => return Err(is(build, other)),
        },
        Action::ResumeRollout => match status(ours.as_ref(), build)? {
            ("halted", Some(fraction)) => Stand::At(fraction),
            // A halt of what everybody had: it goes back to everybody.
            ("halted", None) => Stand::Complete,
            (other, _) => return Err(is(build, other)),
        },
        Action::MarkCandidate | Action::StartRollout | Action::Publish | Action::Finish => {
            return Err(format!("Google Play has no action to {}", action.verb()));
        }
    };
    if stand == Stand::Complete {
        let position = ours.as_ref().map(|(position, _)| *position);
        let mut at = 0..;
        track.releases.retain(|release| {
            let is_ours = at.next() == position && position.is_some();
            is_ours || release.get("status").and_then(Value::as_str) != Some("completed")
        });
    }
    match find(&track, build)? {
        Some((position, _)) => {
            if let Some(release) = track.releases.get_mut(position).and_then(Value::as_object_mut) {
                stand.write(release);
            }
        }
        None => {
            let mut release = serde_json::Map::new();
            release.insert("name".into(), json!(version.as_str()));
            release.insert("versionCodes".into(), json!([build]));
            stand.write(&mut release);
            track.releases.insert(0, Value::Object(release));
        }
    }
    Ok(track)
}

/// Where our release is in the list, found by its version code.
fn find(track: &WholeTrack, build: &str) -> Result<Option<(usize, Release)>, String> {
    for (position, value) in track.releases.iter().enumerate() {
        let release: Release = serde_json::from_value(value.clone())
            .map_err(|_| "Google Play showed a release that Signalbox cannot read".to_owned())?;
        if release.version_codes.iter().any(|code| code.text() == build) {
            return Ok(Some((position, release)));
        }
    }
    Ok(None)
}

fn submitted(ours: Option<&(usize, Release)>, share: Share) -> Result<Stand, String> {
    if let Some((_, release)) = ours
        && release.status != "draft"
    {
        return Err(format!(
            "the production track has it already, as `{}`; it is not sent a second time",
            release.status
        ));
    }
    Stand::of(share).ok_or_else(|| "a rollout to 0 % cannot be asked for".to_owned())
}

fn status<'a>(
    ours: Option<&'a (usize, Release)>,
    build: &str,
) -> Result<(&'a str, Option<Share>), String> {
    let Some((_, release)) = ours else {
        return Err(format!("{build} is not on the production track"));
    };
    let fraction = release.user_fraction.and_then(partial);
    if release.status == "inProgress" && fraction.is_none() {
        return Err(format!("Google Play shows the rollout of {build} without a share"));
    }
    Ok((release.status.as_str(), fraction))
}

fn is(build: &str, status: &str) -> String {
    format!("{build} is `{status}` on the production track")
}
