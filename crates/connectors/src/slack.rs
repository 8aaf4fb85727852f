//! Slack, where people are told what needs them.
//!
//! **Reads** nothing about trains. **Tells** one message for each track and state: a guard that fell, a rollout
//! that stands, a refusal, an action that failed or is not certain, a yes that is awaited, a new stage. When
//! the state goes on in other words the message is changed, and when it is over it says so.
//!
//! **Calls**: one for each message or change; after a start one for each 200 messages of the last 14 days of a
//! channel, to find its own messages again; one for each 200 channels, if settings name channels by name.
//!
//! **Token**: a bot's, with `chat:write` and `channels:history` (`groups:history` for private channels); with
//! `channels:read` (`groups:read`), too, if channels are named. The bot must be in the channel. **Limits**: a
//! message a second and channel, 50 reads a minute; it asks to slow down with 429.
//!
//! **Oddities**: a refusal comes with 200 and `ok: false`. Nothing takes a key that keeps a message from being
//! posted twice: so each carries its key in the id of its block, and after a request without an answer, or a
//! start, the channel is read before anything is posted. `&`, `<` and `>` are control characters: what was
//! written outside is escaped, so that no title calls a channel.

mod text;
mod wire;

use crate::http::{Body, Http, Options, SendError};
use crate::paging::Cursors;
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::{AppId, Moment, SourceId, Span};
use ports::{Answer, Ask, Notice, NoticeKey, NoticeKind, Notifies, NotifyError, Probe};
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::Mutex;

/// Slack: messages to people.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of Slack's API. Default: `https://slack.com/api`.
    #[serde(default = "api")]
    base_url: String,
    /// Where the bot's token lies.
    token: SecretFrom,
    /// Where people open this Signalbox, such as `https://signalbox.example.com`: messages link there.
    signalbox_url: Option<String>,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// What is told where.
    messages: Vec<Messages>,
}

/// Which notices about an app go to a channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Messages {
    /// The app, by its name in these settings.
    app: AppId,
    /// The channel: its id, such as `C0123456789`, or its name, such as `#releases`.
    channel: String,
    /// Which kinds of notices: `guard`, `paused`, `rejected`, `waits`, `failed`, `uncertain`, `moved`. Default: all.
    kinds: Option<BTreeSet<NoticeKind>>,
    /// Who is called by a fallen guard, a failed or an uncertain action: `<@U0123456789>`, `<!subteam^S0123456789>` or
    /// `<!here>`.
    mention: Option<String>,
}

fn api() -> String {
    "https://slack.com/api".to_owned()
}

/// How far back its own messages are looked for.
const BACK: Span = Span::hours(14 * 24);
/// The most pages that are read of a list, 200 items each.
const PAGES: usize = 20;

pub(crate) fn open(
    id: SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    for (n, it) in settings.messages.iter().enumerate() {
        let wrong = |key: &str, words: String| {
            Err(SettingsError::new(&id, format!("messages.{n}.{key}"), words))
        };
        if it.channel.trim_start_matches('#').is_empty() {
            return wrong("channel", "is empty; write `#releases`, or a channel's id".into());
        }
        if it.kinds.as_ref().is_some_and(BTreeSet::is_empty) {
            return wrong(
                "kinds",
                "is empty, so nothing would be told; leave it out for all".into(),
            );
        }
        if let Some(mention) = it.mention.as_ref().filter(|it| !text::is_mention(it)) {
            return wrong(
                "mention",
                format!("`{mention}` calls nobody; write <@U…>, <!subteam^S…> or <!here>"),
            );
        }
    }
    if settings.messages.is_empty() {
        let words = "is empty, so nothing would be told; add [[sources.slack.messages]]";
        return Err(SettingsError::new(&id, "messages", words));
    }
    let mut options = Options::with_token(&id, &settings.base_url, &settings.token, secrets)?;
    options.advice = "give the bot chat:write and channels:history";
    options.timeout = settings.timeout_ms.into();
    let rooms = settings.messages.iter().map(|it| (it.channel.clone(), Mutex::default())).collect();
    Ok(Opened::telling(Slack {
        token: settings.token.take_for(&id, "token", secrets)?,
        http: Http::new(options)?,
        id,
        url: settings.signalbox_url.map(|it| it.trim_end_matches('/').to_owned()),
        rules: settings.messages,
        rooms,
    }))
}

/// The place.
struct Slack {
    id: SourceId,
    http: Http,
    token: crate::secret::Secret,
    url: Option<String>,
    rules: Vec<Messages>,
    /// What is known of each channel, as settings name it.
    rooms: BTreeMap<String, Mutex<Room>>,
}

/// A channel.
#[derive(Default)]
struct Room {
    id: Option<String>,
    /// What shows there; `None` until it was read, and again once a request stayed without an answer.
    shown: Option<BTreeMap<NoticeKey, Shown>>,
}

/// A message of ours.
#[derive(Clone, Debug)]
struct Shown {
    ts: String,
    /// What tells its content from others.
    mark: String,
    /// Its text as Slack shows it.
    text: String,
}

impl Messages {
    fn wants(&self, app: &AppId, kind: NoticeKind) -> bool {
        self.app == *app && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }
}

#[async_trait]
impl Connector for Slack {
    const KIND: &'static str = "slack";
    const TITLE: &'static str = "Slack";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http]
    }
    fn owes(&self) -> Owed {
        Owed::new()
    }
    async fn look(&self, _: &[&AppId], _: Ask<'_>) -> Vec<Answer> {
        Vec::new() // It owes nothing, so nothing is asked of it.
    }
    async fn try_out(&self, now: Moment, probe: &mut Probe) {
        match self.ask::<wire::Identity>("who the bot is", "/auth.test", &[]).await {
            Ok(it) => {
                probe.good.push(format!("Slack answers: the bot is {} in {}", it.user, it.team));
            }
            Err(error) => return probe.wrong.push(error.to_string()),
        }
        for (channel, room) in &self.rooms {
            let mut room = room.lock().await;
            match self.enter(channel, &mut room, now).await {
                Ok(_) => probe.good.push(format!("{channel} can be read")),
                Err(error) => probe.wrong.push(error.to_string()),
            }
        }
    }
}

#[async_trait]
impl Notifies for Slack {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn apps(&self) -> BTreeSet<AppId> {
        self.rules.iter().map(|it| it.app.clone()).collect()
    }
    fn wants(&self, app: &AppId, kind: NoticeKind) -> bool {
        self.rules.iter().any(|it| it.wants(app, kind))
    }
    fn gives_up_after(&self) -> Span {
        Span::seconds(60)
    }
    async fn tell(&self, notice: &Notice, now: Moment) -> Result<(), NotifyError> {
        self.http.set_now(now);
        let mut failed = None;
        for rule in self.rules.iter().filter(|it| it.wants(&notice.key.track.app, notice.key.kind))
        {
            let said = text::said(notice, self.url.as_deref(), rule.mention.as_deref());
            if let Err(error) = self.show(&rule.channel, &notice.key, Some(said), now).await {
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }
    async fn over(&self, key: &NoticeKey, now: Moment) -> Result<(), NotifyError> {
        self.http.set_now(now);
        let mut failed = None;
        for rule in self.rules.iter().filter(|it| it.wants(&key.track.app, key.kind)) {
            if let Err(error) = self.show(&rule.channel, key, None, now).await {
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }
    async fn standing(&self, now: Moment) -> Result<BTreeSet<NoticeKey>, NotifyError> {
        self.http.set_now(now);
        let mut standing = BTreeSet::new();
        for (channel, room) in &self.rooms {
            let mut room = room.lock().await;
            room.shown = None;
            // A channel that cannot be read now is told of when something is to be posted there.
            if self.enter(channel, &mut room, now).await.is_err() {
                continue;
            }
            let shown = room.shown.iter().flatten().filter(|(_, it)| it.mark != text::OVER);
            standing.extend(shown.map(|(key, _)| key.clone()));
        }
        Ok(standing)
    }
}

impl Slack {
    /// Makes a notice show in a channel, or what shows of it as over if there is nothing to be said any more.
    async fn show(
        &self,
        channel: &str,
        key: &NoticeKey,
        said: Option<String>,
        now: Moment,
    ) -> Result<(), NotifyError> {
        let Some(room) = self.rooms.get(channel) else { return Ok(()) };
        let mut room = room.lock().await;
        let place = self.enter(channel, &mut room, now).await?;
        let known = room.shown.as_ref().and_then(|it| it.get(key)).cloned();
        let (text, mark) = match (said, &known) {
            (Some(said), _) => {
                let mark = text::mark(&said);
                (said, mark)
            }
            (None, Some(it)) if it.mark != text::OVER => {
                (text::as_over(&it.text), text::OVER.to_owned())
            }
            (None, _) => return Ok(()),
        };
        if known.as_ref().is_some_and(|it| it.mark == mark) {
            return Ok(());
        }
        // From here on it may show; unless there is an answer, the channel is read before the next word.
        let mut shown = room.shown.take().unwrap_or_default();
        let done = match &known {
            Some(it) => match self.change(&place, key, &it.ts, &text, &mark).await {
                Ok(changed) => Ok(changed.then(|| it.ts.clone())),
                Err(error) => Err(error),
            },
            None => Ok(None),
        };
        let done = match done {
            Ok(Some(ts)) => Ok(ts),
            Ok(None) if mark == text::OVER => Ok(String::new()), // It is over, and cannot be changed: let it be.
            Ok(None) => self.post(&place, key, &text, &mark).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(ts) => {
                shown.insert(key.clone(), Shown { ts, mark, text });
                room.shown = Some(shown);
                Ok(())
            }
            Err(SendError::NoAnswer { cause, .. }) => Err(self.wrong(channel, &cause)),
            Err(error) => {
                room.shown = Some(shown); // It refused: nothing happened.
                let words = match error {
                    SendError::Refused { words, .. } | SendError::NotSent { words, .. } => words,
                    SendError::TooFast { again, .. } => {
                        format!("it asks us to slow down, again {again}")
                    }
                    SendError::NoAnswer { cause, .. } => cause,
                };
                Err(self.wrong(channel, &words))
            }
        }
    }

    fn wrong(&self, channel: &str, words: &str) -> NotifyError {
        let words = self.token.strike(format!("{channel}: {words}"));
        NotifyError { id: self.id.clone(), words }
    }

    fn message(place: &str, key: &NoticeKey, text: &str, mark: &str) -> Value {
        json!({
            "channel": place,
            "text": text,
            "unfurl_links": false,
            "unfurl_media": false,
            "blocks": [{
                "type": "section",
                "block_id": text::block_id(key, mark),
                "text": { "type": "mrkdwn", "text": text, "verbatim": true },
            }],
        })
    }

    /// Posts a message; its time is its name.
    async fn post(
        &self,
        place: &str,
        key: &NoticeKey,
        text: &str,
        mark: &str,
    ) -> Result<String, SendError> {
        let posted: wire::Posted =
            self.send("/chat.postMessage", &Self::message(place, key, text, mark)).await?;
        Ok(posted.ts)
    }

    /// Changes a message. `false`: it cannot be changed any more.
    async fn change(
        &self,
        place: &str,
        key: &NoticeKey,
        ts: &str,
        text: &str,
        mark: &str,
    ) -> Result<bool, SendError> {
        let mut body = Self::message(place, key, text, mark);
        if let Some(fields) = body.as_object_mut() {
            fields.insert("ts".to_owned(), ts.into());
            fields.remove("unfurl_links");
            fields.remove("unfurl_media");
        }
        match self.send::<wire::Posted>("/chat.update", &body).await {
            Ok(_) => Ok(true),
            Err(SendError::Refused { code: Some(code), .. })
                if matches!(
                    code.as_str(),
                    "message_not_found" | "cant_update_message" | "edit_window_closed"
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn send<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, SendError> {
        let sent = self.http.send(Method::POST, path, &[], Body::Json(body)).await?;
        let id = self.id.clone();
        let said: wire::Said<T> = sent.read()?;
        match said.outcome() {
            Ok(value) => Ok(value),
            Err(wire::No { code, words }) if code == "ratelimited" => {
                Err(SendError::TooFast { id, again: words })
            }
            // Slack itself does not know how these ended.
            Err(wire::No { code, .. }) if wire::is_unclear(&code) => {
                Err(SendError::NoAnswer { id, cause: code })
            }
            Err(wire::No { code, words }) => {
                Err(SendError::Refused { id, status: 200, words, code: Some(code) })
            }
        }
    }

    /// A question that changes nothing.
    async fn ask<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<T, NotifyError> {
        let wrong = |words: String| NotifyError {
            id: self.id.clone(),
            words: self.token.strike(format!("{what}: {words}")),
        };
        let got = self.http.ask::<wire::Said<T>>(what, path, Body::Form(form)).await;
        let said = got.map_err(|error| wrong(error.to_string()))?.value;
        said.outcome().map_err(|no| wrong(no.words))
    }

    /// A channel's id; what shows there is known afterwards.
    async fn enter(
        &self,
        channel: &str,
        room: &mut Room,
        now: Moment,
    ) -> Result<String, NotifyError> {
        self.http.set_now(now);
        let place = match &room.id {
            Some(id) => id.clone(),
            None => self.find(channel).await?,
        };
        room.id = Some(place.clone());
        if room.shown.is_none() {
            room.shown = Some(self.history(channel, &place, now).await?);
        }
        Ok(place)
    }

    /// The id of a channel that settings name.
    async fn find(&self, channel: &str) -> Result<String, NotifyError> {
        if text::is_channel_id(channel) {
            return Ok(channel.to_owned());
        }
        let name = channel.trim_start_matches('#');
        let (mut cursor, mut cursors) = (String::new(), Cursors::default());
        loop {
            let form = [
                ("exclude_archived", "true"),
                ("types", "public_channel"),
                ("limit", "200"),
                ("cursor", cursor.as_str()),
            ];
            let page: wire::Channels =
                self.ask("the channels", "/conversations.list", &form).await?;
            if let Some(found) = page.channels.iter().find(|it| it.name == name) {
                return Ok(found.id.clone());
            }
            let Some(next) = page.next() else {
                let words = "there is no public channel of that name; write its id, which private ones need";
                return Err(self.wrong(channel, words));
            };
            cursors.step(&next, PAGES * 10).map_err(|why| self.wrong(channel, &why))?;
            cursor = next;
        }
    }

    /// Our own messages of the last while. Fails if it cannot be read to its end: what is not seen would be
    /// posted twice.
    async fn history(
        &self,
        channel: &str,
        place: &str,
        now: Moment,
    ) -> Result<BTreeMap<NoticeKey, Shown>, NotifyError> {
        let oldest = ((now - BACK).millis() / 1000).max(0).to_string();
        let what = format!("the messages of {channel}");
        let (mut cursor, mut cursors) = (String::new(), Cursors::default());
        let mut shown: BTreeMap<NoticeKey, Shown> = BTreeMap::new();
        loop {
            let form = [
                ("channel", place),
                ("oldest", oldest.as_str()),
                ("limit", "200"),
                ("cursor", cursor.as_str()),
            ];
            let page: wire::History = self.ask(&what, "/conversations.history", &form).await?;
            for message in &page.messages {
                for block in &message.blocks {
                    let Some((key, mark)) = block.block_id.as_deref().and_then(text::read_block_id)
                    else {
                        continue;
                    };
                    let text = block.text.as_ref().map_or("", |it| it.text.as_str()).to_owned();
                    let it = Shown { ts: message.ts.clone(), mark: mark.to_owned(), text };
                    // The newest comes first, and stands.
                    shown.entry(key).or_insert(it);
                }
            }
            let Some(next) = page.next() else { return Ok(shown) };
            // Busy beyond measure: what is older than so many messages is not changed any more.
            if cursors.step(&next, PAGES).is_err() {
                return Ok(shown);
            }
            cursor = next;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
