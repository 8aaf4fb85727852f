//! What goes wrong, where, and how often. A seed switches each kind of fault on or off, so that rare ones are not
//! always drowned by frequent ones.

use crate::dice::Dice;
use conductor::Span;
use std::collections::BTreeMap;

/// A guard that is taken away, to show that a run without it is caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// The store lets a conductor write whose lease was taken.
    LeaseCheck,
    /// The conductor acts on what its tick saw, without looking again.
    LookAgain,
    /// The store records a key that exists, and a second open intent.
    KeyUniqueness,
    /// The store lets a held track be claimed.
    HoldAtClaim,
    /// What is Unknown lets pass.
    UnknownStops,
}

impl Weakness {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::LeaseCheck,
        Self::LookAgain,
        Self::KeyUniqueness,
        Self::HoldAtClaim,
        Self::UnknownStops,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeaseCheck => "lease-check",
            Self::LookAgain => "look-again",
            Self::KeyUniqueness => "key-uniqueness",
            Self::HoldAtClaim => "hold-at-claim",
            Self::UnknownStops => "unknown-stops",
        }
    }
}

/// What a process is about to do, or has just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Takes or renews the lease.
    Lease,
    /// Keeps a tick.
    Keep,
    /// Records an intent.
    Record,
    /// Claims it.
    Claim,
    /// Writes that the request leaves.
    Sent,
    /// The request itself.
    Request,
    /// Writes what the vendor answered; where that is nothing, what the process writes next.
    Answer,
    /// Writes the intent's end.
    Done,
    /// Asks the store something.
    Ask,
    /// Asks a source something.
    Read,
}

impl Step {
    /// Those that are durable, in the order of an action's life, and the request among them.
    pub const DURABLE: [Self; 8] = [
        Self::Lease,
        Self::Keep,
        Self::Record,
        Self::Claim,
        Self::Sent,
        Self::Request,
        Self::Answer,
        Self::Done,
    ];
}

/// Whether a step is still to come or is past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// It has not been taken.
    Before,
    /// It has been taken, and the process does not know it yet.
    After,
}

/// What happens to a process at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing.
    On,
    /// It crashes.
    Dies,
    /// It stands still for so long.
    Freezes(Span),
    /// The step takes so long.
    Slow(Span),
    /// The step fails: before, nothing was done; after, it was, and the answer is lost.
    Fails,
}

/// What a vendor makes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It does it and says so.
    Does,
    /// It does it, and the answer is lost: a 5xx after the effect, or a time-out.
    DoesInSilence,
    /// It does nothing, and no answer comes: a 5xx before the effect, or a time-out.
    Nothing,
    /// It refuses for good.
    Refuses,
    /// It is not in a state for it: 409, 429, another edit.
    NotNow,
    /// It does it and says so, and shows it much later.
    ShowsLate,
}

impl Reply {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::Does,
        Self::DoesInSilence,
        Self::Nothing,
        Self::Refuses,
        Self::NotNow,
        Self::ShowsLate,
    ];
}

/// How a source answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it should.
    #[default]
    Good,
    /// Not at all.
    Down,
    /// So late.
    Slow(Span),
    /// An empty list as the whole.
    Wrong,
    /// What it said when this began, and says so.
    Stale,
    /// With a clock that goes ten minutes ahead.
    Ahead,
    /// With a clock that goes two hours behind.
    Behind,
    /// A part of its list, and says so.
    Partial,
}

/// One place, and how often there is something wrong there, in ten thousand.
type Odds = [(Fate, u64); 4];

/// A crash that is to happen at one step of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    /// At which step.
    pub step: Step,
    /// Before or after it.
    pub side: Side,
    /// How the vendor answers the first request.
    pub reply: Reply,
    /// Whether the crash is still to come.
    pub armed: bool,
    /// Whether a request has left: the next write is the answer's.
    pub requested: bool,
}

/// What goes wrong in a run.
#[derive(Clone, Debug)]
pub(crate) enum Fates {
    /// Nothing.
    Good,
    /// What the dice say, for the kinds that the seed switched on.
    Chance(Kinds),
    /// One crash.
    Script(Script),
}

/// Which kinds of faults a seed has.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Kinds {
    /// Processes crash.
    pub crashes: bool,
    /// Processes stand still.
    pub freezes: bool,
    /// The store is slow, full or gone.
    pub store: bool,
    /// The vendor answers badly.
    pub vendor: bool,
    /// Sources answer badly.
    pub sources: bool,
    /// Clocks leap.
    pub clocks: bool,
    /// People act in consoles.
    pub consoles: bool,
}

impl Kinds {
    /// The kinds of a seed.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut on = || dice.chance(700);
        Self {
            crashes: on(),
            freezes: on(),
            store: on(),
            vendor: on(),
            sources: on(),
            clocks: on(),
            consoles: on(),
        }
    }
}

/// How often each kind of fault was injected.
pub type Tally = BTreeMap<&'static str, u64>;

/// Counts one.
pub(crate) fn count(tally: &mut Tally, what: &'static str) {
    *tally.entry(what).or_default() += 1;
}

impl Fates {
    /// What happens here.
    pub(crate) fn at(
        &mut self,
        step: Step,
        side: Side,
        dice: &mut Dice,
        tally: &mut Tally,
    ) -> Fate {
        match self {
            Self::Good => Fate::On,
            Self::Script(script) => script.at(step, side, tally),
            Self::Chance(kinds) => {
                let fate = kinds.at(step, side, dice);
                match fate {
                    Fate::On => {}
                    Fate::Dies => count(tally, "process crashed"),
                    Fate::Freezes(_) => count(tally, "process stood still"),
                    Fate::Slow(_) => count(tally, "store was slow"),
                    Fate::Fails if side == Side::Before => count(tally, "store refused a call"),
                    Fate::Fails => count(tally, "store did it and failed"),
                }
                fate
            }
        }
    }

    /// What the vendor makes of a request.
    pub(crate) fn reply(&mut self, dice: &mut Dice, tally: &mut Tally) -> Reply {
        match self {
            Self::Good => Reply::Does,
            Self::Script(script) if script.requested => Reply::Does,
            Self::Script(script) => script.reply,
            Self::Chance(kinds) if kinds.vendor && dice.chance(450) => {
                let reply = dice.pick(&Reply::ALL).unwrap_or(Reply::Does);
                match reply {
                    Reply::Does => {}
                    Reply::DoesInSilence => count(tally, "vendor did it and failed"),
                    Reply::Nothing => count(tally, "vendor failed before it did it"),
                    Reply::Refuses => count(tally, "vendor refused"),
                    Reply::NotNow => count(tally, "vendor said not now"),
                    Reply::ShowsLate => count(tally, "vendor showed it late"),
                }
                reply
            }
            Self::Chance(_) => Reply::Does,
        }
    }

    /// A request has left.
    pub(crate) fn requested(&mut self) {
        if let Self::Script(script) = self {
            script.requested = true;
        }
    }
}

impl Script {
    fn at(&mut self, step: Step, side: Side, tally: &mut Tally) -> Fate {
        let is_write = matches!(
            step,
            Step::Lease | Step::Keep | Step::Record | Step::Claim | Step::Sent | Step::Done
        );
        let step = if self.step == Step::Answer && self.requested && is_write {
            Step::Answer
        } else {
            step
        };
        if self.armed && step == self.step && side == self.side {
            self.armed = false;
            count(tally, "process crashed");
            return Fate::Dies;
        }
        Fate::On
    }
}

impl Kinds {
    fn at(self, step: Step, side: Side, dice: &mut Dice) -> Fate {
        let odds = self.odds(step, side, dice);
        let mut drawn = dice.bits() % 10_000;
        for (fate, weight) in odds {
            if drawn < weight {
                return fate;
            }
            drawn -= weight;
        }
        Fate::On
    }

    fn odds(self, step: Step, side: Side, dice: &mut Dice) -> Odds {
        let (dies, freezes, slow, fails) = match step {
            Step::Read => (1, 1, 0, 0),
            Step::Lease | Step::Keep | Step::Ask => (5, 5, 20, 15),
            Step::Record | Step::Claim | Step::Sent | Step::Answer | Step::Done => {
                (200, 150, 200, 200)
            }
            Step::Request => (300, 250, 0, 0),
        };
        let weight = |on: bool, weight: u64| if on { weight } else { 0 };
        let long = if dice.chance(300) { dice.hours(1, 40) } else { dice.minutes(0, 25) };
        // An answer that is late is late once: before the step it is a queue, after it a network.
        let late = if side == Side::Before { dice.minutes(0, 1) } else { Span::seconds(1) };
        [
            (Fate::Dies, weight(self.crashes, dies)),
            (Fate::Freezes(long), weight(self.freezes, freezes)),
            (Fate::Slow(late), weight(self.store, slow)),
            (Fate::Fails, weight(self.store, fails)),
        ]
    }
}
