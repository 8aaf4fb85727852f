//! `/insights`: where the time went in past releases, line by line. Each figure says its sample and opens to the
//! releases behind it; a sentence stands on top only where the data carry one.

use conductor::Span;
use conductor::insights::{LineInsights, Portion, Sample};
use std::collections::BTreeSet;

use super::{Frame, Place, page_head, table};
use crate::format::plain;
use crate::plain::{El, el};
use crate::shell::Assets;

/// The page, for a visitor of that name: all lines, or those of one app.
pub fn page(
    assets: &Assets,
    lines: &[LineInsights],
    app: Option<&str>,
    visitor: Option<String>,
) -> String {
    let shown: Vec<&LineInsights> =
        lines.iter().filter(|it| app.is_none_or(|app| it.line.app.as_str() == app)).collect();
    let releases: usize = shown.iter().map(|it| it.regular + it.hotfixes).sum();
    let state = match (lines.is_empty(), shown.is_empty()) {
        (true, _) => "No past release is known yet.".to_owned(),
        (false, true) => "No past release of this app is known.".to_owned(),
        _ => format!(
            "{releases} past releases on {} lines, as imported. Trains that run here now are not among them.",
            shown.len()
        ),
    };
    let frame = Frame { visitor, ..Frame::new("Insights", state.clone(), Place::Insights) };
    let mut main = vec![page_head("Insights", state)];
    if lines.is_empty() {
        main.push(
            el("p")
                .class("none muted")
                .add("Take in what happened before: ")
                .add(el("code").add("signalbox import history FILE… --config signalbox.toml")),
        );
    } else {
        main.push(filter(lines, app));
    }
    main.extend(shown.into_iter().map(of_line));
    frame.document(assets, main)
}

/// The figures as lines of text: app, platform, figure, sample, median and 80th percentile.
pub fn csv(lines: &[LineInsights], app: Option<&str>) -> String {
    let mut text = "app,platform,figure,unit,releases,median,p80\r\n".to_owned();
    for it in lines.iter().filter(|it| app.is_none_or(|app| it.line.app.as_str() == app)) {
        let mut row = |figure: &str, unit: &str, sample: &Sample, per: i64| {
            let value =
                |value: Option<i64>| value.map_or_else(String::new, |it| (it / per).to_string());
            let (middle, p80) = (value(sample.median()), value(sample.percentile(80)));
            let cells = [
                it.line.app.as_str(),
                it.line.platform.as_str(),
                figure,
                unit,
                &sample.len().to_string(),
                &middle,
                &p80,
            ]
            .map(cell);
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        };
        for (title, sample) in &it.stages {
            row(title, "s", sample, 1_000);
        }
        row("Branch to release", "s", &it.whole, 1_000);
        row("Hotfix: branch to release", "s", &it.hotfix, 1_000);
        row("Candidates", "candidates", &it.candidates, 1);
    }
    text
}

/// A cell that no spreadsheet takes for a formula and no comma breaks.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

/// Links to each app alone, to all, and to the figures as a file.
fn filter(lines: &[LineInsights], app: Option<&str>) -> El {
    let apps: BTreeSet<&str> = lines.iter().map(|it| it.line.app.as_str()).collect();
    let link = |to: String, name: String, is_here: bool| {
        el("a").attr("href", to).attr_if("aria-current", is_here.then_some("true")).add(name)
    };
    let mut links = vec![link("/insights".to_owned(), "All apps".to_owned(), app.is_none())];
    for it in apps {
        links.push(link(format!("/insights?app={it}"), plain(it, 60), app == Some(it)));
    }
    let file = app
        .filter(|app| lines.iter().any(|it| it.line.app.as_str() == *app))
        .map_or("/insights.csv".to_owned(), |app| format!("/insights.csv?app={app}"));
    links.push(link(file, "Figures as CSV".to_owned(), false));
    el("nav").class("insight-apps").attr("aria-label", "Apps").add(links)
}

fn of_line(it: &LineInsights) -> El {
    let name = format!("{} {}", plain(it.line.app.as_str(), 60), it.line.platform.title());
    let when = it.years().map_or_else(String::new, |years| format!(", {years}"));
    let remark = format!(
        "{} regular, {} hotfixes, {} not released, {} odd{when}",
        it.regular, it.hotfixes, it.unreleased, it.odd
    );
    let longest = it
        .stages
        .iter()
        .map(|(_, sample)| sample)
        .chain([&it.whole, &it.hotfix])
        .filter_map(Sample::median)
        .max()
        .unwrap_or_default();
    let mut rows: Vec<Vec<El>> =
        it.stages.iter().map(|(title, sample)| time(plain(title, 60), sample, longest)).collect();
    rows.push(time("Branch to release".to_owned(), &it.whole, longest));
    rows.push(time("Hotfix: branch to release".to_owned(), &it.hotfix, longest));
    let most = it.candidates.most().unwrap_or_default();
    rows.push(row("Candidates".to_owned(), &it.candidates, most, |n| n.to_string()));
    let times = ["", "In the middle", "", "8 of 10 within", "Releases"];
    let shares = vec![
        share("Released on a Saturday or Sunday", &it.on_weekends),
        share("Released outside 8–18 h", &it.out_of_hours),
        share("The last stage lasted over a night", &it.over_night),
        share("The last stage lasted over a weekend", &it.over_weekend),
    ];
    let months = it
        .months
        .iter()
        .map(|(month, n)| {
            vec![
                el("th").attr("scope", "row").add(month.clone()),
                el("td").class("num").add(n.to_string()),
            ]
        })
        .collect();
    el("section")
        .class("panel")
        .attr("aria-label", name.clone())
        .add(el("div").class("panel-head").add(el("h2").add(name)).add(el("span").class("push muted").add(remark)))
        .add(it.sentence().map(|it| el("p").class("none").add(it)))
        .add(table("Time in each stage", &times, rows))
        .add(table("When", &["", "Share", "Releases"], shares))
        .add(el("details").class("none").add(el("summary").add("Releases per month")).add(table(
            "Releases per month",
            &["Month", "Released"],
            months,
        )))
        .add(el("p").class("none muted").add(
            "Hours and weekdays are those of the app's people. Idle time (ready, and nobody moved) is not known from git.",
        ))
}

fn time(title: String, sample: &Sample, longest: i64) -> Vec<El> {
    row(title, sample, longest, |millis| Span::millis(millis).to_string())
}

fn row(title: String, sample: &Sample, longest: i64, words: fn(i64) -> String) -> Vec<El> {
    let said = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), words);
    let list = sample.values().iter().rev();
    let list = list.map(|(value, version)| format!("{version} ({})", words(*value)));
    vec![
        el("th").attr("scope", "row").add(title),
        el("td").class("num").add(said(sample.median())),
        el("td").add(bar(sample.median().unwrap_or_default(), longest)),
        el("td").class("num").add(said(sample.percentile(80))),
        el("td").class("num").add(behind(sample.len(), &list.collect::<Vec<_>>())),
    ]
}

fn share(title: &'static str, portion: &Portion) -> Vec<El> {
    let percent = portion.percent().map_or_else(|| "–".to_owned(), |it| format!("{it} %"));
    let list: Vec<String> = portion.so.iter().map(ToString::to_string).collect();
    let which = behind(list.len(), &list);
    vec![
        el("th").attr("scope", "row").add(title),
        el("td").class("num").add(percent),
        el("td").class("num").add(which).add(format!("of {}", portion.of)),
    ]
}

/// The number of releases, which opens to their list.
fn behind(count: usize, list: &[String]) -> El {
    if list.is_empty() {
        return el("span").add("0");
    }
    el("details").add(el("summary").add(count.to_string())).add(el("p").add(list.join(", ")))
}

/// A bar whose length is a part of the longest; the figure stands beside it.
fn bar(value: i64, longest: i64) -> El {
    let width = value.saturating_mul(100).checked_div(longest).unwrap_or_default().clamp(0, 100);
    el("svg")
        .class("insight-bar")
        .attr("viewBox", "0 0 100 8")
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .add(el("rect").attr("width", width.to_string()).attr("height", "8"))
}
