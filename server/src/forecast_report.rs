//! `signalbox forecast-report FILE…`: walks forward over past releases, forecasts each from what had ended before its
//! branch, and says how often the forecasts held and what they cost beside three plain ones. The files tell what git
//! knows of an app's releases; their shape stands in `crates/simulator/data`.

mod history;
#[cfg(test)]
mod tests;

use crate::Failure;
use conductor::forecast::score::{self, Plain, Score};
use conductor::forecast::{Leg, Past, walk};
use history::History;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// An app of the report with all that was judged.
struct Judged {
    name: String,
    ours: Score,
    last: Score,
    median: Score,
    quantiles: Score,
}

/// Prints the report of the files, as a table or as JSON.
pub(crate) fn report(files: &[PathBuf], as_json: bool) -> Result<ExitCode, Failure> {
    let mut histories = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{} cannot be read ({error})", file.display()))?;
        let read = History::parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        histories.push(read);
    }
    let judged = judge(&histories);
    if as_json {
        println!(
            "{}",
            serde_json::to_string_pretty(&Value::Array(judged.iter().map(Judged::json).collect()))?
        );
    } else {
        print!("{}", table(&judged));
    }
    Ok(ExitCode::SUCCESS)
}

/// Every app, and all of them together as the last.
fn judge(histories: &[History]) -> Vec<Judged> {
    let legs: Vec<Vec<Leg>> = histories.iter().map(History::legs).collect();
    let mut judged: Vec<Judged> = histories
        .iter()
        .enumerate()
        .map(|(index, history)| {
            let own = legs.get(index).cloned().unwrap_or_default();
            let others = legs
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, legs)| legs.clone())
                .collect();
            let plain = |by| score::plain(&own, by);
            Judged {
                name: history.name(),
                last: plain(Plain::Last),
                median: plain(Plain::Median),
                quantiles: plain(Plain::Quantiles),
                ours: score::said(&walk(&Past { own: own.clone(), others })),
            }
        })
        .collect();
    let all = |of: fn(&Judged) -> &Score| {
        judged.iter().fold(Score::default(), |sum, it| sum.plus(of(it)))
    };
    let all = Judged {
        name: "all".to_owned(),
        ours: all(|it| &it.ours),
        last: all(|it| &it.last),
        median: all(|it| &it.median),
        quantiles: all(|it| &it.quantiles),
    };
    judged.push(all);
    judged
}

impl Judged {
    fn json(&self) -> Value {
        let of = |score: &Score| {
            let [held_p50, held_p80] = score.held;
            json!({ "held_p50": held_p50, "held_p80": held_p80, "loss_days": score.mean_loss() })
        };
        json!({
            "name": self.name,
            "forecasts": self.ours.forecasts,
            "forecast": of(&self.ours),
            "last": of(&self.last),
            "median": of(&self.median),
            "quantiles": of(&self.quantiles),
        })
    }
}

fn table(judged: &[Judged]) -> String {
    let mut text = String::from(
        "Each regular release, forecast when it branched from what had ended before: how many came by P50 and by P80, and\n\
         the pinball loss in days for both, beside plain forecasts (as the last one, the median, the quantiles of the newest\n\
         twenty). Releases with fewer than eight before them are left out.\n\n",
    );
    let _ = writeln!(
        text,
        "{:<28} {:>5}  {:>7} {:>7}  {:>13}  {:>13} {:>13} {:>13}  {:>6}",
        "app, platform", "n", "by P50", "by P80", "loss", "last", "median", "quantiles", "less"
    );
    for it in judged {
        let Some([p50, p80]) = it.ours.held_percent() else {
            let _ = writeln!(text, "{:<28} {:>5}  too few releases to judge", it.name, 0);
            continue;
        };
        let loss = |score: &Score| {
            let [p50, p80] = score.mean_loss().unwrap_or_default();
            format!("{p50:.2} / {p80:.2}")
        };
        let sum = |score: &Score| score.loss.iter().sum::<f64>();
        let less = 100.0 * (1.0 - sum(&it.ours) / sum(&it.quantiles));
        let _ = writeln!(
            text,
            "{:<28} {:>5}  {:>5.0} % {:>5.0} %  {:>13}  {:>13} {:>13} {:>13}  {:>4.0} %",
            it.name,
            it.ours.forecasts,
            p50,
            p80,
            loss(&it.ours),
            loss(&it.last),
            loss(&it.median),
            loss(&it.quantiles),
            less
        );
    }
    text.push_str("\nless: how much less loss than the quantiles have, both levels together.\n");
    text
}
