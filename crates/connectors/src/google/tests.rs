//! A service account for tests of what uses Google's APIs.

use crate::secret::Secrets;
use serde_json::json;
use std::path::Path;

const RSA: &str = include_str!("../../../simulator/keys/demonstration-google.pem");

/// Secrets that hold a service account whose tokens are given out at an address.
pub(crate) struct Account(String);

impl Account {
    /// Tokens are given out below this address.
    pub(crate) fn at(url: &str) -> Self {
        let file = json!({ "client_email": "robot@example.iam", "private_key": RSA,
            "token_uri": format!("{url}/token") });
        Self(file.to_string())
    }
}

impl Secrets for Account {
    fn env(&self, _: &str) -> Option<String> {
        Some(self.0.clone())
    }
    fn file(&self, _: &Path) -> Result<String, String> {
        Ok(self.0.clone())
    }
}
