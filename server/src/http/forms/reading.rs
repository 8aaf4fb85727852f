//! A form's word and fields as a deed.

use super::Fields;
use crate::deeds::{Deed, Refusal};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The deed that a form asks for.
pub(super) fn deed(word: &str, fields: &Fields) -> Result<Deed, Refusal> {
    let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let owed = |name: &str| match text(name) {
        empty if empty.is_empty() => Err(wrong(format!("{name}: nothing was chosen"))),
        text => Ok(text),
    };
    let reason = text("reason");
    Ok(match word {
        "sign-offs" => Deed::SignOff {
            team: owed("team")?,
            answer: known("answer", &owed("answer")?)?,
            comment: text("comment"),
        },
        "ticks" => Deed::Tick {
            item: owed("item")?,
            done: text("taken_back").is_empty(),
            comment: text("comment"),
        },
        "approvals" => Deed::Approve {
            role: owed("role")?,
            given: text("taken_back").is_empty(),
            comment: text("comment"),
        },
        "emergency" => Deed::Emergency { is_one: true, reason },
        "no-emergency" => Deed::Emergency { is_one: false, reason },
        "hold" => Deed::Hold { reason },
        "release" => Deed::Release,
        "waivers" => Deed::Waive {
            rule: owed("rule")?,
            whole_track: match text("span").as_str() {
                "track" => true,
                "build" | "" => false,
                other => return Err(wrong(format!("span: `{other}` is neither build nor track"))),
            },
            reason,
        },
        "unwaive" => Deed::Unwaive { rule: owed("rule")? },
        "answer" => Deed::Answer {
            yes: match owed("answer")?.as_str() {
                "yes" => true,
                "no" => false,
                other => return Err(wrong(format!("answer: `{other}` is neither yes nor no"))),
            },
            reason,
        },
        "nothing-happened" => Deed::NothingHappened { reason },
        "orders" => Deed::Order {
            action: known("action", &owed("action")?)?,
            build: fields.get("build").filter(|it| !it.is_empty()).cloned(),
            reason,
        },
        "cancel" => Deed::Cancel { reason },
        _ => {
            let words = format!("there is nothing at {word}");
            return Err(Refusal::new(StatusCode::NOT_FOUND, "no_such_deed", words));
        }
    })
}

/// Where on the page to come back to.
pub(super) fn place(deed: &Deed) -> &'static str {
    match deed {
        Deed::SignOff { .. } => "#sign-offs",
        Deed::Waive { .. } | Deed::Unwaive { .. } | Deed::Tick { .. } | Deed::Approve { .. } => {
            "#why"
        }
        Deed::Emergency { .. }
        | Deed::Hold { .. }
        | Deed::Release
        | Deed::Answer { .. }
        | Deed::NothingHappened { .. }
        | Deed::Order { .. }
        | Deed::Cancel { .. } => "",
    }
}

/// A word of ours as the value that it stands for.
fn known<T: DeserializeOwned>(name: &str, word: &str) -> Result<T, Refusal> {
    serde_json::from_value(Value::String(word.to_owned()))
        .map_err(|error| wrong(format!("{name}: {error}")))
}

fn wrong(words: String) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "form", words)
}
