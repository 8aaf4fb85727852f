//! What a person can do to a train: buttons, each with a sheet that says what will happen and what is passed over, and
//! asks for the reason where one is owed. Plain forms: they work before, and without, any script. Who may press what the
//! server decides; style hides from others what they may not (`for-engineer`, `for-manager`).

use conductor::Decision;
use conductor::board::TrackPage as Page;
use conductor::condition::Condition;
use conductor::explain::capital;
use conductor::finding::Finding;
use conductor::intent::IntentState;
use conductor::observation::StorePhase;
use conductor::process::Action;
use conductor::track::Standing;

use crate::components::bulb::{bulb, icon};
use crate::format::{finding_signal, plain, short};
use crate::plain::{El, el};

/// The buttons at the head of a track's page.
pub(crate) fn acts(page: &Page, decision: &Decision) -> El {
    let path = page.view.id.path();
    let people = &page.inputs.people;
    let phase = page.inputs.facts.store.last().and_then(|it| it.value.phase);
    let asks = people.open_intent.as_ref().filter(|it| it.state == IntentState::Proposed);
    let failed = people.failed_intent.as_ref().map(|it| it.key.action);
    let running = decision.standing == Standing::Running;
    let is_over = matches!(decision.standing, Standing::Finished | Standing::Cancelled);
    let is_out = matches!(phase, Some(StorePhase::RollingOut | StorePhase::Complete));
    let hold = if people.holds.is_empty() {
        (!is_over).then(|| hold(&path))
    } else {
        Some((release(&path), None))
    };
    let pause = if decision.standing == Standing::Paused {
        Some(order(page, decision, Action::ResumeRollout, "Resume rollout…"))
    } else {
        (is_out && !is_over).then(|| order(page, decision, Action::PauseRollout, "Pause rollout…"))
    };
    let advance = decision.ahead.filter(|_| running && asks.is_none()).map(|(action, _)| {
        let again = failed == Some(action);
        order(page, decision, action, if again { "Try again…" } else { "Advance now…" })
    });
    let unsure = people
        .open_intent
        .as_ref()
        .filter(|it| matches!(it.state, IntentState::Uncertain { .. }))
        .map(|it| nothing_happened(&path, it.key.action));
    let calm = people
        .emergency
        .as_ref()
        .map(|_| form(&path, "no-emergency").add(button("No emergency any more")));
    let cancel = (!is_over && !is_out && decision.stage.is_some()).then(|| cancel(&path));
    el("div")
        .class("row push for-manager")
        .add(cancel)
        .add(calm)
        .add(unsure)
        .add(hold)
        .add(pause)
        .add(advance)
        .add(asks.map(|it| answer(&path, it.key.action)))
}

/// A button with the sheet that it opens.
type Act = (El, Option<El>);

fn hold(path: &str) -> Act {
    let body = vec![
        el("p").add(
            "It goes nowhere until somebody releases it. A rollout goes on; pause that instead.",
        ),
        reason("Why?", true),
    ];
    sheet("sheet-hold", iconed("#hold", "Hold…"), path, "hold", "Hold this train?", "Hold", body)
}

fn release(path: &str) -> El {
    form(path, "release").add(button("Release the hold"))
}

fn cancel(path: &str) -> Act {
    let body = vec![
        el("p").add("It leaves the line for good. What a store already has, a person takes back in its console."),
        reason("Why?", true),
    ];
    let opens = button("Cancel…").class_if("is-quiet", true);
    sheet("sheet-cancel", opens, path, "cancel", "Cancel this train?", "Cancel the train", body)
}

fn nothing_happened(path: &str, action: Action) -> Act {
    let body = vec![
        el("p").add("Look in the store’s console first. Then it may be done once more."),
        reason("What does the console show?", true),
    ];
    let title = format!("Nothing happened: {}?", action.verb());
    let opens = button("Nothing happened…");
    sheet("sheet-nothing", opens, path, "nothing-happened", title, "Nothing happened", body)
}

fn answer(path: &str, action: Action) -> Act {
    let no = el("button").class("btn").attr("name", "answer").attr("value", "no").add("No");
    let yes = el("button")
        .class("btn is-primary")
        .attr("name", "answer")
        .attr("value", "yes")
        .add(format!("Yes, {}", action.verb()));
    let form = form(path, "answer")
        .add(reason("Why? (owed with a no)", false))
        .add(el("div").class("row").add(yes).add(no).add(closes("sheet-answer")));
    let opens = button("Answer…")
        .class_if("is-primary", true)
        .attr("type", "button")
        .attr("popovertarget", "sheet-answer");
    let title = format!("{}?", capital(action.verb()));
    (
        opens,
        Some(framed(
            "sheet-answer",
            title,
            vec![el("p").add("The conductor asks: all conditions hold.")],
            form,
        )),
    )
}

/// The sheet of an order: what will happen, what does not hold and is waived by it.
fn order(page: &Page, decision: &Decision, action: Action, name: &'static str) -> Act {
    let moves_on = decision.ahead.is_some_and(|(ahead, _)| ahead == action);
    let open = decision.passed_over(action);
    let build = decision.build.clone().unwrap_or_default();
    let told = if open.is_empty() {
        "All that is asked for it holds. The journal keeps it under your name.".to_owned()
    } else {
        let (what, them) = match open.len() {
            1 => ("One condition does not hold".to_owned(), "it"),
            n => (format!("{n} conditions do not hold"), "them"),
        };
        match action {
            Action::ResumeRollout => format!("{what}. Guards judge what comes from now on."),
            _ => format!(
                "{what}. This waives {them} for build {}, and the journal says so under your name.",
                plain(&build, 24)
            ),
        }
    };
    let owed = !open.is_empty() || matches!(action, Action::PauseRollout | Action::ResumeRollout);
    let list = (!open.is_empty()).then(|| {
        el("ul")
            .class("list is-boxed")
            .add(open.iter().map(|it| passed_over(it)).collect::<Vec<_>>())
    });
    let body = vec![
        el("p").add(told),
        el("div").add(list).add(hidden("action", action.as_str())).add(hidden("build", build)),
        reason("Why now?", owed),
    ];
    let id = match action {
        Action::PauseRollout => "sheet-pause",
        Action::ResumeRollout => "sheet-resume",
        _ => "sheet-advance",
    };
    let title = format!("{}: {}?", plain(&page.view.title, 80), action.verb());
    let opens = match action {
        Action::PauseRollout => iconed("#pause", name),
        _ => button(name).class_if("is-primary", moves_on),
    };
    sheet(id, opens, &page.view.id.path(), "orders", title, capital(action.verb()), body)
}

fn passed_over(finding: &Finding) -> El {
    let signal = finding_signal(finding);
    el("li")
        .attr("data-signal", signal.as_str())
        .add(bulb(signal))
        .add(el("bdi").add(short(&finding.title)))
        .add(el("span").class("muted").add(el("bdi").add(plain(&finding.value, 60))))
}

/// What can be done about one condition: excuse it, or take that back. Nothing while it holds.
pub(crate) fn about(finding: &Finding, page: &Page) -> Option<Vec<Act>> {
    let path = page.view.id.path();
    let path = path.as_str();
    let rule = || hidden("rule", finding.id.as_str());
    if finding.waived.is_some() {
        let undo = form(path, "unwaive")
            .class("for-manager")
            .add(rule())
            .add(el("button").class("btn is-small is-quiet").add("Undo"));
        return Some(vec![(undo, None)]);
    }
    if finding.lets_pass() {
        return None;
    }
    let asked = match page.inputs.process.rule(&finding.id).map(|it| &it.condition) {
        Some(Condition::Checklist { items, .. }) => Some(tick(finding, path, items)),
        Some(Condition::Approved { role, .. }) => Some(approve(finding, path, role)),
        Some(Condition::Window { .. }) => Some(emergency(path)),
        _ => None,
    };
    let whole = el("label")
        .class("row")
        .add(el("input").attr("type", "checkbox").attr("name", "span").attr("value", "track"))
        .add("For all builds of this train");
    let body = vec![
        el("p").add("It counts as met for this build, and the journal says so under your name."),
        el("div").add(rule()).add(whole),
        reason("Why?", true),
    ];
    let opens = button("Waive…").class_if("is-small for-manager", true);
    let title = format!("Waive “{}”?", short(&finding.title));
    let waive =
        sheet(format!("waive-{}", finding.id), opens, path, "waivers", title, "Waive", body);
    Some(asked.into_iter().chain([waive]).collect())
}

fn tick(finding: &Finding, path: &str, items: &[String]) -> Act {
    let options = items
        .iter()
        .map(|item| el("option").attr("value", item.clone()).add(short(item)))
        .collect::<Vec<_>>();
    let body = vec![choice("item", "Which is done?", options), comment("Comment")];
    let opens = button("Tick…").class_if("is-small for-engineer", true);
    let title = short(&finding.title);
    sheet(format!("tick-{}", finding.id), opens, path, "ticks", title, "It is done", body)
}

fn approve(finding: &Finding, path: &str, role: &str) -> Act {
    let body = vec![el("div").add(hidden("role", role)), comment("Comment")];
    let opens = button("Approve…").class_if("is-small for-engineer", true);
    let title = format!("{}?", short(&finding.title));
    sheet(format!("approve-{}", finding.id), opens, path, "approvals", title, "Approve", body)
}

fn emergency(path: &str) -> Act {
    let body = vec![
        el("p").add("No window and no freeze stops this train any more. Everything else is still asked of it."),
        reason("Why?", true),
    ];
    let opens = button("Emergency…").class_if("is-small for-manager", true);
    let title = "Is this an emergency?";
    sheet("sheet-emergency", opens, path, "emergency", title, "It is an emergency", body)
}

fn hidden(name: &'static str, value: impl Into<String>) -> El {
    el("input").attr("type", "hidden").attr("name", name).attr("value", value.into())
}

fn choice(name: &'static str, label: &'static str, options: Vec<El>) -> El {
    field(label, el("select").class("input").attr("name", name).add(options))
}

fn comment(label: &'static str) -> El {
    field(label, written("comment"))
}

fn written(name: &'static str) -> El {
    el("textarea").class("input").attr("name", name).attr("rows", "2")
}

/// What is filled in, under its label.
fn field(label: &'static str, input: El) -> El {
    el("label").class("field").add(el("span").add(label)).add(input)
}

/// A team's word on the candidate; nothing before there is one.
pub(crate) fn sign(page: &Page) -> Option<Act> {
    page.inputs.people.candidate()?;
    let teams = page.inputs.app.teams.iter();
    let options = teams
        .map(|team| el("option").attr("value", team.id.clone()).add(plain(&team.name, 80)))
        .collect::<Vec<_>>();
    let answers = [
        ("given", "Signed off"),
        ("refused", "Refused"),
        ("opted_out", "Opts out this time"),
        ("withdrawn", "Takes back its word"),
    ];
    let answers = answers
        .into_iter()
        .map(|(value, name)| el("option").attr("value", value).add(name))
        .collect::<Vec<_>>();
    let body = vec![
        choice("team", "Team", options),
        choice("answer", "Says", answers),
        comment("Comment (owed with a refusal)"),
    ];
    let opens = button("Sign off…").class_if("is-small for-engineer", true);
    let title = "What does the team say?";
    Some(sheet("sheet-sign-off", opens, &page.view.id.path(), "sign-offs", title, "Say it", body))
}

/// Another build as the candidate, while the store has none.
pub(crate) fn mark(page: &Page) -> Option<Act> {
    let phase = page.inputs.facts.store.last().and_then(|it| it.value.phase);
    let early =
        matches!(phase, None | Some(StorePhase::Absent | StorePhase::Draft | StorePhase::Rejected));
    let builds = page.inputs.facts.builds.last().filter(|_| early)?;
    let options = builds
        .value
        .iter()
        .filter(|build| build.commit.is_some())
        .map(|build| el("option").attr("value", build.number.clone()).add(plain(&build.number, 24)))
        .collect::<Vec<_>>();
    if options.is_empty() {
        return None;
    }
    let body = vec![
        el("p").add("Sign-offs of teams whose code it touches are asked again."),
        el("div").add(hidden("action", Action::MarkCandidate.as_str())),
        choice("build", "Build", options),
        reason("Why this one?", false),
    ];
    let opens = button("Mark candidate…").class_if("is-small for-manager", true);
    let title = "Mark a build as the final release candidate?";
    Some(sheet("sheet-mark", opens, &page.view.id.path(), "orders", title, "Mark it", body))
}

fn button(name: &'static str) -> El {
    el("button").class("btn").add(name)
}

fn iconed(drawing: &'static str, name: &'static str) -> El {
    el("button").class("btn").add(icon(drawing)).add(name)
}

fn closes(id: impl Into<String>) -> El {
    el("button")
        .class("btn is-quiet")
        .attr("type", "button")
        .attr("popovertarget", id.into())
        .attr("popovertargetaction", "hide")
        .add("Leave it")
}

fn reason(label: &'static str, owed: bool) -> El {
    field(label, written("reason").attr_if("required", owed.then_some("")))
}

/// A form of the page at `path`, by the word that says what it does.
fn form(path: &str, word: &str) -> El {
    el("form").attr("method", "post").attr("action", format!("{path}/{word}"))
}

/// A button, and the sheet with a form that it opens.
fn sheet(
    id: impl Into<String>,
    opens: El,
    path: &str,
    word: &'static str,
    title: impl Into<String>,
    does: impl Into<String>,
    body: Vec<El>,
) -> Act {
    let id = id.into();
    let form = form(path, word).add(body).add(
        el("div")
            .class("row")
            .add(el("button").class("btn is-primary").add(does.into()))
            .add(closes(id.clone())),
    );
    let opens = opens.attr("type", "button").attr("popovertarget", id.clone());
    (opens, Some(framed(id, title.into(), Vec::new(), form)))
}

fn framed(id: impl Into<String>, title: String, before: Vec<El>, form: El) -> El {
    let id = id.into();
    el("div")
        .class("sheet")
        .attr("aria-label", title.clone())
        .attr("id", id)
        .attr("popover", "")
        .attr("role", "dialog")
        .add(el("h2").add(el("bdi").add(title)))
        .add(before)
        .add(form)
}
