//! Reads rules and guards strictly. Their condition's keys stand among their own, and serde cannot refuse
//! unknown keys there; a misspelt `at_most` that is silently ignored would let trains through.

use super::{Guard, Rule, auto, one, twenty_minutes};
use crate::app::StoreKind;
use crate::condition::Condition;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The keys that every rule may have.
const OF_RULES: [&str; 5] = ["id", "title", "owner", "max_age_minutes", "only_at"];
/// Those that a guard may have beside them.
const OF_GUARDS: [&str; 3] = ["mode", "unmet", "of_last"];

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut keys = Map::deserialize(from)?;
        rule(&mut keys, &OF_RULES).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Guard {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut keys = Map::deserialize(from)?;
        let mut read = || {
            let (mode, unmet, of_last) =
                (take(&mut keys, "mode")?, take(&mut keys, "unmet")?, take(&mut keys, "of_last")?);
            let allowed: Vec<&str> = OF_RULES.into_iter().chain(OF_GUARDS).collect();
            Ok(Self {
                rule: rule(&mut keys, &allowed)?,
                mode: mode.unwrap_or_else(auto),
                unmet: unmet.unwrap_or_else(one),
                of_last: of_last.unwrap_or_else(one),
            })
        };
        read().map_err(|message: String| D::Error::custom(message))
    }
}

fn rule(keys: &mut Map<String, Value>, allowed: &[&str]) -> Result<Rule, String> {
    let id: String = take(keys, "id")?
        .ok_or("a rule has no `id`; give it a short name that is unique in the process")?;
    let about = |message: String| format!("rule `{id}`: {message}");
    let title = take(keys, "title").map_err(about)?;
    let owner = take(keys, "owner").map_err(about)?;
    let max_age_minutes = take(keys, "max_age_minutes").map_err(about)?;
    let only_at: Option<Vec<StoreKind>> = take(keys, "only_at").map_err(about)?;
    let asked = Value::Object(std::mem::take(keys));
    let condition: Condition =
        serde_json::from_value(asked.clone()).map_err(|error| about(error.to_string()))?;
    // What the condition would be written as names every key that it knows.
    let known = serde_json::to_value(&condition).map_err(|error| about(error.to_string()))?;
    refuse_unknown(&asked, &known, allowed).map_err(about)?;
    Ok(Rule {
        id,
        title,
        owner,
        max_age_minutes: max_age_minutes.unwrap_or_else(twenty_minutes),
        only_at: only_at.unwrap_or_default(),
        condition,
    })
}

/// One key's value; `None` if it is not there, or null.
fn take<T: DeserializeOwned>(
    keys: &mut Map<String, Value>,
    key: &str,
) -> Result<Option<T>, String> {
    keys.remove(key)
        .filter(|value| !value.is_null())
        .map(|value| serde_json::from_value(value).map_err(|error| format!("`{key}`: {error}")))
        .transpose()
}

/// Refuses the first key that the condition does not know, in it and in its parts.
fn refuse_unknown(asked: &Value, known: &Value, beside: &[&str]) -> Result<(), String> {
    match (asked, known) {
        (Value::Object(asked), Value::Object(known)) => {
            for (key, value) in asked {
                let Some(of_known) = known.get(key) else {
                    let kind = known.get("kind").and_then(Value::as_str).unwrap_or("a condition");
                    let allowed: Vec<&str> =
                        known.keys().map(String::as_str).chain(beside.iter().copied()).collect();
                    let meant = nearest(key, &allowed)
                        .map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
                    return Err(format!(
                        "`{key}` is not a key of {kind}; allowed are {}{meant}",
                        allowed.join(", ")
                    ));
                };
                refuse_unknown(value, of_known, &[])?;
            }
            Ok(())
        }
        (Value::Array(asked), Value::Array(known)) => {
            asked.iter().zip(known).try_for_each(|(asked, known)| refuse_unknown(asked, known, &[]))
        }
        _ => Ok(()),
    }
}

/// The allowed word that differs by at most two letters, if one does.
fn nearest<'a>(word: &str, allowed: &[&'a str]) -> Option<&'a str> {
    allowed
        .iter()
        .map(|it| (distance(word, it), *it))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, it)| it)
}

/// How many letters must be put in, taken out or changed to make one word of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (above, letter) in a.chars().enumerate() {
        let mut next = vec![above + 1];
        let mut left = above + 1;
        for (other, pair) in b.chars().zip(row.windows(2)) {
            let [diagonal, up] = *pair else { continue };
            left = (diagonal + usize::from(letter != other)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
