//! What a message says, and how it is found again. Pure.

use ports::{Notice, NoticeKey, NoticeKind};

/// The mark of a message whose state is over.
pub(super) const OVER: &str = "over";
/// What the ids of our blocks begin with.
const OURS: &str = "signalbox ";
/// The longest id of a block.
const ID: usize = 255;

/// A text from outside, by Slack's rules, cut to a length.
pub(super) fn escaped(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        if n >= most {
            out.push('…');
            break;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The whole of a message.
pub(super) fn said(notice: &Notice, url: Option<&str>, mention: Option<&str>) -> String {
    let sign = match notice.key.kind {
        NoticeKind::Guard | NoticeKind::Failed | NoticeKind::Uncertain | NoticeKind::Rejected => {
            ":red_circle:"
        }
        NoticeKind::Paused | NoticeKind::Waits => ":large_yellow_circle:",
        NoticeKind::Moved => ":large_green_circle:",
    };
    let title = escaped(&notice.title, 120);
    let title = match url {
        Some(url) => format!("<{url}{}|{title}>", address(notice)),
        None => title,
    };
    let mut lines = vec![format!("{sign} *{title}*"), escaped(&notice.text, 500)];
    if !notice.detail.is_empty() {
        lines.push(escaped(&notice.detail, 500));
    }
    let mut last = Vec::new();
    if !notice.who.is_empty() {
        last.push(format!("Whose move: {}", escaped(&notice.who, 120)));
    }
    if let Some(since) = notice.since {
        let seconds = since.millis() / 1000;
        last.push(format!(
            "since <!date^{seconds}^{{date_short_pretty}} {{time}}|{}>",
            escaped(&since.to_string(), 40)
        ));
    }
    if !last.is_empty() {
        lines.push(last.join(" · "));
    }
    let calls =
        matches!(notice.key.kind, NoticeKind::Guard | NoticeKind::Failed | NoticeKind::Uncertain);
    lines.extend(mention.filter(|_| calls).map(str::to_owned));
    lines.join("\n")
}

/// The track's page, with everything escaped that would end a link.
fn address(notice: &Notice) -> String {
    notice.key.track.path().split('/').map(crate::http::segment).collect::<Vec<_>>().join("/")
}

/// What a message says once its state is over.
pub(super) fn as_over(text: &str) -> String {
    let rest = text.split_once(' ').map_or(
        text,
        |(sign, rest)| {
            if sign.starts_with(':') { rest } else { text }
        },
    );
    format!(":white_check_mark: Over: {rest}")
}

/// What tells a text from others, in each build of Signalbox: FNV-1a.
pub(super) fn mark(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// The id of the block that carries a message.
pub(super) fn block_id(key: &NoticeKey, mark: &str) -> String {
    format!("{OURS}{key}#{mark}").chars().take(ID).collect()
}

/// The key and mark in the id of a block; `None` if it is not ours.
pub(super) fn read_block_id(id: &str) -> Option<(NoticeKey, &str)> {
    let (key, mark) = id.strip_prefix(OURS)?.rsplit_once('#')?;
    Some((NoticeKey::parse(key)?, mark))
}

/// Whether this calls somebody: `<@U…>`, `<!subteam^S…>`, `<!here>`.
pub(super) fn is_mention(text: &str) -> bool {
    let plain = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric());
    let Some(inner) = text.strip_prefix('<').and_then(|it| it.strip_suffix('>')) else {
        return false;
    };
    matches!(inner, "!here" | "!channel")
        || inner.strip_prefix('@').is_some_and(plain)
        || inner.strip_prefix("!subteam^").is_some_and(plain)
}

/// Whether this is the id of a channel and not its name: names are in lower case.
pub(super) fn is_channel_id(text: &str) -> bool {
    text.len() >= 9
        && text.starts_with(['C', 'G', 'D'])
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}
