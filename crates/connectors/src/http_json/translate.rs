//! What stands at JSON pointers as named values. Pure: each oddity is a test.

use super::Place;
use crate::named::Wanted;
use conductor::observation::{Named, Value};
use conductor::{Moment, Version};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The longest text that is a value, in characters.
const LONGEST: usize = 200;

/// The values that an answer has under a name. What leads nowhere is told by its pointer, never by what stands there.
pub(super) fn items(wanted: &Wanted<Place>, answer: &Json) -> Result<Vec<Named>, String> {
    let place = &wanted.ask;
    let places: Vec<&Json> = match &place.list {
        None => vec![answer],
        Some(list) => {
            let items = at(answer, list)?.as_array();
            let items = items.ok_or_else(|| format!("there is no list at `{list}`"))?;
            items.iter().filter(|item| is_meant(item, place)).collect()
        }
    };
    let (mut items, mut seen) = (Vec::new(), BTreeSet::new());
    for it in places {
        let Some(item) = named(wanted, it)? else { continue };
        if !seen.insert((item.version.clone(), item.build.clone())) {
            return Err(
                "several items say the same; add to `where`, or name `version` and `build`"
                    .to_owned(),
            );
        }
        items.push(item);
    }
    Ok(items)
}

fn at<'a>(json: &'a Json, pointer: &str) -> Result<&'a Json, String> {
    json.pointer(pointer).ok_or_else(|| format!("nothing stands at `{pointer}`"))
}

/// Whether an item says all that it must.
fn is_meant(item: &Json, place: &Place) -> bool {
    let says = |pointer: &str, text: &str| {
        item.pointer(pointer).and_then(scalar).is_some_and(|it| it.as_str() == text)
    };
    place.only.iter().all(|(pointer, text)| says(pointer, text))
}

/// A number, a truth or a text as a value. `None`: it is null, or holds others.
fn scalar(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(Value::new(text.chars().take(LONGEST).collect::<String>())),
        Json::Bool(_) | Json::Number(_) => serde_json::from_value(json.clone()).ok(),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// What one item says; `None` if it has no value, or is of a version that is none of ours.
fn named(wanted: &Wanted<Place>, item: &Json) -> Result<Option<Named>, String> {
    let place = &wanted.ask;
    let text = |pointer: &Option<String>| -> Result<Option<Value>, String> {
        let Some(pointer) = pointer else { return Ok(None) };
        let json = at(item, pointer)?;
        match scalar(json) {
            Some(value) => Ok(Some(value)),
            None if json.is_null() => Ok(None),
            None => Err(format!("what stands at `{pointer}` is no number, truth or text")),
        }
    };
    let Some(value) = text(&Some(place.pointer.clone()))? else { return Ok(None) };
    let Some(value) = wanted.told.value(value) else { return Ok(None) };
    let version = match text(&place.version)? {
        Some(text) => match Version::parse(text.as_str()) {
            Ok(version) => Some(version),
            Err(_) => return Ok(None),
        },
        None => None,
    };
    let sample = text(&place.sample)?.and_then(|it| it.millionths());
    let spoken_of = match text(&place.at)? {
        None => None,
        Some(text) => Some(moment(&text).ok_or_else(|| {
            let pointer = place.at.as_deref().unwrap_or_default();
            format!("what stands at `{pointer}` is no moment; RFC 3339 or seconds since 1970 are")
        })?),
    };
    Ok(Some(Named {
        version,
        build: text(&place.build)?.map(|it| it.as_str().to_owned()),
        // Below zero it counts nothing.
        sample: sample.and_then(|it| u64::try_from(it).ok()).map(|it| it / 1_000_000),
        at: spoken_of,
        ..Named::new(wanted.name.clone(), value.as_str())
    }))
}

/// RFC 3339, or seconds since 1970.
fn moment(text: &Value) -> Option<Moment> {
    match text.millionths() {
        Some(millionths) => Some(Moment::from_millis(millionths / 1_000)),
        None => Moment::parse(text.as_str()).ok(),
    }
}
