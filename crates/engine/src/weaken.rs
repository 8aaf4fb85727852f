//! Guards that a simulation takes away, to show that it would find their absence. This file is in no program that is
//! shipped: it is built for tests and under the feature `weaken` alone.

use crate::tick::Engine;
use conductor::Decision;
use conductor::decide::{Inputs, Next};
use conductor::finding::Verdict;
use conductor::track::Standing;
use std::sync::atomic::{AtomicU8, Ordering};

/// A guard of the engine that can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Weakness {
    /// Acts on what the tick saw.
    NoSecondLook = 1,
    /// Takes Unknown for Met.
    UnknownPasses = 2,
}

/// Which guard is away.
#[derive(Debug, Default)]
pub(crate) struct Weakened(AtomicU8);

impl Weakened {
    pub(crate) fn is(&self, weakness: Weakness) -> bool {
        self.0.load(Ordering::Relaxed) == weakness as u8
    }
}

impl Engine {
    /// Takes a guard away.
    pub fn weaken(&self, weakness: Weakness) {
        self.weakened.0.store(weakness as u8, Ordering::Relaxed);
    }
}

/// The decision of a conductor to whom Unknown is as good as Met.
pub(crate) fn let_unknown_pass(line: Vec<(Inputs, Decision)>) -> Vec<(Inputs, Decision)> {
    let pass = |(inputs, decision)| {
        let decision = passing(&inputs, decision);
        (inputs, decision)
    };
    line.into_iter().map(pass).collect()
}

fn passing(inputs: &Inputs, mut decision: Decision) -> Decision {
    let rules = || decision.findings.iter().chain(&decision.guards);
    let waits = decision.next == Next::Wait && decision.standing == Standing::Running;
    let passes = rules().all(|it| it.effective() != Verdict::Unmet);
    let unknown = rules().any(|it| it.effective() == Verdict::Unknown);
    if waits
        && passes
        && unknown
        && inputs.people.open_intent.is_none()
        && let Some((action, mode)) = decision.ahead
    {
        decision.next = Next::Fire { action, mode };
    }
    decision
}
