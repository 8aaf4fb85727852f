//! Tokens for App Store Connect: signed here with the team's key (ES256), used for a quarter of an hour.

use crate::SettingsError;
use crate::http::Mint;
use crate::secret::Secret;
use async_trait::async_trait;
use conductor::SourceId;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ports::SourceError;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Apple takes tokens of 20 minutes at most, and none that is signed in the future.
const LASTS: u64 = 15 * 60;
/// How far our clock may be ahead of Apple's, in seconds.
const AHEAD: u64 = 60;
/// A token is used for so long: it ends a while after, whatever the clocks say.
const USED: Duration = Duration::from_mins(10);

/// Signs tokens.
pub(super) struct Key {
    id: SourceId,
    from: String,
    issuer: String,
    kid: String,
    signing: EncodingKey,
    kept: Mutex<Option<(Secret, Instant)>>,
}

#[derive(Serialize)]
struct Claim<'a> {
    iss: &'a str,
    iat: u64,
    exp: u64,
    aud: &'static str,
}

impl Key {
    /// Takes a key in PEM. Fails if it is none.
    pub(super) fn new(
        id: &SourceId,
        issuer: &str,
        key_id: &str,
        pem: &Secret,
        from: &str,
    ) -> Result<Self, SettingsError> {
        let key = EncodingKey::from_ec_pem(pem.expose().as_bytes()).map_err(|_| {
            let words = format!("{from} holds no key of Apple's; it begins with BEGIN PRIVATE KEY");
            SettingsError::new(id, "key", words)
        })?;
        Ok(Self {
            id: id.clone(),
            from: from.to_owned(),
            issuer: issuer.to_owned(),
            kid: key_id.to_owned(),
            signing: key,
            kept: Mutex::default(),
        })
    }
}

#[async_trait]
impl Mint for Key {
    async fn token(&self) -> Result<Secret, SourceError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, until)) = kept.as_ref()
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        // The real time, whatever the clock of a demonstration says: Apple compares it with its own.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        let iat = now.saturating_sub(AHEAD);
        let claim = Claim { iss: &self.issuer, iat, exp: iat + LASTS, aud: "appstoreconnect-v1" };
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        let signed = jsonwebtoken::encode(&header, &claim, &self.signing).map_err(|_| {
            SourceError::Refused {
                id: self.id.clone(),
                variable: self.from.clone(),
                status: 0,
                advice: "the key in it cannot sign; make a new one in App Store Connect".to_owned(),
            }
        })?;
        let token = Secret::new(signed);
        *kept = Some((token.clone(), Instant::now() + USED));
        Ok(token)
    }

    fn spoil(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
