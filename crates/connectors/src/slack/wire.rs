//! Slack's own words.

use serde::Deserialize;

/// Each answer: `ok`, and either what was asked for or why not.
#[derive(Debug, Deserialize)]
pub(super) struct Said<T> {
    ok: bool,
    error: Option<String>,
    /// The scope that is missing.
    needed: Option<String>,
    #[serde(flatten)]
    value: Option<T>,
}

/// Slack said no.
#[derive(Debug)]
pub(super) struct No {
    /// Its word: `channel_not_found`.
    pub(super) code: String,
    /// For people, with what to do.
    pub(super) words: String,
}

impl<T> Said<T> {
    /// What was asked for, or why not.
    pub(super) fn outcome(self) -> Result<T, No> {
        let word = self.error.unwrap_or_else(|| "unclear_answer".to_owned());
        let code: String =
            word.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').take(60).collect();
        match self.value {
            Some(value) if self.ok => Ok(value),
            _ => Err(No { words: words(&code, self.needed.as_deref()), code }),
        }
    }
}

/// Whether it is open how a request ended.
pub(super) fn is_unclear(code: &str) -> bool {
    matches!(
        code,
        "internal_error"
            | "fatal_error"
            | "request_timeout"
            | "service_unavailable"
            | "unclear_answer"
    )
}

fn words(code: &str, needed: Option<&str>) -> String {
    let todo = match code {
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" => {
            "give a bot's token that is in force, then run `signalbox check`".to_owned()
        }
        "missing_scope" => {
            let scope: String = needed.unwrap_or("chat:write").chars().take(80).collect();
            format!("give the bot {scope} and install it again")
        }
        "channel_not_found" => {
            "correct the channel, and invite the bot if it is private".to_owned()
        }
        "not_in_channel" => "invite the bot into the channel".to_owned(),
        "is_archived" => "name a channel that is not archived".to_owned(),
        "restricted_action" | "ekm_access_denied" | "no_permission" | "access_denied" => {
            "ask the workspace's admins to let the bot write there".to_owned()
        }
        "ratelimited" => "it is tried again in a minute".to_owned(),
        _ => "nothing to do if it comes back soon; else look the word up in Slack's reference"
            .to_owned(),
    };
    format!("Slack says {code}; {todo}")
}

/// Who the token is.
#[derive(Debug, Deserialize)]
pub(super) struct Identity {
    pub(super) user: String,
    pub(super) team: String,
}

/// A message that was posted or changed.
#[derive(Debug, Deserialize)]
pub(super) struct Posted {
    pub(super) ts: String,
}

/// A page of channels.
#[derive(Debug, Deserialize)]
pub(super) struct Channels {
    pub(super) channels: Vec<Channel>,
    #[serde(default)]
    response_metadata: Metadata,
}

/// A channel.
#[derive(Debug, Deserialize)]
pub(super) struct Channel {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
}

/// A page of messages, newest first.
#[derive(Debug, Deserialize)]
pub(super) struct History {
    pub(super) messages: Vec<Message>,
    #[serde(default)]
    response_metadata: Option<Metadata>,
}

/// A message.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) ts: String,
    #[serde(default)]
    pub(super) blocks: Vec<Block>,
}

/// A part of a message; of other kinds than ours only the id matters, if it has one.
#[derive(Debug, Deserialize)]
pub(super) struct Block {
    pub(super) block_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) text: Option<Text>,
}

/// Other people's blocks come in many shapes, and none of them concerns us.
fn lenient<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Text>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(Text::deserialize(value).ok())
}

/// A text in a block.
#[derive(Debug, Deserialize)]
pub(super) struct Text {
    pub(super) text: String,
}

/// Where the next page begins; empty at the end.
#[derive(Debug, Default, Deserialize)]
struct Metadata {
    next_cursor: Option<String>,
}

impl Metadata {
    fn next(&self) -> Option<String> {
        self.next_cursor.clone().filter(|it| !it.is_empty())
    }
}

impl Channels {
    pub(super) fn next(&self) -> Option<String> {
        self.response_metadata.next()
    }
}

impl History {
    pub(super) fn next(&self) -> Option<String> {
        self.response_metadata.as_ref().and_then(Metadata::next)
    }
}
