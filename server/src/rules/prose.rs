//! A decision as text: the headline, the ledger, and what happens then.

use conductor::explain::day_time;
use conductor::finding::Finding;
use conductor::{Decision, Inputs, Moment, Next, Verdict};
use std::fmt::Write as _;

/// A decision for people who read a terminal.
pub(super) fn prose(inputs: &Inputs, decision: &Decision) -> String {
    let mut text = String::new();
    let stage = decision.stage.as_ref().and_then(|id| inputs.process.stage(id));
    let stage = stage.map_or("not branched yet", |stage| stage.title.as_str());
    let build = decision.build.as_ref().map_or_else(String::new, |it| format!(", build {it}"));
    let _ = writeln!(
        text,
        "{}: {stage}, {}{build}\nby the process {}, version {}, at {}\n",
        decision.track,
        decision.standing.as_str(),
        decision.process,
        decision.process_version,
        day_time(inputs.now),
    );
    let told = &decision.headline;
    let more = if told.more.is_empty() { String::new() } else { format!(" ({})", told.more) };
    let _ = writeln!(text, "{}{more}", told.text);
    let _ = write!(text, "  whose move  {}", told.who.name);
    let _ = match told.since {
        Some(since) => writeln!(text, ", since {}", day_time(since)),
        None => writeln!(text),
    };
    let _ = writeln!(text, "  then        {}", told.then);
    let _ = writeln!(text, "  next        {}", next(&decision.next));
    ledger(&mut text, "To leave this stage", &decision.findings, inputs.now);
    ledger(&mut text, "Guards", &decision.guards, inputs.now);
    ledger(&mut text, "For the newer build", &decision.renewal, inputs.now);
    let _ = writeln!(text, "\nLamps");
    for (name, lamp) in decision.lamps.named() {
        let _ =
            writeln!(text, "  {name:<10} {:<8} {}: {}", lamp.signal.spoken(), lamp.text, lamp.why);
    }
    if !decision.warnings.is_empty() {
        let _ = writeln!(text, "\nWarnings");
        for warning in &decision.warnings {
            let _ = writeln!(text, "  {}", warning.text);
        }
    }
    text
}

fn next(next: &Next) -> String {
    match next {
        Next::Fire { action, mode } => format!("{} ({})", action.verb(), mode.title()),
        Next::Pause { because } => format!("pause the rollout: {because}"),
        Next::Wait => "wait".to_owned(),
        Next::Rest => "nothing that the conductor does".to_owned(),
    }
}

fn ledger(text: &mut String, title: &str, findings: &[Finding], now: Moment) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for it in findings {
        let by = match (&it.source, it.observed_at) {
            (Some(source), Some(at)) => format!(" ({source}, {} old)", now - at),
            (Some(source), None) => format!(" ({source})"),
            (None, _) => String::new(),
        };
        let _ = writeln!(
            text,
            "  {:<8} {} [{}]: {}; {}{by}",
            word(it),
            it.title,
            it.id,
            it.value,
            it.threshold
        );
        let mut beneath = |words: &str| {
            if !words.is_empty() {
                let _ = writeln!(text, "           {words}");
            }
        };
        beneath(&it.detail);
        if let Some(waived) = &it.waived {
            beneath(&format!("waived by {}: {}", waived.by.name, waived.reason));
        } else if it.verdict != Verdict::Met {
            beneath(&format!("{}: {}", it.owner.name, it.next_step));
        }
    }
}

/// The word for a finding: its verdict, or that it is excused.
pub(super) fn word(finding: &Finding) -> &'static str {
    match (&finding.waived, finding.verdict) {
        (Some(_), _) => "waived",
        (None, Verdict::Met) => "met",
        (None, Verdict::Unmet) => "unmet",
        (None, Verdict::Unknown) => "unknown",
    }
}
