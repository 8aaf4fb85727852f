//! Access tokens for a service account: a signed claim is exchanged for a token, which is used until a
//! minute before it ends.

use super::wire;
use crate::SettingsError;
use crate::http::{Auth, Body, Http, Mint, Options};
use crate::secret::Secret;
use async_trait::async_trait;
use conductor::SourceId;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ports::SourceError;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the token is for.
const SCOPE: &str = "https://www.googleapis.com/auth/androidpublisher";
/// How long a claim may be exchanged, in seconds; Google takes an hour at most.
const CLAIM_LASTS: u64 = 3_600;
/// How far our clock may be ahead of Google's, in seconds.
const AHEAD: u64 = 30;
/// A token is renewed so long before it ends.
const BEFORE_END: Duration = Duration::from_mins(1);

/// Gives tokens.
pub(super) struct Grant {
    http: Http,
    from: String,
    email: String,
    key_id: Option<String>,
    audience: String,
    key: EncodingKey,
    /// One exchange at a time; whoever waits takes what it brought.
    exchange: tokio::sync::Mutex<()>,
    kept: Mutex<Option<(Secret, Instant)>>,
}

#[derive(Serialize)]
struct Claim<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
}

impl Grant {
    /// Takes a service account. Fails if its key is none.
    pub(super) fn new(
        id: &SourceId,
        account: wire::ServiceAccount,
        token_url: Option<&str>,
        from: &str,
        timeout: Duration,
    ) -> Result<Self, SettingsError> {
        let key = EncodingKey::from_rsa_pem(account.private_key.as_bytes()).map_err(|_| {
            let words = format!("the private key in {from} cannot be read; download the file anew");
            SettingsError::new(id, "credentials", words)
        })?;
        let url = token_url.unwrap_or(&account.token_uri);
        let mut options = Options::new(id.clone(), url, Auth::None);
        from.clone_into(&mut options.token_from);
        options.timeout = timeout;
        let http =
            Http::new(options).map_err(|error| SettingsError::new(id, "token_url", error.words))?;
        Ok(Self {
            http,
            from: from.to_owned(),
            email: account.client_email,
            key_id: account.private_key_id,
            audience: account.token_uri,
            key,
            exchange: tokio::sync::Mutex::new(()),
            kept: Mutex::default(),
        })
    }

    /// The client that asks for tokens.
    pub(super) fn client(&self) -> &Http {
        &self.http
    }

    fn kept(&self) -> Option<Secret> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(_, until)| Instant::now() < *until).map(|(token, _)| token.clone())
    }

    fn claim(&self) -> Result<String, SourceError> {
        // The real time, whatever the clock of a demonstration says: Google compares it with its own.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        let iat = now.saturating_sub(AHEAD);
        let claim = Claim {
            iss: &self.email,
            scope: SCOPE,
            aud: &self.audience,
            iat,
            exp: iat + CLAIM_LASTS,
        };
        let mut header = Header::new(Algorithm::RS256);
        header.kid.clone_from(&self.key_id);
        jsonwebtoken::encode(&header, &claim, &self.key)
            .map_err(|_| self.refused(0, "the key in it cannot sign; download the file anew"))
    }

    fn refused(&self, status: u16, advice: &str) -> SourceError {
        SourceError::Refused {
            id: self.http.id().clone(),
            variable: self.from.clone(),
            status,
            advice: advice.to_owned(),
        }
    }
}

#[async_trait]
impl Mint for Grant {
    async fn token(&self) -> Result<Secret, SourceError> {
        if let Some(token) = self.kept() {
            return Ok(token);
        }
        let _one = self.exchange.lock().await;
        if let Some(token) = self.kept() {
            return Ok(token);
        }
        let claim = self.claim()?;
        let form =
            [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &claim)];
        let granted =
            self.http.ask::<wire::Granted>("an access token", "", Body::Form(&form)).await;
        let granted = match granted {
            Ok(granted) => granted.value,
            Err(SourceError::Forbidden { status, .. }) => {
                return Err(self.refused(
                    status,
                    "see that the service account and its key still exist and that the clock is right",
                ));
            }
            Err(error) => return Err(error),
        };
        let lasts = Duration::from_secs(granted.expires_in).saturating_sub(BEFORE_END);
        let token = Secret::new(granted.access_token);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((token.clone(), Instant::now() + lasts));
        Ok(token)
    }

    fn spoil(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("from", &self.from).finish_non_exhaustive()
    }
}
