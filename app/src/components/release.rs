//! The parts of a track's page below its ledger: sign-offs, bugs, builds and tests, quality, rollout.

mod builds;
mod sign_offs;
mod store;

use conductor::finding::Verdict;
use conductor::lamp::Signal;
use conductor::reading::{Fact, Why};

pub(crate) use builds::{builds, builds_signal};
pub(crate) use sign_offs::{bugs, sign_offs};
pub(crate) use store::{quality, rollout, rollout_signal};

/// What is said of a fact that nobody vouches for now; `None` if somebody does.
fn missing<T>(fact: &Fact<T>) -> Option<String> {
    let Fact::Unknown { why, source, .. } = fact else { return None };
    let source = source.as_ref().map_or("no source", |it| it.as_str());
    let text = match why {
        Why::NotConfigured => "No source is configured for this".to_owned(),
        Why::NotReadYet => format!("Not read yet from {source}"),
        Why::Fault { message } => format!("{source}: {message}"),
        Why::NoData => format!("{source} has nothing on this yet"),
        Why::Partial => format!("{source} gave only a part of its list"),
        Why::Expired => format!("What {source} said is too old"),
        Why::FromTheFuture => format!("The clock of {source} is ahead of ours"),
        Why::UnderSampled => "Too few to judge".to_owned(),
        Why::Contradiction { message } => message.clone(),
    };
    Some(crate::format::short(&text))
}

/// The lamp of something that sources say yes, no or nothing about.
fn told(is_so: Option<bool>) -> Signal {
    match is_so.map(Verdict::when) {
        Some(Verdict::Met) => Signal::Go,
        Some(Verdict::Unmet) => Signal::Stop,
        Some(Verdict::Unknown) | None => Signal::Unknown,
    }
}
