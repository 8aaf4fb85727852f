//! What all parts of one run share: the truth, the store, and what was heard of it.

use crate::faults::{Fate, Side, Step, Weakness};
use crate::life::{Life, Time, pass};
use crate::memory::Memory;
use crate::sources::{Heard, Hearsay};
use crate::world::World;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The truth, the store, and what was heard of it. Where two are locked, the store comes first.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The world's time.
    pub time: Time,
    /// The guard that is taken away in this run.
    pub weakness: Option<Weakness>,
    world: Mutex<World>,
    memory: Mutex<Memory>,
    heard: Mutex<Hearsay>,
}

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// A run's beginning.
    pub(crate) fn new(world: World, weakness: Option<Weakness>) -> Self {
        Self {
            time: world.time,
            weakness,
            world: Mutex::new(world),
            memory: Mutex::new(Memory::new(weakness)),
            heard: Mutex::new(Hearsay::new()),
        }
    }

    /// The truth.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        locked(&self.world)
    }

    /// The store.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        locked(&self.memory)
    }

    /// A process heard something.
    pub(crate) fn heard(&self, process: usize, source: &'static str, heard: Heard) {
        locked(&self.heard).insert((process, source), heard);
    }

    /// What a process last heard from a source.
    pub(crate) fn last_heard(&self, process: usize, source: &'static str) -> Option<Heard> {
        locked(&self.heard).get(&(process, source)).copied()
    }

    /// A process passes a step, if it does. True if the step fails.
    pub(crate) async fn pass(&self, life: &Life, step: Step, side: Side) -> bool {
        life.gate().await;
        let fate = {
            let mut world = self.world();
            let World { fates, dice, tally, .. } = &mut *world;
            fates.at(step, side, dice, tally)
        };
        match fate {
            Fate::On => return false,
            Fate::Fails => return true,
            Fate::Dies => life.die(),
            Fate::Freezes(long) => life.freeze(long),
            Fate::Slow(long) => pass(long).await,
        }
        life.gate().await;
        false
    }
}
