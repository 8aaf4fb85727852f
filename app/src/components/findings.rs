//! The ledger: each condition of the next transition with its value, threshold, source, age, owner and since when.
//! It shows a decision's findings and adds nothing to them.

use conductor::board::SourceView;
use conductor::finding::{Finding, Gauge, Waived};
use conductor::reading::SourceId;
use leptos::either::Either;
use leptos::prelude::*;

use super::bulb::bulb;
use super::people::owner;
use super::time::Age;
use crate::erased::{Erase, Erased};
use crate::format::{finding_signal, link, plain, short, verdict_word};

/// The findings as a list, what stands in the way first, else in the process's order.
pub(crate) fn ledger(findings: &[Finding], sources: &[SourceView]) -> Erased {
    let mut ordered: Vec<&Finding> = findings.iter().collect();
    ordered.sort_by_key(|it| match verdict_word(it) {
        "Not met" => 0,
        "Unknown" => 1,
        "Waived" => 2,
        _ => 3,
    });
    let rows = ordered.into_iter().map(|it| row(it, sources)).collect_view();
    view! {
        <ul class="ledger list">
            <li class="ledger-head" aria-hidden="true">
                <span></span>
                <span>"Condition"</span>
                <span>"Now, against what is needed"</span>
                <span>"Source"</span>
                <span>"Owner, since"</span>
            </li>
            {rows}
        </ul>
    }.erase()
}

fn row(finding: &Finding, sources: &[SourceView]) -> Erased {
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
    view! {
        <li class="finding" data-signal=signal.as_str() data-rule=plain(&finding.id, 80)>
            {bulb(signal)}
            <div>
                <h3>
                    <span class="sr">{format!("{}: ", verdict_word(finding))}</span>
                    <bdi>{short(&finding.title)}</bdi>
                </h3>
                {under(finding)}
            </div>
            <div>
                <p class="value" data-notice>
                    <bdi>{short(&finding.value)}</bdi>
                    " "
                    <span class="muted">
                        <bdi>{short(&finding.threshold)}</bdi>
                        {sample}
                    </span>
                </p>
                {gauge}
            </div>
            <div>{from(finding, sources)}</div>
            <div>
                {owner(&who)}
                <p class="muted">
                    <Age since=finding.since/>
                </p>
            </div>
        </li>
    }.erase()
}

/// Why it was excused, or more about it, and what is to be done.
fn under(finding: &Finding) -> Erased {
    let waived = finding.waived.as_ref().map(waiver);
    let detail = (!finding.detail.is_empty()).then(|| short(&finding.detail));
    let next = (!finding.lets_pass() && !finding.next_step.is_empty()).then(|| short(&finding.next_step));
    [waived, detail, next].into_iter().flatten().map(|text| view! { <p class="muted"><bdi>{text}</bdi></p> }).collect_view().erase()
}

fn waiver(waived: &Waived) -> String {
    format!("Waived by {}: “{}”", plain(&waived.by.name, 60), short(&waived.reason))
}

fn gauge(gauge: Gauge) -> Erased {
    let on_scale = |n: u16| f64::from(n.min(1_000)) / 1_000.0;
    // At its very end the mark of the threshold would be cut off.
    let threshold = on_scale(gauge.threshold).min(0.995);
    view! {
        <div class="gauge" style=format!("--v:{};--t:{threshold}", on_scale(gauge.value)) aria-hidden="true"></div>
    }.erase()
}

fn from(finding: &Finding, sources: &[SourceView]) -> Erased {
    let name = finding.source.as_ref().map_or_else(|| "Signalbox".to_owned(), |id| source_title(id, sources));
    let name = match link(finding.link.as_deref()) {
        Some(href) => Either::Left(view! { <a class="link" href=href rel="noreferrer"><bdi>{name}</bdi></a> }),
        None => Either::Right(view! { <bdi>{name}</bdi> }),
    };
    let age = match finding.observed_at {
        Some(since) => Either::Left(view! { <Age since after=" ago"/> }),
        None => Either::Right("no reading"),
    };
    view! {
        {name}
        <p class="muted">{age}</p>
    }.erase()
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
