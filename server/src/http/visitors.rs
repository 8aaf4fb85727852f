//! Who asks: a program with the admin's token, or a browser with a session that began with it. In the demo, whose
//! people are made up, the visitor plays any role.
//!
//! A session is a random number in a cookie that scripts cannot read; only its hash is kept, in memory, so a restart ends
//! all of them. A second cookie tells the page which of its forms are of use to this visitor. It grants nothing.

use super::Site;
use crate::access::{Role, Visitor};
use crate::deeds::Refusal;
use crate::wire::WallClock;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use conductor::{Moment, Person, Span};
use connectors::Secret;
use ports::Clock;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// The session's cookie.
const SESSION: &str = "signalbox_session";
/// What the page shows forms by.
const ROLE: &str = "signalbox_role";
/// A session ends after so long without a request that needs it …
const IDLE: Span = Span::hours(12);
/// … and after so long whatever happens.
const LONGEST: Span = Span::hours(24 * 7);
/// So many wrong tokens in a minute, from whomever, and no more are looked at.
const TRIES_A_MINUTE: usize = 5;
/// So many sessions at once; the one unused longest gives way.
const MOST: usize = 1_000;

/// Those who signed in.
#[derive(Default)]
pub(crate) struct Visitors {
    sessions: Mutex<HashMap<[u8; 32], Session>>,
    wrong: Mutex<VecDeque<Moment>>,
}

struct Session {
    visitor: Visitor,
    began_at: Moment,
    used_at: Moment,
}

impl Session {
    fn is_over(&self, now: Moment) -> bool {
        now - self.began_at > LONGEST || now - self.used_at > IDLE
    }
}

impl Visitors {
    /// Takes the admin's token from a form. Wrong ones are counted, so that nobody tries many.
    pub(super) fn sign_in(
        &self,
        admin: Option<&(Person, Secret)>,
        token: &str,
        now: Moment,
    ) -> Result<Visitor, Refusal> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|at| now - *at < Span::minutes(1));
        if wrong.len() >= TRIES_A_MINUTE {
            return Err(Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_tries",
                "too many wrong tokens in the last minute; wait a minute, then try again",
            ));
        }
        by_token(admin, token).inspect_err(|_| wrong.push_back(now))
    }

    /// Begins a session. Comes back with its cookies. Fails if the system has no randomness to give.
    pub(super) fn begin(&self, visitor: Visitor, now: Moment) -> Result<[HeaderValue; 2], Refusal> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| {
            Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "no_randomness",
                "the system gives no random numbers now; try again",
            )
        })?;
        let text = key.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing into a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let role = visitor.role.as_str();
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, it| !it.is_over(now));
        if sessions.len() >= MOST
            && let Some(oldest) =
                sessions.iter().min_by_key(|(_, it)| it.used_at).map(|(hash, _)| *hash)
        {
            sessions.remove(&oldest);
        }
        sessions.insert(hash(&text), Session { visitor, began_at: now, used_at: now });
        Ok(cookies(&text, role, LONGEST))
    }

    /// Ends the session of a request. Comes back with cookies that take it away.
    pub(super) fn end(&self, headers: &HeaderMap) -> [HeaderValue; 2] {
        if let Some(text) = cookie(headers, SESSION) {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            sessions.remove(&hash(text));
        }
        cookies("", "", Span::default())
    }

    /// Who has the session of a request.
    pub(super) fn of(&self, headers: &HeaderMap, now: Moment) -> Option<Visitor> {
        let text = cookie(headers, SESSION)?;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(&hash(text)).filter(|it| !it.is_over(now))?;
        session.used_at = session.used_at.max(now);
        Some(session.visitor.clone())
    }
}

/// Who asks: by token, or by session.
pub(crate) fn visitor(site: &Site, headers: &HeaderMap) -> Result<Visitor, Refusal> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match token {
        Some(token) => by_token(site.admin.as_deref(), token),
        None => site.visitors.of(headers, WallClock.now()).ok_or_else(|| {
            Refusal::new(
                StatusCode::UNAUTHORIZED,
                "not_signed_in",
                "sign in at /sign-in, or send `Authorization: Bearer TOKEN` with the admin's token",
            )
        }),
    }
}

fn by_token(admin: Option<&(Person, Secret)>, token: &str) -> Result<Visitor, Refusal> {
    let Some((person, secret)) = admin else {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            "nobody may write: configure [server.admin] with a name and a token",
        ));
    };
    if !secret.matches(token.trim()) {
        return Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "not_allowed",
            "the token is not the configured admin's",
        ));
    }
    Ok(Visitor { person: person.clone(), role: Role::Admin })
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn cookies(session: &str, role: &str, lasts: Span) -> [HeaderValue; 2] {
    let seconds = lasts.as_millis() / 1_000;
    // Both are made of letters, digits and hyphens here.
    let make = |text: String| HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    [
        make(format!("{SESSION}={session}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")),
        make(format!("{ROLE}={role}; Path=/; Max-Age={seconds}; SameSite=Lax")),
    ]
}

#[cfg(test)]
mod tests;
