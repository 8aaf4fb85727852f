//! A condition's answer with its words, how it is made, and how the answers of parts become one.

use crate::explain::lower_first;
use crate::finding::{Cause, Gauge, Owner, Verdict};
use crate::moment::Moment;
use crate::reading::{Fact, Reading, SourceId, Why};

/// A condition's answer with its words, before since-when and waivers are laid over it.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) why: Option<Why>,
    pub(crate) title: String,
    pub(crate) value: String,
    pub(crate) threshold: String,
    pub(crate) detail: String,
    pub(crate) sample: Option<u64>,
    pub(crate) gauge: Option<Gauge>,
    pub(crate) source: Option<SourceId>,
    pub(crate) observed_at: Option<Moment>,
    pub(crate) link: Option<String>,
    pub(crate) owner: Owner,
    /// The headline while it is not met: `Waiting for 2 sign-offs: Playback, Ads`.
    pub(crate) waits: String,
    pub(crate) next_step: String,
    pub(crate) cause: Option<Cause>,
}

impl Judged {
    pub(crate) fn new(
        verdict: Verdict,
        title: &str,
        value: impl Into<String>,
        threshold: impl Into<String>,
    ) -> Self {
        Self {
            verdict,
            why: None,
            title: title.to_owned(),
            value: value.into(),
            threshold: threshold.into(),
            detail: String::new(),
            sample: None,
            gauge: None,
            source: None,
            observed_at: None,
            link: None,
            owner: Owner::default(),
            waits: String::new(),
            next_step: String::new(),
            cause: None,
        }
    }

    /// An answer that nobody can give now: says what is missing, on which source, and what helps.
    pub(crate) fn unknown<T>(
        title: &str,
        threshold: &str,
        why: Why,
        fact: &Fact<T>,
        last: Option<String>,
    ) -> Self {
        let source = fact.source().cloned();
        let name = source.as_ref().map_or("a source", SourceId::as_str).to_owned();
        let (waits, next_step) = missing_words(&why, title, &name);
        let unasked = why == Why::NotConfigured;
        Self {
            why: Some(why),
            value: last
                .map_or_else(|| "no answer".to_owned(), |last| format!("unknown, last {last}")),
            observed_at: fact.last().map(|reading| reading.observed_at),
            link: fact.last().and_then(|reading| reading.link.clone()),
            owner: Owner::named(if unasked { "an admin".to_owned() } else { name }),
            source,
            waits,
            next_step,
            ..Self::new(Verdict::Unknown, title, "", threshold)
        }
    }

    pub(crate) fn from_reading<T>(mut self, reading: &Reading<T>) -> Self {
        self.source = Some(reading.source.clone());
        self.observed_at = Some(reading.observed_at);
        if self.link.is_none() {
            self.link.clone_from(&reading.link);
        }
        self
    }
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
    pub(crate) fn link(mut self, link: Option<String>) -> Self {
        self.link = link;
        self
    }
    pub(crate) fn owner(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }
    pub(crate) fn waits(mut self, waits: impl Into<String>, next_step: impl Into<String>) -> Self {
        self.waits = waits.into();
        self.next_step = next_step.into();
        self
    }
    pub(crate) fn why(mut self, why: Why) -> Self {
        self.why = Some(why);
        self
    }
    pub(crate) fn cause(mut self, cause: Cause) -> Self {
        self.cause = Some(cause);
        self
    }
}

/// The headline and the next step for what is not known. A title is a statement (`No open blocking bug`), so it stands in
/// quotation marks: it is what cannot be judged, not what a source says.
fn missing_words(why: &Why, title: &str, source: &str) -> (String, String) {
    let (lacks, next_step) = match why {
        Why::NotConfigured => (
            "no source tells it".to_owned(),
            "configure a source for it, or take the condition out of the process".to_owned(),
        ),
        Why::NotReadYet => {
            (format!("{source} was not read yet"), "it is read within one tick".to_owned())
        }
        Why::Fault { message } => (format!("{source} gives no answer"), message.clone()),
        Why::NoData => (
            format!("{source} has no data yet"),
            format!("it is read from {source} as soon as it is there"),
        ),
        Why::Partial => (
            format!("{source} gave only a part of its list"),
            "it is read again with the next tick".to_owned(),
        ),
        Why::Expired => (
            format!("what {source} said is too old"),
            format!("see why {source} has nothing newer"),
        ),
        Why::FromTheFuture => (
            format!("the clock of {source} is ahead"),
            format!("set the clock of {source}, or ours"),
        ),
        Why::UnderSampled => {
            ("too few cases so far".to_owned(), "they come in by themselves".to_owned())
        }
        Why::Contradiction { message } => {
            ("sources contradict each other".to_owned(), message.clone())
        }
    };
    (format!("Cannot judge “{title}”: {lacks}"), next_step)
}

/// Joins parts: the part that decides gives the words.
pub(super) fn combine(mut parts: Vec<Judged>, all: bool) -> Judged {
    let verdicts = parts.iter().map(|part| part.verdict);
    let verdict = if all { Verdict::all(verdicts) } else { Verdict::any(verdicts) };
    let word = if all { " and " } else { " or " };
    let title = parts.iter().map(|part| part.title.clone()).collect::<Vec<_>>().join(word);
    let met = parts.iter().filter(|part| part.verdict == Verdict::Met).count();
    let (value, threshold) = (
        format!("{met} of {} met", parts.len()),
        if all { "needs all" } else { "needs one" }.to_owned(),
    );
    match parts.iter().position(|part| part.verdict == verdict) {
        Some(index) => {
            let decides = parts.swap_remove(index);
            let detail = format!("{}: {}", decides.title, decides.value);
            Judged {
                verdict,
                title,
                value,
                threshold,
                detail,
                sample: None,
                gauge: None,
                ..decides
            }
        }
        None => Judged::new(verdict, "nothing asked", value, threshold)
            .waits("A condition has no parts", "take it out of the process, or give it parts")
            .owner(Owner::named("an admin")),
    }
}

pub(super) fn negate(part: Judged) -> Judged {
    let holds = part.verdict == Verdict::Met;
    let title = format!("Not: {}", lower_first(&part.title));
    Judged {
        verdict: part.verdict.not(),
        threshold: format!("must not hold: {}", part.threshold),
        // What the part says of itself is what helps it, not its opposite.
        waits: if holds { format!("“{}” holds, and must not", part.title) } else { part.waits },
        next_step: if holds { "it must stop holding".to_owned() } else { part.next_step },
        owner: if part.owner.name.is_empty() { Owner::named("an admin") } else { part.owner },
        title,
        ..part
    }
}
