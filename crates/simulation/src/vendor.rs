//! A vendor's door: a connector's request goes in, the world changes or not, and an answer comes back or not.
//! What was sent lands, whatever becomes of the process that sent it.

use crate::checks;
use crate::faults::{Fates, Reply, Side, Step};
use crate::life::{Life, pass};
use crate::sim::Shared;
use crate::world::{Came, Effect, Happening, app};
use async_trait::async_trait;
use conductor::observation::StorePhase;
use conductor::process::Action;
use conductor::{AppId, Moment, Platform, SourceId, Span, StoreKind};
use ports::{ActError, Acts, Order};
use std::sync::Arc;

/// How long a request takes at most.
pub(crate) const GIVES_UP: Span = Span::seconds(20);

/// One line's store, as one process acts on it.
pub(crate) struct Vendor {
    id: SourceId,
    line: usize,
    platform: Platform,
    store: StoreKind,
    shared: Arc<Shared>,
    life: Arc<Life>,
}

impl Vendor {
    /// The store of a line.
    pub(crate) fn new(id: &str, line: usize, shared: Arc<Shared>, life: Arc<Life>) -> Option<Self> {
        let (platform, store) = {
            let world = shared.world();
            let it = world.lines.get(line)?;
            (it.platform.clone(), it.store)
        };
        Some(Self { id: SourceId::new(id), line, platform, store, shared, life })
    }

    fn not_now(&self, words: &str) -> ActError {
        ActError::NotNow { id: self.id.clone(), words: words.to_owned() }
    }

    fn no_answer(&self, cause: &str) -> ActError {
        ActError::NoAnswer { id: self.id.clone(), cause: cause.to_owned() }
    }

    /// What a connector finds when it looks just before: whether the vendor would do it at all.
    fn look(&self, order: &Order) -> Result<Came, ActError> {
        let world = self.shared.world();
        let version = &order.track.version;
        let halted =
            world.train(self.line, version).is_some_and(|it| it.phase() == StorePhase::Halted);
        if halted && order.action == Action::CompleteRollout {
            return Err(self.not_now("it is halted"));
        }
        match world.would(self.line, version, order.action) {
            Came::Unfit => Err(self.not_now("it is not in a state for this")),
            came => Ok(came),
        }
    }

    /// The request arrives.
    fn lands(&self, order: Order) {
        let (shared, line) = (Arc::clone(&self.shared), self.line);
        let by = self.life.name.clone();
        let on_its_way = Span::millis(shared.world().dice.between(50, 15_000));
        tokio::spawn(async move {
            pass(on_its_way).await;
            let mut world = shared.world();
            checks::before_landing(&mut world, line, &order);
            let build = order.build.parse().ok();
            let came = world.carry_out(line, &order.track.version, order.action, build);
            if came == Came::Changed {
                if !world.keys.insert(order.key.clone()) {
                    world.wrong(format!("{} took effect twice", order.key));
                }
                world.effects.push(Effect { key: order.key, by });
                world.later(Span::default(), Happening::Landed);
            }
        });
    }
}

#[async_trait]
impl Acts for Vendor {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn lines(&self) -> Vec<(AppId, Platform)> {
        vec![(app(), self.platform.clone())]
    }
    fn actions(&self) -> &'static [Action] {
        match self.store {
            StoreKind::GooglePlay => &[
                Action::SubmitForReview,
                Action::CompleteRollout,
                Action::PauseRollout,
                Action::ResumeRollout,
            ],
            StoreKind::AppStore => &[
                Action::SubmitForReview,
                Action::StartRollout,
                Action::CompleteRollout,
                Action::PauseRollout,
                Action::ResumeRollout,
            ],
            StoreKind::Download => &[Action::Publish],
        }
    }
    fn gives_up_after(&self) -> Span {
        GIVES_UP
    }
    async fn act(&self, order: &Order, _now: Moment) -> Result<(), ActError> {
        let begun = self.shared.time.now();
        self.shared.pass(&self.life, Step::Request, Side::Before).await;
        if self.shared.time.now() - begun > GIVES_UP {
            // A connector's own time runs from the start: it stood still, and sends nothing any more.
            return Err(self.no_answer("no answer within 20 s"));
        }
        let came = self.look(order)?;
        checks::at_sending(&self.shared, &self.life, self.line, order);
        let reply = {
            let mut world = self.shared.world();
            *world.sends.entry(order.key.clone()).or_default() += 1;
            let crate::world::World { fates, dice, tally, .. } = &mut *world;
            let reply = fates.reply(dice, tally);
            fates.requested();
            let adversary =
                matches!(fates, Fates::Chance(kinds) if kinds.consoles) && dice.chance(80);
            if adversary {
                // A person in the console at the same moment.
                let after = Span::millis(dice.between(0, 20_000));
                let action = dice.pick(&[
                    Some(order.action),
                    Some(Action::PauseRollout),
                    Some(Action::ResumeRollout),
                    None,
                ]);
                let version = order.track.version.clone();
                let action = action.flatten();
                world.later(after, Happening::Console { line: self.line, version, action });
            }
            reply
        };
        if reply == Reply::ShowsLate {
            let mut world = self.shared.world();
            let lag = world.dice.hours(1, 30);
            let again = world.dice.hours(1, 40);
            let line = self.line;
            if let Some(it) = world.lines.get_mut(line) {
                it.lag = lag;
            }
            world.later(again, Happening::ShowsAgain(line));
        }
        let does = matches!(reply, Reply::Does | Reply::DoesInSilence | Reply::ShowsLate);
        if does && came == Came::Changed {
            self.lands(order.clone());
        }
        let waits = Span::millis(self.shared.world().dice.between(100, 18_000));
        pass(waits).await;
        self.shared.pass(&self.life, Step::Request, Side::After).await;
        match reply {
            Reply::Does | Reply::ShowsLate => Ok(()),
            Reply::DoesInSilence | Reply::Nothing => Err(self.no_answer("503")),
            Reply::Refuses => Err(ActError::Refused {
                id: self.id.clone(),
                words: "an agreement is not signed".to_owned(),
            }),
            Reply::NotNow => Err(self.not_now("409: another edit is open")),
        }
    }
}
