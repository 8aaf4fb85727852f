//! Secrets: settings name where one lies, never what it is. A value is taken once, at the start, and is
//! shown by nothing: not by `Debug`, not by an error, not by a log line.

use crate::SettingsError;
use conductor::SourceId;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a secret lies: `{ env = "GITHUB_TOKEN" }` or `{ file = "/run/secrets/github" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    /// In this environment variable.
    Env(String),
    /// In this file; a relative path counts from the folder of the settings.
    File(PathBuf),
}

/// For messages: `GITHUB_TOKEN`, `/run/secrets/github`.
impl fmt::Display for SecretFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => f.write_str(name),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

const HOW: &str = "{ env = \"NAME\" } or { file = \"PATH\" }";

/// By hand: serde's own message for a wrong type would repeat the value, and somebody may have written
/// the secret itself there.
impl<'de> Deserialize<'de> for SecretFrom {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = SecretFrom;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(HOW)
            }
            fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretFrom, E> {
                Err(E::custom(format!(
                    "a secret does not belong in the settings; say where it lies: {HOW}"
                )))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretFrom, A::Error> {
                let mut found = None;
                while let Some(key) = map.next_key::<String>()? {
                    let value: String = map.next_value()?;
                    let one = match key.as_str() {
                        "env" => SecretFrom::Env(value),
                        "file" => SecretFrom::File(PathBuf::from(value)),
                        _ => return Err(de::Error::unknown_field(&key, &["env", "file"])),
                    };
                    if found.replace(one).is_some() {
                        return Err(de::Error::custom("give either `env` or `file`, not both"));
                    }
                }
                found.ok_or_else(|| de::Error::custom(format!("nothing is named; write {HOW}")))
            }
        }
        from.deserialize_any(Reader)
    }
}

/// A secret. Only [`Secret::expose`] gives it away.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret; white space around it is dropped, as files end in a new line.
    pub fn new(value: impl AsRef<str>) -> Self {
        Self(value.as_ref().trim().to_owned())
    }
    /// The value, for the header or signature that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
    /// Whether somebody presented the same secret. Takes as long for a wrong one as for the right one of the
    /// same length.
    pub fn matches(&self, presented: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), presented.as_bytes());
        ours.len() == theirs.len()
            && ours.iter().zip(theirs).fold(0, |so_far, (a, b)| so_far | (a ^ b)) == 0
    }
    /// A text with the secret struck out, should somebody have repeated it.
    pub(crate) fn strike(&self, text: String) -> String {
        // A very short one would strike out half the alphabet.
        if self.0.len() >= 4 && text.contains(&self.0) {
            text.replace(&self.0, "***")
        } else {
            text
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Gives secrets by where they lie.
pub trait Secrets {
    /// The value of an environment variable; `None` if it is not set or is no text.
    fn env(&self, name: &str) -> Option<String>;
    /// The content of a file; the error's words if it cannot be read.
    fn file(&self, path: &Path) -> Result<String, String>;
}

/// Secrets from the process' environment and from files beside the settings.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The folder from which relative paths count.
    pub folder: PathBuf,
}

impl Secrets for Surroundings {
    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
    fn file(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(self.folder.join(path)).map_err(|error| error.kind().to_string())
    }
}

impl SecretFrom {
    /// Takes the secret for a source whose settings name it under `key`.
    pub(crate) fn take_for(
        &self,
        id: &SourceId,
        key: &str,
        secrets: &dyn Secrets,
    ) -> Result<Secret, SettingsError> {
        self.take(secrets).map_err(|words| SettingsError::new(id, key, words))
    }

    /// Takes the secret from where it lies. Fails if it is not there or empty; the words say what to do.
    pub fn take(&self, secrets: &dyn Secrets) -> Result<Secret, String> {
        let value = match self {
            Self::Env(name) => secrets
                .env(name)
                .ok_or_else(|| format!("the variable {name} is not set; set it, or name a file"))?,
            Self::File(path) => secrets.file(path).map_err(|why| {
                format!(
                    "the file {} cannot be read ({why}); create it, or name a variable",
                    path.display()
                )
            })?,
        };
        let secret = Secret::new(value);
        if secret.0.is_empty() {
            return Err(format!("{self} is empty; put the secret there"));
        }
        Ok(secret)
    }
}

#[cfg(test)]
mod tests;
