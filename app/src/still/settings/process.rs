//! `/settings/processes/:process`: a process as the line that it is, its TOML, and the form in which other rules are
//! tried.

use conductor::explain::count;
use conductor::process::{AtPhase, Entered, Guard, Mode, Process, Rule, Stage, Transition};

use super::super::{Frame, Place, page_head, panel};
use super::trial::{self, Trial};
use super::words::{self, Words};
use super::{Settings, address, listed};
use crate::components::bulb::icon;
use crate::format::plain;
use crate::plain::{El, el};
use crate::shell::Assets;

/// The longest text that is tried, in bytes.
pub const LONGEST: usize = 48 << 10;

/// What a page shows.
pub struct Shown<'a> {
    /// All that is configured.
    pub settings: &'a Settings,
    /// The process.
    pub process: &'a Process,
    /// It, as TOML.
    pub toml: &'a str,
    /// How many trains in flight follow it now.
    pub trains: usize,
    /// What was tried, if something was.
    pub trial: Option<&'a Trial>,
    /// Who looks.
    pub visitor: Option<String>,
}

/// The page.
#[must_use]
pub fn page(assets: &Assets, shown: &Shown<'_>) -> String {
    let process = shown.process;
    let followers = shown.settings.followers(&process.name);
    let followed = if followers.is_empty() {
        "Followed by nobody.".to_owned()
    } else {
        format!("Followed by {}: {} now.", listed(&followers), count(shown.trains as u64, "train"))
    };
    let state = format!("Version {}. {followed}", process.version);
    let frame = Frame {
        visitor: shown.visitor.clone(),
        ..Frame::new(format!("{} · Settings", process.title), state.clone(), Place::Settings)
    };
    let line = el("ol").class("process").add(process.stages.iter().map(stage).collect::<Vec<_>>());
    let content = el("div")
        .class("stack")
        .add(page_head(&process.title, state))
        .add(line)
        // What a form leads back to.
        .add(
            el("div")
                .class("stack")
                .attr("id", "result")
                .add(shown.trial.and_then(|it| trial::outcomes(&it.answer)))
                .add(try_form(shown)),
        );
    frame.document(
        assets,
        vec![el("div").class("settings").add(places(shown.settings, process)).add(content)],
    )
}

/// The other processes, and the way back.
fn places(settings: &Settings, here: &Process) -> El {
    let others = settings.processes.values().map(|it| {
        let current = (it.name == here.name).then_some("page");
        el("a")
            .attr("href", address(&it.name))
            .attr_if("aria-current", current)
            .add(plain(&it.title, 60))
    });
    el("nav")
        .class("subnav")
        .attr("aria-label", "Settings")
        .add(el("a").attr("href", "/settings").add("All settings"))
        .add(others.collect::<Vec<_>>())
}

fn stage(stage: &Stage) -> El {
    let entered = match stage.entered_when {
        Entered::BranchExists => "when the branch exists".to_owned(),
        Entered::CandidateMarked => "when a build is the candidate".to_owned(),
        Entered::Submitted => "when the store has it".to_owned(),
        Entered::Served(share) if share.0 <= 1 => "when the store serves anybody".to_owned(),
        Entered::Served(share) => format!("when the store serves {share}"),
        Entered::Complete => "when the store serves everybody".to_owned(),
    };
    let by_itself = (stage.phases == AtPhase::PauseUntilMet).then(|| {
        el("p").class("muted").add(
            "Where the store grows the rollout by itself, it is paused while a condition is not met.",
        )
    });
    el("li")
        .add(
            el("h2")
                .class("stage")
                .add(plain(&stage.title, 80))
                .add(el("span").class("muted").add(entered)),
        )
        .add(
            el("div")
                .class("transition")
                .add(stage.guards.iter().map(guard).collect::<Vec<_>>())
                .add(by_itself)
                .add(stage.leave.iter().map(transition).collect::<Vec<_>>()),
        )
}

fn transition(leave: &Transition) -> El {
    let heading = match leave.conditions.len() {
        0 => "No condition".to_owned(),
        1 => "1 condition".to_owned(),
        n => format!("{n} conditions, all must be met"),
    };
    el("div")
        .class("stack")
        .add(
            el("div")
                .class("row")
                .add(el("h3").add(heading))
                .add(el("span").class("push").add(mode(leave.mode))),
        )
        .add(leave.conditions.iter().map(|it| rule(it, None)).collect::<Vec<_>>())
        .add(el("p").class("then").add(icon("#conductor")).add(format!(
            "Then: {}",
            conductor::explain::lower_first(&words::action(leave.action))
        )))
}

/// A mode, with what it means.
fn mode(mode: Mode) -> El {
    let means = match mode {
        Mode::Off => "people only",
        Mode::Shadow => "the conductor says what it would do",
        Mode::Ask => "a person confirms",
        Mode::Auto => "the conductor acts when all are met",
    };
    el("span")
        .add(el("b").class("chip").add(mode.title()))
        .add(el("span").class("muted").add(format!(" {means}")))
}

fn guard(guard: &Guard) -> El {
    let counts = match (guard.unmet, guard.of_last) {
        (1, 1) => "pauses the rollout at its first bad reading".to_owned(),
        (n, m) => format!("pauses the rollout when unmet in {n} of the last {m} readings"),
    };
    let remark = el("span")
        .class("muted push")
        .add(format!("Guard: {counts} "))
        .add(el("b").class("chip").add(guard.mode.title()));
    rule(&guard.rule, Some(remark))
}

fn rule(rule: &Rule, remark: Option<El>) -> El {
    let asked = words::words(&rule.condition);
    let title = rule.title.as_deref().unwrap_or(&asked.title);
    // What it is by itself is said where the file gives it another name.
    let kind = rule.title.is_some().then(|| ("Asks", asked.title.clone()));
    let owner = rule.owner.clone().unwrap_or_else(|| format!("{} (usual)", asked.owner));
    let stores: Vec<&str> = rule.only_at.iter().map(|it| it.title()).collect();
    let only_at = (!stores.is_empty()).then(|| ("Only at", stores.join(", ")));
    let fields = kind
        .into_iter()
        .chain(asked.needs.iter().cloned())
        .chain(only_at)
        .chain([("Not older than", words::age(rule.max_age_minutes)), ("Owner", owner)]);
    let fields = fields.map(|(name, value)| {
        el("div").add(el("dt").add(name)).add(el("dd").add(plain(&value, 400)))
    });
    el("article")
        .class("condition panel")
        .add(
            el("header")
                .add(el("h3").add(plain(title, 160)))
                .add(el("code").class("muted").add(plain(&rule.id, 80)))
                .add(remark),
        )
        .add(el("dl").class("fields").add(fields.collect::<Vec<_>>()))
        .add(parts(&asked.parts))
}

/// The parts of a condition, each with its own beneath it.
fn parts(of: &[Words]) -> Option<El> {
    (!of.is_empty()).then(|| {
        let items = of
            .iter()
            .map(|it| el("li").add(plain(&words::in_short(it), 400)).add(parts(&it.parts)));
        el("ul").add(items.collect::<Vec<_>>())
    })
}

/// The TOML, to copy, to download, to change and to try.
fn try_form(shown: &Shown<'_>) -> El {
    let path = address(&shown.process.name);
    let text = shown.trial.map_or(shown.toml, |it| it.text.as_str());
    let faults = shown.trial.and_then(|it| trial::faults(&it.answer));
    let is_wrong = faults.is_some();
    // A line break right after the tag is not part of the field; without it a first empty line would be lost.
    let field = el("textarea")
        .class("input")
        .attr("id", "rules")
        .attr("name", "rules")
        .attr("rows", "24")
        .attr("spellcheck", "false")
        .attr("required", "")
        .attr("maxlength", LONGEST.to_string())
        .attr_if("aria-invalid", is_wrong.then_some("true"))
        .attr_if("aria-describedby", is_wrong.then_some(trial::FAULTS))
        .add(format!("\n{text}"));
    panel("h-try", "Try other rules", "Nothing is written")
        .add(
            el("form")
                .class("try")
                .attr("method", "post")
                .attr("action", format!("{path}/try#result"))
                .add(faults)
                .add(
                    el("label")
                        .class("field")
                        .attr("for", "rules")
                        .add("The process as TOML: change it, and see what each train would do"),
                )
                .add(field)
                .add(
                    el("p")
                        .class("row")
                        .add(el("button").class("btn is-primary").add("Try these rules"))
                        .add(
                            el("a")
                                .class("btn is-quiet")
                                .attr("href", format!("{path}.toml"))
                                .attr("download", "")
                                .add("Download what is in force"),
                        ),
                ),
        )
        .add(el("p").class("none muted").add(
            "Processes are set in files, in the folder that [processes] names in the configuration: change this one there under the same name, run signalbox check, and start again.",
        ))
}
