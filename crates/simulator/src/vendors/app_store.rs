//! App Store
use super::{Answer, Ask};
use crate::world::World;
use serde_json::json;
pub(super) fn refusal(status: u16, code: &str, text: &str) -> Answer {
    Answer::status(
        status,
        json!({"errors": [{"status": status.to_string(), "code": code, "detail": text}]}),
    )
}
pub(super) fn answer(_world: &mut World, _ask: &Ask) -> Answer {
    refusal(404, "NOT_FOUND", "")
}
