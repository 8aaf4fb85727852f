//! One entry: a line that opens to what it rests on, what was before and after, and its place in the chain.

use conductor::Person;
use conductor::journal::{Actor, Entry, Who};
use serde_json::{Map, Value};

use super::{Asked, PATH};
use crate::components::bulb::icon;
use crate::components::people::face;
use crate::format::plain;
use crate::plain::{El, el};
use crate::still::{moment, table};

/// The most characters of one value that are shown; the export has all.
const LONGEST: usize = 1_000;

pub(super) fn view(it: &Entry) -> El {
    let draft = &it.draft;
    let track = draft.track.as_ref();
    let summary = el("summary")
        .add(moment(draft.at))
        .add(drawing(&draft.actor))
        .add(
            el("span")
                .class("wraps")
                .add(el("span").class("sr").add(format!("{}: ", name(&draft.actor))))
                .add(el("bdi").add(plain(&draft.text, LONGEST))),
        )
        .add(el("bdi").class("muted").add(track.map(|it| plain(&it.to_string(), 120))));
    el("details")
        .class("entry")
        .attr("id", format!("entry-{}", it.number))
        .add(summary)
        .add(facts(it))
        .add(changes(&draft.data))
        .add(findings(&draft.data))
}

fn facts(it: &Entry) -> El {
    let draft = &it.draft;
    let who = match &draft.actor {
        Actor::Conductor => Who::Conductor,
        Actor::Person { name } => Who::Person(name.clone()),
        Actor::World { .. } => Who::World,
    };
    let theirs = Asked { filters: [("who", who.as_str().to_owned())].into(), ..Asked::default() };
    let link = |address: String, text: String| {
        el("a").attr("href", address).add(el("bdi").add(plain(&text, 160)))
    };
    let mut rows = vec![
        (
            "Number",
            link(format!("{PATH}?before={}", it.number.saturating_add(1)), it.number.to_string()),
        ),
        ("Kind", el("span").add(draft.kind.title())),
        ("Who", link(theirs.address(PATH, None), name(&draft.actor))),
    ];
    if let Some(track) = &draft.track {
        rows.push(("Train", link(track.path(), track.to_string())));
    }
    if !draft.why.is_empty() {
        rows.push(("Why", el("bdi").add(plain(&draft.why, LONGEST))));
    }
    let named = |(label, value): (&'static str, El)| (el("dt").add(label), el("dd").add(value));
    let mut list = el("dl").add(rows.into_iter().map(named).collect::<Vec<_>>());
    for (key, value) in draft.data.as_object().into_iter().flatten() {
        if matches!(key.as_str(), "findings" | "before" | "after") || is_nothing(value) {
            continue;
        }
        let label = el("dt").add(plain(&key.replace('_', " "), 60));
        list = list.add((label, el("dd").add(el("bdi").add(text(value)))));
    }
    let hash =
        |label, hash: &str| (el("dt").add(label), el("dd").add(el("code").add(plain(hash, 64))));
    list.add(hash("Hash", &it.hash)).add(hash("Hash of the entry before", &it.previous_hash))
}

/// What was before, beside what is after: of an entry that says both, or says what was and stands for what is.
fn changes(data: &Value) -> Option<El> {
    let before = data.get("before")?.as_object()?;
    let nothing = Map::new();
    let after = data.get("after").or(Some(data)).and_then(Value::as_object).unwrap_or(&nothing);
    let new = data.get("after").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let mut keys: Vec<&String> = before.keys().chain(new).collect();
    keys.sort();
    keys.dedup();
    let of = |map: &Map<String, Value>, key: &String| {
        el("td").add(el("bdi").add(map.get(key).map_or_else(|| "–".to_owned(), text)))
    };
    let rows = keys.into_iter().map(|key| {
        let label = el("th").attr("scope", "row").add(plain(&key.replace('_', " "), 60));
        vec![label, of(before, key), of(after, key)]
    });
    Some(table("Before and after", &["What", "Before", "After"], rows.collect()))
}

fn findings(data: &Value) -> Option<El> {
    let list = data.get("findings").unwrap_or(data).as_array().filter(|it| !it.is_empty())?;
    let word = |it: &Value, key: &str| it.get(key).filter(|it| !is_nothing(it)).map(text);
    let rows = list.iter().map(|it| {
        let verdict = word(it, "verdict").unwrap_or_default();
        let waived = it.get("waived").and_then(Value::as_bool).unwrap_or_default();
        let by = it
            .get("waived_by")
            .and_then(|it| word(it, "name").or_else(|| it.as_str().map(str::to_owned)));
        let waived =
            waived.then(|| by.map_or(", waived".to_owned(), |by| format!(", waived by {by}")));
        let open =
            [word(it, "owner"), word(it, "next_step")].into_iter().flatten().collect::<Vec<_>>();
        vec![
            el("th")
                .attr("scope", "row")
                .add(plain(&word(it, "id").unwrap_or_default(), 80))
                .add(el("span").class("muted").add(word(it, "of").map(|of| format!(" · {of}")))),
            el("td").add(plain(&verdict, 40)).add(waived.map(|it| plain(&it, 120))),
            el("td").add(el("bdi").add(plain(&word(it, "value").unwrap_or_default(), LONGEST))),
            el("td").add(plain(&word(it, "observed_at").unwrap_or_default(), 40)),
            el("td").add(el("bdi").add(plain(&open.join(": "), LONGEST))),
        ]
    });
    let headings = ["Rule", "Verdict", "Value", "Observed", "Whose, and what next"];
    Some(table("Findings", &headings, rows.collect()))
}

fn name(actor: &Actor) -> String {
    match actor {
        Actor::Conductor => "Conductor".to_owned(),
        Actor::Person { name } => plain(name, 60),
        Actor::World { source } => format!("Seen in {}", plain(source, 60)),
    }
}

fn drawing(actor: &Actor) -> El {
    match actor {
        Actor::Conductor => icon("#conductor"),
        Actor::Person { name } => face(&Person::new(name.clone())),
        Actor::World { .. } => el("span").class("face"),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// A value for people: a text as it is, everything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text, LONGEST),
        other => plain(&other.to_string(), LONGEST),
    }
}
