//! `/find?q=`: a version, an app, a bug's key, a commit or a person, and which trains carry a change.

use conductor::TrackId;
use conductor::find::{Answer, Carries, Change, Found, Hit, Known, LONGEST, Place as At, Tie};
use conductor::lamp::Signal;

use super::{Frame, Place, page_head, panel, table};
use crate::components::bulb::bulb;
use crate::format::{link as safe_link, plain, short};
use crate::plain::{El, el};
use crate::shell::Assets;

/// How many trains with cut lists are named.
const CUT_NAMED: usize = 6;

/// The page, for a visitor of that name.
pub fn page(assets: &Assets, answer: &Answer, visitor: Option<String>) -> String {
    let state = state(answer);
    let title = if answer.asked.is_empty() {
        "Find".to_owned()
    } else {
        format!("Find {}", plain(&answer.asked, 60))
    };
    let frame = Frame { visitor, is_narrow: true, ..Frame::new(title, state.clone(), Place::Find) };
    let cut = answer.was_cut.then(|| {
        el("p").class("banner").attr("role", "status").add(format!(
            "The question was longer than {LONGEST} characters: only its beginning was looked for."
        ))
    });
    let parts = [
        (!answer.tracks.is_empty()).then(|| tracks(answer)),
        (answer.asks_for_change || !answer.changes.is_empty()).then(|| changes(answer)),
        (!answer.bugs.is_empty()).then(|| bugs(answer)),
        (!answer.apps.is_empty()).then(|| apps(answer)),
        (!answer.people.is_empty()).then(|| people(answer)),
    ];
    let more = (answer.left_out > 0).then(|| {
        el("p")
            .class("muted")
            .add(format!("{} more are not shown: ask for more of the name.", answer.left_out))
    });
    let parts: Vec<El> = parts.into_iter().flatten().chain(more).collect();
    let parts = el("div").class("stack").add(parts);
    let main = [Some(page_head("Find", state)), cut, Some(form(&answer.asked)), Some(parts)];
    frame.document(assets, main.into_iter().flatten().collect())
}

fn state(answer: &Answer) -> String {
    if answer.asked.is_empty() {
        return "A version, an app, a build, a bug's key, a commit (7 characters or more of its name), a pull request as #812, or a person.".to_owned();
    }
    let counts = [
        (answer.tracks.len(), "train", "trains"),
        (answer.changes.len(), "commit", "commits"),
        (answer.bugs.len(), "bug", "bugs"),
        (answer.apps.len(), "app", "apps"),
        (answer.people.len(), "person", "people"),
    ];
    let found: Vec<String> = counts
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
        .collect();
    if found.is_empty() {
        "Nothing on the board is called that. Old releases that no source shows any more are not looked through."
            .to_owned()
    } else {
        found.join(", ")
    }
}

/// The field on the page itself, with what was asked.
fn form(asked: &str) -> El {
    el("form")
        .class("row find")
        .attr("action", "/find")
        .attr("role", "search")
        .attr("aria-label", "Find")
        .add(
            el("input")
                .class("input")
                .attr("type", "search")
                .attr("name", "q")
                .attr("aria-label", "What to find")
                .attr("maxlength", LONGEST.to_string())
                .attr_if("autofocus", asked.is_empty().then_some(""))
                .attr("value", plain(asked, LONGEST)),
        )
        .add(el("button").class("btn is-primary").attr("type", "submit").add("Find"))
}

fn tracks(answer: &Answer) -> El {
    let rows = answer.tracks.iter().map(track).collect();
    panel("h-trains", "Trains", "Newest version first").add(table(
        "Trains",
        &["Train", "What it waits for"],
        rows,
    ))
}

fn track(hit: &Hit) -> Vec<El> {
    let build = hit.build.as_ref().map(|it| format!(" · has build {}", plain(it, 24)));
    vec![
        el("th")
            .attr("scope", "row")
            .attr("data-signal", hit.signal.as_str())
            .add(bulb(hit.signal))
            .add(to(&hit.track, "", &hit.title))
            .add(build),
        el("td").add(short(&hit.headline)),
    ]
}

/// A link to a train's page, or to a section of it.
fn to(track: &TrackId, section: &str, title: &str) -> El {
    el("a").attr("href", format!("{}{section}", track.path())).add(el("bdi").add(plain(title, 120)))
}

/// Text with a link to where it is seen outside, if there is one that may be followed.
fn outside(text: String, address: Option<&str>) -> El {
    match safe_link(address) {
        Some(address) => el("a").attr("href", address).attr("rel", "noreferrer").add(text),
        None => el("span").add(text),
    }
}

fn changes(answer: &Answer) -> El {
    let panel = panel("h-change", "Is my change in?", "As far as git was asked");
    if answer.changes.is_empty() {
        let names = answer.cut_lists.iter().take(CUT_NAMED).map(|it| plain(it, 80));
        let mut names = names.collect::<Vec<_>>().join(", ");
        if answer.cut_lists.len() > CUT_NAMED {
            names.push_str(" and others");
        }
        let cut = (!names.is_empty())
            .then(|| format!(" Not read, or not to the end, are the commits of {names}."));
        return panel.add(
            el("p")
                .class("none")
                .add("Not known: no commit that is listed is called that or names it in its title. Listed are the commits of release branches since each left the main branch; what was there before is not.")
                .add(cut),
        );
    }
    let each = answer.changes.iter().map(change).collect::<Vec<_>>();
    panel.add(each)
}

fn change(change: &Change) -> El {
    let commit = &change.commit;
    let title = if commit.title.is_empty() {
        "only its name is known".to_owned()
    } else {
        plain(&commit.title, 160)
    };
    let by = commit.author.as_ref().map(|it| format!(" · {}", plain(&it.name, 60)));
    let sha = plain(commit.sha.short(), 12);
    let rows = change.places.iter().map(place).collect();
    el("div")
        .add(
            el("h3")
                .class("none")
                .add(el("code").add(outside(sha, commit.link.as_deref())))
                .add(" ")
                .add(el("bdi").add(title))
                .add(by),
        )
        .add(table("Where this commit is in", &["Train", "Release branch", "Builds"], rows))
}

fn place(at: &At) -> Vec<El> {
    let builds = at
        .builds
        .iter()
        .map(|it| {
            let name = if it.is_candidate { "Candidate, build" } else { "Build" };
            el("li").add(carries(&it.carries, &format!("{name} {}: ", plain(&it.number, 24))))
        })
        .collect::<Vec<_>>();
    let none = builds.is_empty().then_some("No build is known");
    vec![
        el("th").attr("scope", "row").add(to(&at.track, "#builds", &at.title)),
        el("td").add(carries(&at.branch, "")),
        el("td").add((!builds.is_empty()).then(|| el("ul").add(builds))).add(none),
    ]
}

/// A lamp, what it is about, and the answer in words.
fn carries(it: &Carries, about: &str) -> El {
    let (signal, word, why) = match it {
        Carries::Yes => (Signal::Go, "in", ""),
        Carries::No(why) => (Signal::None, "not in", why.as_str()),
        Carries::NotKnown(why) => (Signal::Unknown, "not known", why.as_str()),
    };
    let why =
        (!why.is_empty()).then(|| el("span").class("muted").add(format!(", {}", plain(why, 200))));
    el("span")
        .attr("data-signal", signal.as_str())
        .add(bulb(signal))
        .add(format!(" {about}{word}"))
        .add(why)
}

fn bugs(answer: &Answer) -> El {
    let rows = answer.bugs.iter().map(bug).collect();
    panel("h-bugs", "Bugs", "Blocking, or on no train").add(table(
        "Bugs",
        &["Bug", "State", "Who has it", "Rides on"],
        rows,
    ))
}

fn bug(found: &Found) -> Vec<El> {
    let bug = &found.bug;
    let state = match (bug.open, bug.blocking) {
        (true, true) => "open, blocks",
        (true, false) => "open",
        (false, _) => "closed",
    };
    let rides = found.rides.iter().map(|(track, title)| el("li").add(to(track, "#bugs", title)));
    let rides = rides.collect::<Vec<_>>();
    let none = rides.is_empty().then(|| {
        el("span").add("No train; ").add(
            el("a").attr("href", format!("/apps/{}", found.app)).add("its app's board lists it"),
        )
    });
    let who = bug.assignee.as_ref().map_or_else(|| "Nobody".to_owned(), |it| plain(&it.name, 60));
    vec![
        el("th")
            .attr("scope", "row")
            .add(outside(plain(&bug.key, 40), bug.link.as_deref()))
            .add(" ")
            .add(el("bdi").add(plain(&bug.title, 160))),
        el("td").add(state),
        el("td").add(who),
        el("td").add((!rides.is_empty()).then(|| el("ul").add(rides))).add(none),
    ]
}

fn apps(answer: &Answer) -> El {
    let rows = answer.apps.iter().map(|(id, name)| {
        el("li").add(el("a").attr("href", format!("/apps/{id}")).add(plain(name, 80)))
    });
    panel("h-apps", "Apps", "").add(el("ul").class("none").add(rows.collect::<Vec<_>>()))
}

fn people(answer: &Answer) -> El {
    let each = answer.people.iter().map(person).collect::<Vec<_>>();
    panel("h-people", "People", "").add(each)
}

fn person(known: &Known) -> El {
    let ties = known.ties.iter().map(|it| el("li").add(tie(it))).collect::<Vec<_>>();
    let more = (known.left_out > 0)
        .then(|| el("li").class("muted").add(format!("and {} more", known.left_out)));
    el("div")
        .class("none")
        .add(el("h3").add(el("bdi").add(plain(&known.name, 80))))
        .add(el("ul").add(ties).add(more))
}

fn tie(tie: &Tie) -> El {
    let line = el("span");
    let app =
        |id: &str, name: &str| el("a").attr("href", format!("/apps/{id}")).add(plain(name, 80));
    match tie {
        Tie::Owns(id, name) => line.add("Answers for the releases of ").add(app(id, name)),
        Tie::SignsOff(team, id, name) => {
            line.add(format!("Signs off in {} for ", plain(team, 80))).add(app(id, name))
        }
        Tie::WaitsOn(track, title, headline) => {
            line.add(to(track, "", title)).add(format!(" waits on them: {}", short(headline)))
        }
        Tie::Has(key, title, track) => {
            let about = format!(" {}", plain(title, 160));
            let key = plain(key, 40);
            let key = match track {
                Some(track) => to(track, "#bugs", &key),
                None => el("span").add(key),
            };
            line.add("Has ").add(key).add(el("bdi").add(about))
        }
        Tie::Wrote(sha, title) => {
            let short = sha.get(..7).unwrap_or(sha).to_owned();
            let address = format!(
                "/find?q={}",
                sha.chars().filter(char::is_ascii_hexdigit).collect::<String>()
            );
            line.add("Wrote ")
                .add(el("a").attr("href", address).add(el("code").add(plain(&short, 12))))
                .add(" ")
                .add(el("bdi").add(plain(title, 160)))
        }
    }
}
