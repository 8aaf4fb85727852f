//! Google Play
use super::{Answer, Ask};
use crate::world::World;
use serde_json::json;
pub(super) fn refusal(status: u16, text: &str, reason: &str) -> Answer {
    Answer::status(status, json!({"error": {"code": status, "message": text, "reason": reason}}))
}
pub(super) fn answer(_world: &mut World, _ask: &Ask) -> Answer {
    refusal(404, "Not Found", "notFound")
}
