//! Faults that tests and the demonstration lay over a vendor: for a number of calls, until a moment, or until lifted.
//! Some come instead of an answer, others spoil a good one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::vendors::{Answer, Body, Vendor};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 503.
    Down,
    /// A good answer, this many real milliseconds late.
    Slow(u64),
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 429, with `Retry-After` in seconds where there is one.
    TooManyCalls(Option<u32>),
    /// 500.
    Broken,
    /// 200, and half a JSON document.
    CutJson,
    /// 200, and a page of HTML.
    NotJson,
    /// 200, and a text where there should be a list, or a number where there should be a text.
    WrongType,
    /// 200, and no rows.
    EmptyList,
    /// 200, and a next page that leads to the same page for ever.
    RepeatedCursor,
    /// No answer at all.
    Hang,
}

/// How long a fault stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// For so many calls that it fits.
    Calls(u32),
    /// Up to this simulated moment, in milliseconds.
    Until(i64),
    /// Until it is lifted.
    Always,
}

#[derive(Clone, Debug)]
struct Laid {
    fault: Fault,
    lasts: Lasts,
    path: String,
}

/// All faults of a running simulator. Clones are the same set.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<BTreeMap<Vendor, Vec<Laid>>>>);

impl Faults {
    /// Lays a fault over all calls of a vendor.
    pub fn set(&self, vendor: Vendor, fault: Fault, lasts: Lasts) {
        self.set_on(vendor, "", fault, lasts);
    }

    /// Lays a fault over the calls whose path and query hold `path`.
    pub fn set_on(&self, vendor: Vendor, path: &str, fault: Fault, lasts: Lasts) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(vendor).or_default().push(Laid { fault, lasts, path: path.to_owned() });
    }

    /// Lifts all faults of a vendor.
    pub fn lift(&self, vendor: Vendor) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&vendor);
    }

    /// Lifts all faults.
    pub fn lift_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The fault for one call, which is counted: the one laid first of those that fit.
    pub(crate) fn take(&self, vendor: Vendor, path: &str, now_ms: i64) -> Option<Fault> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let laid = all.get_mut(&vendor)?;
        laid.retain(|one| match one.lasts {
            Lasts::Calls(left) => left > 0,
            Lasts::Until(moment) => now_ms < moment,
            Lasts::Always => true,
        });
        let one = laid.iter_mut().find(|one| path.contains(&one.path))?;
        if let Lasts::Calls(left) = &mut one.lasts {
            *left -= 1;
        }
        Some(one.fault.clone())
    }
}

impl Fault {
    /// The answer that comes instead of the vendor's, if this fault gives one.
    pub(crate) fn instead(&self, vendor: Vendor) -> Option<Answer> {
        let refusal = |status, text: &str| Some(vendor.refusal(status, text));
        match self {
            Self::Down => refusal(503, "The service is temporarily unavailable."),
            Self::Unauthorized => refusal(401, "Bad credentials"),
            Self::Forbidden => refusal(403, "Access to this resource is not allowed."),
            Self::NotFound => refusal(404, "Not Found"),
            Self::Broken => refusal(500, "An unexpected error occurred."),
            Self::TooManyCalls(after) => {
                let mut answer = vendor.refusal(429, "Too many requests.");
                answer
                    .headers
                    .extend(after.map(|seconds| ("retry-after".to_owned(), seconds.to_string())));
                Some(answer)
            }
            Self::NotJson => Some(Answer::html(
                200,
                "<!doctype html><title>Sign in</title><p>Please sign in to continue.",
            )),
            Self::Slow(_)
            | Self::CutJson
            | Self::WrongType
            | Self::EmptyList
            | Self::RepeatedCursor
            | Self::Hang => None,
        }
    }

    /// A good answer, spoilt.
    pub(crate) fn spoil(&self, mut answer: Answer, url: &str) -> Answer {
        let Body::Json(body) = &mut answer.body else { return answer };
        match self {
            Self::CutJson => {
                let text = body.to_string();
                let half = text
                    .char_indices()
                    .nth(text.chars().count() / 2)
                    .map_or(1, |(at, _)| at.max(1));
                answer.body = Body::Cut(text.get(..half).unwrap_or("{").to_owned());
            }
            Self::WrongType => *body = twisted(body),
            Self::EmptyList => {
                empty(body);
                answer.headers.retain(|(name, _)| name != "link");
            }
            Self::RepeatedCursor => repeat(&mut answer, url),
            Self::Down
            | Self::Slow(_)
            | Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound
            | Self::TooManyCalls(_)
            | Self::Broken
            | Self::NotJson
            | Self::Hang => {}
        }
        answer
    }
}

/// Lists become a text; a document without lists becomes a list.
fn twisted(body: &Value) -> Value {
    match body {
        Value::Object(fields) if fields.values().any(Value::is_array) => {
            let twist =
                |value: &Value| if value.is_array() { json!("none") } else { value.clone() };
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), twist(value))).collect())
        }
        Value::Array(_) => json!({"items": "none"}),
        Value::Object(_) => json!([body.clone()]),
        _ => json!({}),
    }
}

/// No rows, and counts that agree with it.
fn empty(body: &mut Value) {
    match body {
        Value::Array(rows) => rows.clear(),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::Array(rows) => rows.clear(),
                    Value::Number(_)
                        if ["total_count", "total", "total_commits"].contains(&name.as_str()) =>
                    {
                        *value = json!(0);
                    }
                    _ => {}
                }
            }
            if fields.contains_key("isLast") {
                fields.insert("isLast".to_owned(), json!(true));
                fields.remove("nextPageToken");
            }
        }
        _ => {}
    }
}

/// The same next page in every dialect: only the one that the caller understands matters.
fn repeat(answer: &mut Answer, url: &str) {
    let cursor = format!("<{url}>; rel=\"next\"; results=\"true\"; cursor=\"0:100:0\"");
    answer.headers.retain(|(name, _)| name != "link");
    answer.headers.push(("link".to_owned(), cursor));
    let Body::Json(Value::Object(fields)) = &mut answer.body else { return };
    if fields.contains_key("isLast") {
        fields.insert("isLast".to_owned(), json!(false));
        fields.insert("nextPageToken".to_owned(), json!("t1"));
    }
    if let Some(Value::Object(links)) = fields.get_mut("links") {
        links.insert("next".to_owned(), json!(url));
    }
}

#[cfg(test)]
mod tests;
