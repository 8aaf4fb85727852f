//! stub
use serde::{Deserialize, Serialize};
/// stub
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Condition {
    /// stub
    BuildVerified,
}
impl Condition {
    /// stub
    pub fn flaws(&self) -> Vec<String> {
        Vec::new()
    }
}
