//! From PagerDuty's words to ours, and back. Pure.

use super::wire::{OnCall, Reference};
use chrono::DateTime;
use conductor::Moment;
use conductor::observation::Named;
use ports::{Notice, NoticeKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What `on call` is while nobody is: a fact of its own.
pub(super) const NOBODY: &str = "nobody";

/// Who is on call by a policy: on the lowest level that has somebody, until when.
pub(super) fn on_duty(all: &[OnCall], policy: &str, now: Moment) -> Vec<Named> {
    let moment = |text: &Option<String>| {
        let text = text.as_deref()?;
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Moment::from_millis(at.timestamp_millis()))
    };
    let now_on = |it: &&OnCall| {
        it.escalation_policy.id == policy
            && moment(&it.start).is_none_or(|start| start <= now)
            && moment(&it.end).is_none_or(|end| end > now)
    };
    let on: Vec<&OnCall> = all.iter().filter(now_on).collect();
    let Some(level) = on.iter().map(|it| it.escalation_level).min() else {
        return vec![Named::new("on call", NOBODY)];
    };
    let on: Vec<&OnCall> = on.into_iter().filter(|it| it.escalation_level == level).collect();
    let who: BTreeSet<&str> = on.iter().map(|it| name(&it.user)).collect();
    let until = on.iter().filter_map(|it| moment(&it.end)).min();
    let mut named = [
        Named::new("on call", who.into_iter().collect::<Vec<_>>().join(", ")),
        Named::new("on call level", level.to_string()),
        Named::new("on call until", until.map_or_else(|| "always".to_owned(), |it| it.to_string())),
    ];
    for it in &mut named {
        it.link =
            on.first().and_then(|it| it.schedule.as_ref().unwrap_or(&it.user).html_url.clone());
    }
    named.into()
}

fn name(user: &Reference) -> &str {
    user.name.as_deref().or(user.summary.as_deref()).unwrap_or(&user.id)
}

/// Where the policy is seen.
pub(super) fn link(all: &[OnCall], policy: &str) -> Option<String> {
    let mut policies = all.iter().map(|it| &it.escalation_policy).filter(|it| it.id == policy);
    policies.find_map(|it| it.html_url.clone())
}

/// The event that calls somebody.
pub(super) fn trigger(notice: &Notice, url: Option<&str>) -> Value {
    let severity = match notice.key.kind {
        NoticeKind::Guard | NoticeKind::Failed | NoticeKind::Uncertain => "critical",
        NoticeKind::Rejected | NoticeKind::Paused => "error",
        NoticeKind::Waits | NoticeKind::Moved => "info",
    };
    let summary: String = format!("{}: {}", notice.title, notice.text).chars().take(1024).collect();
    let mut event = json!({
        "event_action": "trigger",
        "dedup_key": notice.key.to_string(),
        "client": "Signalbox",
        "payload": {
            "summary": summary,
            "source": notice.key.track.to_string(),
            "severity": severity,
            "component": notice.key.track.app.to_string(),
            "group": notice.key.track.platform.to_string(),
            "class": notice.key.kind.as_str(),
            "custom_details": { "then": notice.detail, "who": notice.who },
        },
    });
    if let (Some(url), Some(fields)) = (url, event.as_object_mut()) {
        let page = format!("{url}{}", notice.key.track.path());
        fields.insert("client_url".to_owned(), page.clone().into());
        fields.insert("links".to_owned(), json!([{ "href": page, "text": notice.title }]));
    }
    event
}
