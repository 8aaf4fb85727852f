//! What Google's APIs have in common: a service account, whose signed claim is exchanged for a token that is used
//! until a minute before it ends; and names of packages.

use crate::SettingsError;
use crate::http::{Auth, Body, Http, Mint, Options};
use crate::secret::{Secret, SecretFrom, Secrets};
use crate::source::Within;
use async_trait::async_trait;
use conductor::{AppId, SourceId};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ports::SourceError;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a claim may be exchanged, in seconds; Google takes an hour at most.
const CLAIM_LASTS: u64 = 3_600;
/// How far our clock may be ahead of Google's, in seconds.
const AHEAD: u64 = 30;
/// A token is renewed so long before it ends.
const BEFORE_END: Duration = Duration::from_mins(1);

/// A service account's file, as Google hands it out.
#[derive(Deserialize)]
struct ServiceAccount {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
    #[serde(default = "token_uri")]
    token_uri: String,
}

fn token_uri() -> String {
    "https://oauth2.googleapis.com/token".to_owned()
}

/// The answer to the bearer grant.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default = "an_hour")]
    expires_in: u64,
}

const fn an_hour() -> u64 {
    3_600
}

/// How one of Google's APIs is reached.
pub(crate) struct Access<'a> {
    /// Where the service account's file lies; settings name it under `credentials`.
    pub(crate) credentials: &'a SecretFrom,
    /// The address of the API.
    pub(crate) base_url: &'a str,
    /// Where tokens are given out, if not where the file says.
    pub(crate) token_url: Option<&'a str>,
    /// How long one call may take.
    pub(crate) timeout: Within,
    /// What the token is for.
    pub(crate) scope: &'static str,
    /// What a person does when it may not look.
    pub(crate) advice: &'static str,
}

impl Access<'_> {
    /// The client of the API, and what gives it tokens.
    pub(crate) fn open(
        &self,
        id: &SourceId,
        secrets: &dyn Secrets,
    ) -> Result<(Http, Arc<Grant>), SettingsError> {
        let file = self.credentials.take_for(id, "credentials", secrets)?;
        // serde's words could repeat what is in the file.
        let account: ServiceAccount = serde_json::from_str(file.expose()).map_err(|_| {
            let words = format!(
                "{} holds no service account; download its key as JSON in the Google Cloud console",
                self.credentials
            );
            SettingsError::new(id, "credentials", words)
        })?;
        let grant = Arc::new(Grant::new(id, account, self)?);
        let mut options = Options::new(id.clone(), self.base_url, Auth::Minted(grant.clone()));
        options.token_from = self.credentials.to_string();
        options.advice = self.advice;
        options.timeout = self.timeout.into();
        Ok((Http::new(options)?, grant))
    }
}

/// Refuses what is no package name.
pub(crate) fn check_package(
    id: &SourceId,
    app: &AppId,
    package: &str,
) -> Result<(), SettingsError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    if package.is_empty() || !package.chars().all(plain) {
        let words = "this is no package name; write it as in com.tunelark.music";
        return Err(SettingsError::new(id, format!("apps.{app}.package"), words));
    }
    Ok(())
}

/// Gives tokens.
pub(crate) struct Grant {
    http: Http,
    scope: &'static str,
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
    fn new(
        id: &SourceId,
        account: ServiceAccount,
        access: &Access<'_>,
    ) -> Result<Self, SettingsError> {
        let from = access.credentials.to_string();
        let key = EncodingKey::from_rsa_pem(account.private_key.as_bytes()).map_err(|_| {
            let words = format!("the private key in {from} cannot be read; download the file anew");
            SettingsError::new(id, "credentials", words)
        })?;
        let url = access.token_url.unwrap_or(&account.token_uri);
        let mut options = Options::new(id.clone(), url, Auth::None);
        options.token_from.clone_from(&from);
        options.timeout = access.timeout.into();
        let http =
            Http::new(options).map_err(|error| SettingsError::new(id, "token_url", error.words))?;
        Ok(Self {
            http,
            scope: access.scope,
            from,
            email: account.client_email,
            key_id: account.private_key_id,
            audience: account.token_uri,
            key,
            exchange: tokio::sync::Mutex::new(()),
            kept: Mutex::default(),
        })
    }

    /// The client that asks for tokens.
    pub(crate) fn client(&self) -> &Http {
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
            scope: self.scope,
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
        let granted = self.http.ask::<Granted>("an access token", "", Body::Form(&form)).await;
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

#[cfg(test)]
pub(crate) mod tests;
