//! Conditions on what is told by name: readings, metrics, compliance checks, feature flags. A value that is no
//! number, or rests on too few cases, is no good news.

use super::{Case, Judged};
use crate::explain::{grouped, list};
use crate::facts::ByName;
use crate::finding::{Owner, Verdict};
use crate::observation::{Named, Value};
use crate::reading::{Fact, Reading, Why};

/// What is asked of a value.
pub(super) struct Ask<'a> {
    pub(super) at_least: Option<&'a Value>,
    pub(super) at_most: Option<&'a Value>,
    pub(super) is: Option<&'a Value>,
    pub(super) minimum_sample: u64,
}

impl Ask<'_> {
    fn words(&self) -> String {
        match (self.at_least, self.at_most, self.is) {
            (_, _, Some(is)) => format!("must be {is}"),
            (Some(least), Some(most), _) => format!("from {least} to {most}"),
            (Some(least), None, _) => format!("at least {least}"),
            (None, Some(most), _) => format!("at most {most}"),
            (None, None, None) => "nothing is asked".to_owned(),
        }
    }

    /// Whether a value is as asked; `None` if it is no number and a number is asked for.
    fn holds(&self, value: &Value) -> Option<bool> {
        if let Some(is) = self.is {
            return Some(value.agrees_with(is));
        }
        let is = value.millionths()?;
        let least = self.at_least.is_none_or(|it| it.millionths().is_some_and(|least| is >= least));
        let most = self.at_most.is_none_or(|it| it.millionths().is_some_and(|most| is <= most));
        Some(least && most)
    }
}

pub(super) fn judge(case: &Case<'_>, names: &ByName, name: &str, ask: &Ask<'_>) -> Judged {
    let threshold = ask.words();
    let fact = names.get(name, build(case));
    let reading = match fact.fresh(case.max_age, case.now) {
        Ok(reading) => reading,
        Err(why) => {
            let last = fact.last().map(|it| it.value.value.to_string());
            return Judged::unknown(name, &threshold, why, &fact, last);
        }
    };
    let value = &reading.value.value;
    let unknown = |why: Why, waits: String, next: &str| {
        Judged::new(Verdict::Unknown, name, shown(value), &threshold).why(why).waits(waits, next)
    };
    let judged = match ask.holds(value) {
        None => {
            let message = format!("`{}` is no number", shown(value));
            let waits = format!("Cannot judge {name}: {message}");
            unknown(Why::Contradiction { message }, waits, "see what its source sends")
        }
        Some(_) if reading.value.sample.unwrap_or(0) < ask.minimum_sample => {
            let so_far = reading.value.sample.map_or_else(
                || "its source does not tell how many cases it rests on".to_owned(),
                |sample| format!("{} of {} cases", grouped(sample), grouped(ask.minimum_sample)),
            );
            let waits = format!("Too few cases to judge {name}: {so_far}");
            unknown(Why::UnderSampled, waits, "it is judged once there are enough")
        }
        Some(holds) => Judged::new(Verdict::when(holds), name, shown(value), &threshold).waits(
            format!("{name} is {}, {threshold}", shown(value)),
            "change it, or its threshold",
        ),
    };
    about(judged, reading)
}

pub(super) fn flag(case: &Case<'_>, name: &str, is: &Value) -> Judged {
    let title = format!("Flag {name} is {}", switch(is));
    let threshold = format!("must be {}", switch(is));
    let fact = case.facts.flags.get(name, build(case));
    let reading = match fact.fresh(case.max_age, case.now) {
        Ok(reading) => reading,
        Err(why) => {
            let last = fact.last().map(|it| switch(&it.value.value));
            return Judged::unknown(&title, &threshold, why, &fact, last);
        }
    };
    let value = switch(&reading.value.value);
    let holds = reading.value.value.agrees_with(is);
    let judged = Judged::new(Verdict::when(holds), &title, value.clone(), threshold).waits(
        format!("Flag {name} is {value}"),
        format!("switch it to {}, where flags are kept", switch(is)),
    );
    about(judged, reading)
}

/// Each named check must have passed. Without names: all that are told, and at least one.
pub(super) fn compliance(case: &Case<'_>, asked: &[String]) -> Judged {
    const TITLE: &str = "Compliance checks passed";
    let told = &case.facts.checks;
    let names: Vec<&String> =
        if asked.is_empty() { told.told.keys().collect() } else { asked.iter().collect() };
    let threshold =
        if asked.is_empty() { "all".to_owned() } else { format!("{} named", names.len()) };
    let passed = |it: &Named| {
        it.value.agrees_with(&Value::new("passed")) || it.value.agrees_with(&Value::new("true"))
    };
    let facts: Vec<Fact<Named>> = names.iter().map(|name| told.get(name, build(case))).collect();
    let (mut failed, mut missing, mut good, mut oldest) = (Vec::new(), None, 0_usize, None);
    for (name, fact) in names.iter().zip(&facts) {
        match fact.fresh(case.max_age, case.now) {
            Err(why) => {
                missing.get_or_insert((*name, why, fact));
            }
            Ok(reading) => {
                if passed(&reading.value) {
                    good += 1;
                } else {
                    failed.push(format!("{name} {}", shown(&reading.value.value)));
                }
                if oldest.is_none_or(|it: &Reading<Named>| reading.observed_at < it.observed_at) {
                    oldest = Some(reading);
                }
            }
        }
    }
    let value = format!("{good} of {}", names.len());
    let of_oldest = |judged: Judged| match oldest {
        Some(reading) => about(judged, reading),
        None => judged,
    };
    let mut judged = match (failed.is_empty(), missing) {
        (false, _) => of_oldest(
            Judged::new(Verdict::Unmet, TITLE, value, threshold)
                .waits(format!("Compliance: {}", list(&failed, 3)), "mend what they found"),
        ),
        (true, Some((name, why, fact))) => {
            let judged = Judged::unknown(TITLE, &threshold, why, fact, None);
            Judged { value, detail: format!("{name} is not known"), ..judged }
        }
        (true, None) if names.is_empty() => {
            let fact: Fact<()> = told.rest.as_ref().map_or_else(Fact::default, |(why, source)| {
                Fact::unknown(why.clone(), source.clone())
            });
            let Fact::Unknown { why, .. } = &fact else {
                return Judged::unknown(TITLE, &threshold, Why::NoData, &fact, None);
            };
            Judged::unknown(TITLE, &threshold, why.clone(), &fact, None)
        }
        // All that one source told passed; what another owes may have failed.
        (true, None)
            if asked.is_empty()
                && told.rest.as_ref().is_some_and(|(why, _)| *why != Why::NoData) =>
        {
            let (why, source) = told.rest.clone().unwrap_or((Why::NoData, None));
            let fact: Fact<()> = Fact::unknown(why.clone(), source);
            Judged { value, ..Judged::unknown(TITLE, &threshold, why, &fact, None) }
        }
        (true, None) => of_oldest(Judged::new(Verdict::Met, TITLE, value, threshold)),
    };
    judged.sample = Some(names.len() as u64);
    judged
}

fn build<'a>(case: &Case<'a>) -> Option<&'a str> {
    case.build.map(|it| it.number.as_str())
}

fn about(judged: Judged, reading: &Reading<Named>) -> Judged {
    let note = reading.value.note.clone().unwrap_or_default();
    judged
        .from_reading(reading)
        .link(reading.link.clone())
        .detail(note)
        .owner(Owner::named(reading.source.as_str()))
}

/// A value for people: never empty, never long.
fn shown(value: &Value) -> String {
    let text: String = value.as_str().chars().take(60).collect();
    if text.is_empty() { "empty".to_owned() } else { text }
}

fn switch(value: &Value) -> String {
    match value.as_str() {
        "true" => "on".to_owned(),
        "false" => "off".to_owned(),
        _ => shown(value),
    }
}
