//! The words of the pages, in one place. Pure: values in, text out. What a decision means in words is the
//! conductor's ([`conductor::explain`]); here is what stands around it.

use conductor::board::{Summary, TrackView};
use conductor::explain::count;
use conductor::finding::{Finding, Verdict};
use conductor::lamp::Signal;
use conductor::observation::Outcome;

/// The most characters of an outside text that a page shows; what is behind it is one click away.
pub(crate) const LONGEST: usize = 300;

/// Outside text made fit for one line: no control characters, none that turn the direction of writing around, no
/// more than `most` characters. The page escapes it besides.
pub(crate) fn plain(text: &str, most: usize) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut fit = String::with_capacity(text.len().min(most * 2));
    let (mut length, mut gap) = (0, false);
    for c in text.chars().filter(|c| !turns(*c)) {
        // The thin spaces in numbers are meant; anything else that is blank or unprintable parts words.
        if c.is_control() || (c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}')) {
            gap = !fit.is_empty();
            continue;
        }
        if length + usize::from(gap) >= most {
            fit.push('…');
            return fit;
        }
        if gap {
            fit.push(' ');
            length += 1;
            gap = false;
        }
        fit.push(c);
        length += 1;
    }
    fit
}

/// [`plain`] at the usual length.
pub(crate) fn short(text: &str) -> String {
    plain(text, LONGEST)
}

/// An address that may be put behind a link: another site's by http or https, or one of our own pages. Any other
/// scheme is shown as text.
pub(crate) fn link(address: Option<&str>) -> Option<String> {
    let address = address?;
    let starts =
        |with: &str| address.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with));
    let ours = address.starts_with('/') && !address.starts_with("//") && !address.contains('\\');
    (starts("https://") || starts("http://") || ours).then(|| address.to_owned())
}

/// `3 releases need you`.
pub(crate) fn need_you(n: u32) -> String {
    match n {
        0 => "Nothing needs you".to_owned(),
        1 => "1 release needs you".to_owned(),
        n => format!("{n} releases need you"),
    }
}

/// `4 wait on others, 1 is held, 1 moves on its own.` Empty if nothing is in flight.
pub(crate) fn others(summary: Summary) -> String {
    let word = |n: u32, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let parts: Vec<String> = [
        word(summary.waiting, "waits on others", "wait on others"),
        word(summary.held, "is held", "are held"),
        word(summary.moving, "moves on its own", "move on their own"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { String::new() } else { format!("{}.", parts.join(", ")) }
}

/// `To leave Final release candidate`.
pub(crate) fn to_leave(stage: Option<&str>) -> String {
    stage.map_or_else(
        || "Before its branch".to_owned(),
        |stage| format!("To leave {}", short(stage)),
    )
}

/// How a finding is shown: a waiver over what was found.
pub(crate) fn finding_signal(finding: &Finding) -> Signal {
    match (finding.verdict, &finding.waived) {
        (Verdict::Met, _) => Signal::Go,
        (_, Some(_)) => Signal::Waived,
        (Verdict::Unmet, None) => Signal::Wait,
        (Verdict::Unknown, None) => Signal::Unknown,
    }
}

/// What a screen reader says before a finding.
pub(crate) fn verdict_word(finding: &Finding) -> &'static str {
    match (finding.verdict, &finding.waived) {
        (Verdict::Met, _) => "Met",
        (_, Some(_)) => "Waived",
        (Verdict::Unmet, None) => "Not met",
        (Verdict::Unknown, None) => "Unknown",
    }
}

/// `5 met · 1 waived · 1 not met · 1 unknown`.
pub(crate) fn tally(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "no conditions".to_owned();
    }
    [("Met", "met"), ("Waived", "waived"), ("Not met", "not met"), ("Unknown", "unknown")]
        .into_iter()
        .filter_map(|(word, small)| {
            let n = findings.iter().filter(|it| verdict_word(it) == word).count();
            (n > 0).then(|| format!("{n} {small}"))
        })
        .collect::<Vec<_>>()
        .join(" · ")
}

/// A check's outcome, as a lamp and as a word.
pub(crate) fn outcome(outcome: &Outcome) -> (Signal, String) {
    match outcome {
        Outcome::Passed => (Signal::Go, "passed".to_owned()),
        Outcome::Failed => (Signal::Stop, "failed".to_owned()),
        Outcome::Running => (Signal::Wait, "running".to_owned()),
        Outcome::Skipped => (Signal::Unknown, "skipped, which is no pass".to_owned()),
        Outcome::Cancelled => (Signal::Unknown, "called off".to_owned()),
        Outcome::Other(word) => (Signal::Unknown, format!("unknown word: {}", plain(word, 60))),
    }
}

/// An owner's name as people read it. Where the conductor says `time`, nobody has to do anything.
pub(crate) fn owner_name(name: &str) -> String {
    if name == "time" { "Nobody: it only takes time".to_owned() } else { plain(name, 80) }
}

/// The heading of the bugs that lack something.
pub(crate) fn lacks(what: &str) -> String {
    match what {
        "version" => "Blocking, on no version".to_owned(),
        "priority" => "No priority".to_owned(),
        "assignee" => "No assignee".to_owned(),
        other => format!("No {}", plain(other, 40)),
    }
}

/// The title of a track's page: `Music Android 9.1.24: Waiting for 2 sign-offs`.
pub(crate) fn track_title(track: &TrackView) -> String {
    plain(&format!("{}: {}", track.title, track.headline.text), 160)
}

/// The description of a track's page, for previews of a link.
pub(crate) fn track_description(track: &TrackView) -> String {
    let lamps =
        track.lamps.named().map(|(name, lamp)| format!("{name}: {}", lamp.text)).join(" · ");
    let (met, all) = track.met;
    let of = if all == 0 {
        String::new()
    } else {
        format!(" {met} of {} met.", count(u64::from(all), "condition"))
    };
    plain(&format!("{}.{of} {lamps}. {}", track.headline.text, track.headline.then), 300)
}

/// Text for where the server writes it without escaping it: between `<title>` and `</title>`.
#[cfg(feature = "ssr")]
pub(crate) fn for_title(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
