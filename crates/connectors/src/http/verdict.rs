//! What an answer's status, headers and body mean, whoever sent it. Pure.

use chrono::DateTime;
use conductor::Span;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, LINK, LOCATION, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What to do with an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Read it.
    Fine,
    /// It is at another address.
    Elsewhere(String),
    /// Come again later: in so long, if it says so.
    SlowDown(Option<Span>),
    /// The source is not well; when to try again, if it says so.
    Down(Option<Span>),
    /// The token is not accepted.
    WhoAreYou,
    /// It may not be seen, or is not there, or the question is wrong; what to do if it is not the token.
    No(Option<&'static str>),
}

/// Come again later: in so long, if the source says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlowDown(pub Option<Span>);

pub(super) fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
    if status.is_success() {
        return Verdict::Fine;
    }
    if let Some(SlowDown(wait)) = slow_down(status, headers, body) {
        return Verdict::SlowDown(wait);
    }
    match status.as_u16() {
        300..=399 => Verdict::Elsewhere(text(headers, LOCATION.as_str()).unwrap_or_default()),
        401 => Verdict::WhoAreYou,
        403 | 404 => Verdict::No(None),
        408 | 500..=599 => Verdict::Down(retry_after(headers)),
        _ => {
            Verdict::No(Some("the question was not accepted; correct the settings of this source"))
        }
    }
}

/// Whether an answer means "too fast", and for how long to stay away if it says so. GitHub says it with
/// 403 too, with or without a word about when; Linear with 400 and a word.
pub(super) fn slow_down(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<SlowDown> {
    let limited = match status.as_u16() {
        429 => true,
        400 => body.windows(13).any(|it| it == b"\"RATELIMITED\""),
        403 => {
            headers.contains_key(RETRY_AFTER)
                || text(headers, "x-ratelimit-remaining").as_deref() == Some("0")
                || words(body).0.to_ascii_lowercase().contains("rate limit")
        }
        _ => false,
    };
    if !limited {
        return None;
    }
    let reset = || {
        if text(headers, "x-ratelimit-remaining").as_deref() != Some("0") {
            return None;
        }
        // Judged by the source's clock, not by ours.
        let reset: i64 = text(headers, "x-ratelimit-reset")?.parse().ok()?;
        Some(Span::seconds(reset.saturating_sub(date(headers)?).max(1)))
    };
    Some(SlowDown(retry_after(headers).or_else(reset)))
}

/// `Retry-After` in seconds, or as a date judged by the source's own `Date`.
fn retry_after(headers: &HeaderMap) -> Option<Span> {
    let value = text(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = value.parse::<i64>() {
        return Some(Span::seconds(seconds.max(0)));
    }
    let at = DateTime::parse_from_rfc2822(&value).ok()?.timestamp();
    Some(Span::seconds(at.saturating_sub(date(headers)?).max(0)))
}

fn date(headers: &HeaderMap) -> Option<i64> {
    Some(DateTime::parse_from_rfc2822(&text(headers, DATE.as_str())?).ok()?.timestamp())
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The address of the next page: `Link: <…>; rel="next"`. An entry with `results="false"` leads nowhere.
pub(super) fn next_link(headers: &HeaderMap) -> Option<String> {
    for value in headers.get_all(LINK) {
        for part in value.to_str().ok()?.split(',') {
            let (address, rest) = part.trim().strip_prefix('<')?.split_once('>')?;
            let is = |want: &str| rest.split(';').any(|it| it.trim() == want);
            if (is("rel=\"next\"") || is("rel=next")) && !is("results=\"false\"") {
                return Some(address.to_owned());
            }
        }
    }
    None
}

/// Reads JSON. What does not fit is told by its place and kind, never by its value.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let reader = &mut serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        let size = body.len();
        match error.classify() {
            serde_json::error::Category::Eof => format!("it was cut after {size} bytes"),
            serde_json::error::Category::Io | serde_json::error::Category::Syntax => {
                "it is not JSON".to_owned()
            }
            serde_json::error::Category::Data => {
                let words = error.to_string();
                match words.strip_prefix("missing field `").and_then(|it| it.split('`').next()) {
                    Some(field) => format!("`{field}` is missing in `{path}`"),
                    None => format!("`{path}` is not as it should be"),
                }
            }
        }
    })
}

const LONGEST: usize = 300;

/// The vendor's own words in a refusal, and its code for it; whichever of the usual places they are in.
pub(super) fn words(body: &[u8]) -> (String, Option<String>) {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return ("it gave no reason".to_owned(), None);
    };
    let mut said: Vec<&str> = Vec::new();
    let mut code = None;
    collect(&value, 0, &mut said, &mut code);
    said.dedup();
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let joined: String = said.join("; ").chars().map(plain).take(LONGEST).collect();
    let words = if joined.is_empty() { "it gave no reason".to_owned() } else { joined };
    (words, code)
}

fn collect<'a>(value: &'a Value, depth: u8, said: &mut Vec<&'a str>, code: &mut Option<String>) {
    let Value::Object(fields) = value else { return };
    for key in ["message", "title", "detail", "error_description"] {
        if let Some(Value::String(text)) = fields.get(key) {
            said.push(text);
        }
    }
    for key in ["code", "status", "error"] {
        if let Some(Value::String(text)) = fields.get(key)
            && code.is_none()
            && text.parse::<u16>().is_err()
        {
            *code = Some(text.clone());
        }
    }
    if depth >= 2 {
        return;
    }
    if let Some(error) = fields.get("error") {
        collect(error, depth + 1, said, code);
    }
    for key in ["errorMessages", "errors"] {
        match fields.get(key) {
            Some(Value::Array(items)) => {
                for item in items.iter().take(5) {
                    match item {
                        Value::String(text) => said.push(text),
                        other => collect(other, depth + 1, said, code),
                    }
                }
            }
            Some(Value::Object(by_field)) => {
                said.extend(by_field.values().filter_map(Value::as_str).take(5));
            }
            _ => {}
        }
    }
}
