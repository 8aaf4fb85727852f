//! Being written.

use crate::secret::Secrets;
use crate::{Opened, SettingsError};
use conductor::SourceId;
use serde::Deserialize;

/// Settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

pub(crate) fn open(id: SourceId, _: Settings, _: &dyn Secrets) -> Result<Opened, SettingsError> {
    Err(SettingsError::new(&id, "kind", "this kind of source cannot be read yet"))
}
