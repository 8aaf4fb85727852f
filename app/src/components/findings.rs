//! The ledger: each condition of the next transition with its value, threshold, source, age, owner and since when.
//! It shows a decision's findings and adds nothing to them.

use super::acts::about;
use super::bulb::bulb;
use super::people::{linked, owner};
use super::time::{age, age_after};
use crate::format::{finding_signal, plain, short, verdict_word};
use crate::plain::{El, el};
use conductor::board::{SourceView, TrackPage};
use conductor::finding::{Finding, Gauge, Waived};
use conductor::reading::SourceId;

/// The findings as a list, what stands in the way first, else in the process's order.
pub(crate) fn ledger(findings: &[Finding], page: &TrackPage) -> El {
    // A few passes over a few rows: each kind of sort is kilobytes in the browser.
    let rows = ["Not met", "Unknown", "Waived", "Met"]
        .into_iter()
        .flat_map(|word| findings.iter().filter(move |it| verdict_word(it) == word))
        .map(|it| row(it, page))
        .collect::<Vec<_>>();
    el("ul")
        .class("ledger list")
        .add(
            el("li")
                .class("ledger-head")
                .attr("aria-hidden", "true")
                .add(el("span"))
                .add(el("span").add("Condition"))
                .add(el("span").add("Now, against what is needed"))
                .add(el("span").add("Source"))
                .add(el("span").add("Owner, since")),
        )
        .add(rows)
}

fn row(finding: &Finding, page: &TrackPage) -> El {
    let sources = page.sources.as_slice();
    let signal = finding_signal(finding);
    let gauge = finding.gauge.map(gauge);
    let sample = finding.sample.map(|n| format!(" of {}", conductor::explain::grouped(n)));
    // A vote or a count says its whole by itself; a rate rests on a number that is nowhere else.
    let sample = sample.filter(|_| finding.value.contains('%'));
    let mut who = finding.owner.clone();
    // Where a source is who can change it, it is called here as everywhere else.
    if who.people.is_empty() && sources.iter().any(|it| it.id.as_str() == who.name) {
        who.name = source_title(&SourceId::new(who.name.as_str()), sources);
    }
    el("li")
        .class("finding")
        .attr("data-signal", signal.as_str())
        .attr("data-rule", plain(&finding.id, 80))
        .add(bulb(signal))
        .add(
            el("div")
                .add(
                    el("h3")
                        .add(el("span").class("sr").add(format!("{}: ", verdict_word(finding))))
                        .add(el("bdi").add(short(&finding.title))),
                )
                .add(under(finding)),
        )
        .add(
            el("div")
                .add(
                    el("p")
                        .class("value")
                        .attr("data-notice", "")
                        .add(el("bdi").add(short(&finding.value)))
                        .add(" ")
                        .add(
                            el("span")
                                .class("muted")
                                .add(el("bdi").add(short(&finding.threshold)))
                                .add(sample),
                        ),
                )
                .add(gauge),
        )
        .add(from(finding, sources))
        .add(el("div").add(owner(&who)).add(el("p").class("muted").add(age(finding.since))))
        .add(el("div").class("row").add(about(finding, page)))
}

/// Why it was excused, or more about it, and what is to be done.
fn under(finding: &Finding) -> Vec<El> {
    let waived = finding.waived.as_ref().map(waiver);
    let detail = (!finding.detail.is_empty()).then(|| short(&finding.detail));
    let next =
        (!finding.lets_pass() && !finding.next_step.is_empty()).then(|| short(&finding.next_step));
    [waived, detail, next]
        .into_iter()
        .flatten()
        .map(|text| el("p").class("muted").add(el("bdi").add(text)))
        .collect::<Vec<_>>()
}

fn waiver(waived: &Waived) -> String {
    format!("Waived by {}: “{}”", plain(&waived.by.name, 60), short(&waived.reason))
}

fn gauge(gauge: Gauge) -> El {
    let on_scale = |n: u16| if n >= 1_000 { "1".to_owned() } else { format!("0.{n:03}") };
    // At its very end the mark of the threshold would be cut off.
    let style = format!("--v:{};--t:{}", on_scale(gauge.value), on_scale(gauge.threshold.min(995)));
    el("div").class("gauge").attr("style", style).attr("aria-hidden", "true")
}

fn from(finding: &Finding, sources: &[SourceView]) -> El {
    let name = finding
        .source
        .as_ref()
        .map_or_else(|| "Signalbox".to_owned(), |id| source_title(id, sources));
    let age = match finding.observed_at {
        Some(since) => el("p").class("muted").add(age_after(since, " ago")),
        None => el("p").class("muted").add("no reading"),
    };
    el("div").add(linked(name, finding.link.as_deref())).add(age)
}

/// What people call a source.
pub(crate) fn source_title(id: &SourceId, sources: &[SourceView]) -> String {
    let known = sources.iter().find(|it| it.id == *id);
    match known {
        Some(known) => plain(&known.title, 60),
        None if *id == SourceId::signalbox() => "Signalbox".to_owned(),
        None => plain(id.as_str(), 60),
    }
}
