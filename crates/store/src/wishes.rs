//! What people's wishes come to: all wishes of a track, in order, folded into what is in force. Pure,
//! and the same for every database.

use conductor::Interventions;
use ports::Wish;

/// What is in force after all wishes, oldest first. Its intents are left out: they have a life of their own.
pub(crate) fn fold(wishes: impl IntoIterator<Item = Wish>) -> Interventions {
    let mut laid = Interventions::default();
    for wish in wishes {
        lay(&mut laid, wish);
    }
    laid
}

fn lay(laid: &mut Interventions, wish: Wish) {
    match wish {
        Wish::Hold(hold) => laid.holds.push(hold),
        Wish::Release => laid.holds.clear(),
        Wish::Waive(waiver) => {
            laid.waivers.retain(|it| it.rule != waiver.rule || it.build != waiver.build);
            laid.waivers.push(waiver);
        }
        Wish::Unwaive(rule) => laid.waivers.retain(|it| it.rule != rule),
        Wish::SignOff(sign_off) => laid.sign_offs.push(sign_off),
        Wish::Tick(tick) => laid.ticks.push(tick),
        Wish::Approve(approval) => laid.approvals.push(approval),
        Wish::Emergency(said) => laid.emergency = said,
        Wish::Candidate(mark) => laid.candidates.push(mark),
        Wish::Finished(at) => laid.finished_at = Some(at),
        Wish::Cancel(hold) => laid.cancelled = Some(hold),
        Wish::Answer(..) | Wish::Order(_) => {} // About an intent; lays nothing over the track.
    }
}
