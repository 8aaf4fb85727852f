//! Sentry
use super::{Answer, Ask};
use crate::world::World;
use serde_json::json;
pub(super) fn refusal(status: u16, text: &str) -> Answer {
    Answer::status(status, json!({"detail": text}))
}
pub(super) fn answer(_world: &mut World, _ask: &Ask) -> Answer {
    refusal(404, "not found")
}
