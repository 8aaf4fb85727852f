//! What must always hold (CONDUCTOR §7), seen from the world's side: what was true, what was said, and what left.
//! Nothing here knows how the conductor decides.

use crate::calendar;
use crate::faults::Manner;
use crate::life::Life;
use crate::sim::Shared;
use crate::world::{TEAMS, Train, World};
use conductor::finding::Verdict;
use conductor::observation::StorePhase;
use conductor::people::Answer;
use conductor::process::Action;
use conductor::{Interventions, Moment, Span, StoreKind, TrackId};
use engine::Published;
use ports::{Clock, Order};

/// How long after a look something may have changed without the conductor's fault: the look itself, a store that is
/// slow, and the request on its way.
const SLACK: Span = Span::seconds(90);
/// How soon after a person's hold nothing leaves any more, whatever was claimed before.
const STOPS_WITHIN: Span = Span::seconds(5);
/// How far ahead of ours a clock may go, with the slack.
const AHEAD: Span = Span::minutes(4);
/// How long the first share is served at least: a day, but for the age that the store's word may have.
const SOAKED: Span = Span::minutes(24 * 60 - 21);

/// The name of a line's store among the sources.
pub(crate) fn shop(line: usize) -> &'static str {
    if line == 0 { "shop-0" } else { "shop-1" }
}

/// Looks at a request of the conductor's that is just leaving.
pub(crate) fn at_sending(shared: &Shared, life: &Life, line: usize, order: &Order) {
    let mut wrongs: Vec<String> = Vec::new();
    let memory = shared.memory();
    let mut world = shared.world();
    let now = world.now();
    let on_duty = memory.lease.as_ref().is_some_and(|it| it.holder == life.name);
    if !on_duty && now - memory.taken_at > Span::seconds(1) {
        wrongs.push(format!("{} sent {} without the lease", life.name, order.key));
    }
    let is_stop = order.action == Action::PauseRollout;
    if let Some(held) = memory.held.get(&order.track)
        && !matches!(order.action, Action::PauseRollout | Action::ResumeRollout)
    {
        let claimed = memory.claimed.get(&order.key);
        if claimed.is_none_or(|claimed| held <= claimed) {
            wrongs.push(format!("{} was claimed while it was held", order.key));
        } else if now - *held > STOPS_WITHIN {
            wrongs.push(format!("{} left {} after a person held it", order.key, now - *held));
        }
    }
    let by_person =
        memory.intents.iter().any(|(key, it)| it.by.is_some() && key.to_string() == order.key);
    if !by_person {
        let laid = memory.laid.get(&order.track).cloned().unwrap_or_default();
        let case = Case { world: &world, life, line, order, laid: &laid, now };
        if !is_stop {
            case.heard(shared, &mut wrongs);
        }
        case.holds(&memory.laid, &mut wrongs);
    }
    drop(memory);
    for it in wrongs {
        world.wrong(it);
    }
}

struct Case<'a> {
    world: &'a World,
    life: &'a Life,
    line: usize,
    order: &'a Order,
    laid: &'a Interventions,
    now: Moment,
}

impl Case<'_> {
    /// What the action rests on, by source, and how old that may be.
    fn rests_on(&self) -> Vec<(&'static str, Span)> {
        let (short, long) = (Span::minutes(20), Span::hours(1));
        let shop = shop(self.line);
        match self.order.action {
            Action::SubmitForReview => {
                vec![("git", short), ("tracker", short), ("crashes", long), (shop, long)]
            }
            Action::Publish => vec![("git", short), ("tracker", short), (shop, long)],
            Action::StartRollout => vec![(shop, short)],
            Action::CompleteRollout => vec![("tracker", short), ("crashes", long), (shop, short)],
            _ => Vec::new(),
        }
    }

    /// Every source was asked just before, answered, and vouched for a moment that is neither old nor to come.
    fn heard(&self, shared: &Shared, wrongs: &mut Vec<String>) {
        let key = &self.order.key;
        for (source, max_age) in self.rests_on() {
            let Some(heard) = shared.last_heard(self.life.id, source) else {
                wrongs.push(format!("{key} left and {source} was never asked"));
                continue;
            };
            if self.now - heard.asked_at > SLACK {
                let ago = self.now - heard.asked_at;
                wrongs.push(format!("{key} left {ago} after {source} was asked"));
            }
            match heard.vouched {
                None => wrongs.push(format!("{key} left though {source} gave no answer")),
                Some(at) if heard.clock - at > max_age => {
                    wrongs.push(format!("{key} left on what {source} vouched for {at}"));
                }
                Some(at) if at - heard.clock > AHEAD => {
                    wrongs.push(format!("{key} left on what {source} says of the future"));
                }
                Some(_) => {}
            }
        }
    }

    /// Whether a source tells the truth, and has for a while.
    fn is_honest(&self, source: &'static str) -> bool {
        let manner = self.world.manners.get(source).copied().unwrap_or_default();
        let lies = matches!(manner, Manner::Wrong | Manner::Stale | Manner::Behind);
        let lied = self.world.lied_until.get(source);
        let lags = source == shop(self.line)
            && self.world.lines.get(self.line).is_some_and(|it| it.lag > Span::default());
        !lies && !lags && lied.is_none_or(|until| self.now - *until > SLACK)
    }

    fn long_since(&self, since: Option<Moment>) -> bool {
        since.is_some_and(|since| self.now - since > SLACK)
    }

    /// What has to be so in truth is so, or was a moment ago.
    fn holds(
        &self,
        all: &std::collections::BTreeMap<TrackId, Interventions>,
        wrongs: &mut Vec<String>,
    ) {
        let Self { world, order, line, .. } = *self;
        let version = &order.track.version;
        let Some(train) = world.train(line, version) else { return };
        let store = world.lines.get(line).map(|it| it.store);
        let mut wrong = |what: &str| wrongs.push(format!("{} left though {what}", order.key));
        let number: u32 = order.build.parse().unwrap_or(0);
        let made = train.build(number);
        let before = self.now - SLACK;
        let bugs = || self.is_honest("tracker") && world.known_bugs(line, version, before) > 0;
        match order.action {
            Action::SubmitForReview | Action::Publish => {
                if self.is_honest("git") {
                    if self.long_since(train.untested_since) {
                        wrong("its tests have not passed");
                    }
                    if made.is_none_or(|it| self.long_since(it.stale_since)) {
                        wrong("its build lacks commits");
                    }
                }
                if bugs() {
                    wrong("a bug blocks it");
                }
                for team in TEAMS {
                    if !signed(self.laid, train, team, number) {
                        wrong(&format!("{team} has not signed it off"));
                    }
                }
                if store != Some(StoreKind::Download)
                    && self.is_honest("crashes")
                    && made.is_none_or(|it| !is_good(it.beta, 2_000, 995_000))
                {
                    wrong("its beta is not known to be good");
                }
                if store != Some(StoreKind::AppStore) && !self.is_open() {
                    wrong("no window is open");
                }
                if self.is_honest(shop(line)) && self.is_in_the_way(all) {
                    wrong("another version is in the way");
                }
            }
            Action::StartRollout => {
                if store == Some(StoreKind::AppStore) && !self.is_open() {
                    wrong("no window is open");
                }
            }
            Action::CompleteRollout => {
                let rolled = train.rolled_until(self.now);
                // The store says by its clock when it began; ours may go ahead. A leap of ours shortens nothing.
                let wrong_by = self.life.ahead().max(Span::default()).max(world.apart);
                let soaked = rolled.as_millis() + wrong_by.as_millis() >= SOAKED.as_millis();
                if self.is_honest(shop(line)) && !soaked {
                    wrong(&format!("it was served for {rolled} only"));
                }
                if bugs() {
                    wrong("a bug blocks it");
                }
                if self.is_honest("crashes")
                    && !live(train).is_some_and(|it| is_good(it, 5_000, 995_000))
                {
                    wrong("it is not known to be good");
                }
            }
            Action::PauseRollout => {
                if self.is_honest("crashes")
                    && live(train).is_some_and(|it| is_good(it, 1, 989_100))
                {
                    wrong("it is well");
                }
            }
            Action::MarkCandidate | Action::Finish | Action::ResumeRollout => {}
        }
    }

    /// Whether a window was open by the conductor's own clock, now or a moment ago.
    fn is_open(&self) -> bool {
        let clock = self.life.now();
        [clock, clock - SLACK].into_iter().any(calendar::is_open)
    }

    /// Whether another version of the line has been under way for a while.
    fn is_in_the_way(&self, all: &std::collections::BTreeMap<TrackId, Interventions>) -> bool {
        let Some(line) = self.world.lines.get(self.line) else { return false };
        let ours = &self.order.track.version;
        if ours.numbers().len() > 2 {
            return false; // A hotfix goes first.
        }
        line.trains.iter().filter(|(it, _)| *it != ours).any(|(version, train)| {
            let track = TrackId { version: version.clone(), ..self.order.track.clone() };
            let over = all
                .get(&track)
                .is_some_and(|it| it.cancelled.is_some() || it.finished_at.is_some());
            let busy = matches!(
                train.phase(),
                StorePhase::InReview
                    | StorePhase::Approved
                    | StorePhase::NeedsPerson
                    | StorePhase::RollingOut
                    | StorePhase::Halted
                    | StorePhase::Rejected
            );
            !over && busy && self.long_since(train.stand().map(|it| it.at))
        })
    }
}

/// Sessions and crashes of the public with the build that the store has.
fn live(train: &Train) -> Option<(u64, u64)> {
    train.build(train.stand()?.build).map(|it| it.public)
}

/// Whether so many sessions show at least that rate.
fn is_good((sessions, crashed): (u64, u64), least: u64, ppm: u64) -> bool {
    sessions >= least && (sessions - crashed) * 1_000_000 >= sessions * ppm
}

/// Whether a team signed this build off, or one before it since which nothing of its own changed.
fn signed(laid: &Interventions, train: &Train, team: &str, number: u32) -> bool {
    let place = |build: u32| {
        let sha = &train.build(build)?.sha;
        train.commits.iter().position(|it| it.sha == *sha)
    };
    laid.sign_offs.iter().rfind(|it| it.team == team).is_some_and(|said| {
        let of: u32 = said.build.parse().unwrap_or(0);
        let carried = match (place(of), place(number)) {
            (Some(from), Some(to)) => {
                let between = train.commits.iter().skip(from + 1).take(to.saturating_sub(from));
                !between.into_iter().any(|it| it.area == team)
            }
            // Rewritten since it was sent on its way.
            _ => true,
        };
        said.answer == Answer::Given && (of == number || carried)
    })
}

/// Looks at a request that lands: nothing that a person stopped is set going again.
pub(crate) fn before_landing(world: &mut World, line: usize, order: &Order) {
    let now = world.now();
    let Some(train) = world.train(line, &order.track.version) else { return };
    let Some(stand) = train.stand() else { return };
    let goes = matches!(order.action, Action::CompleteRollout | Action::StartRollout);
    if goes && stand.phase == StorePhase::Halted && now - stand.at > SLACK {
        world.wrong(format!("{} set going again what was halted", order.key));
    }
}

/// Looks at what is published: everything that is not met says whose it is and what comes next.
pub(crate) fn at_tick(world: &mut World, published: &Published) {
    for (track, decided) in &published.tracks {
        let decision = &decided.decision;
        let text = decision.headline.text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("waiting") {
            world.wrong(format!("the headline of {track} says nothing: `{text}`"));
        }
        for it in decision.findings.iter().chain(&decision.guards) {
            let silent = it.owner.name.is_empty() && it.source.is_none();
            if it.verdict != Verdict::Met && (silent || it.next_step.is_empty()) {
                world.wrong(format!("{track}: {} does not say who and what next", it.id));
            }
        }
    }
}

/// Looks at rollouts that have been bad for long enough to be paused, once all is well again.
pub(crate) fn at_count(world: &mut World, long_healed: bool) {
    if !long_healed {
        return;
    }
    let mut bad = Vec::new();
    for line in &world.lines {
        for (version, train) in &line.trains {
            let rolls = train.phase() == StorePhase::RollingOut;
            let old = train.stand().is_some_and(|it| world.now() - it.at > Span::hours(13));
            if rolls
                && old
                && live(train).is_some_and(|it| it.0 > 2_000 && !is_good(it, 1, 980_000))
            {
                bad.push(format!("{} {version} crashes and was not paused", line.platform));
            }
        }
    }
    for it in bad {
        world.wrong(it);
    }
}

/// Looks at the whole once it is over: the journal, and whether every train arrived.
pub(crate) fn at_end(shared: &Shared) {
    let memory = shared.memory();
    let mut world = shared.world();
    if let Err(broken) = memory.verify() {
        world.wrong(format!("the journal does not verify: {broken}"));
    }
    for it in &memory.wrongs {
        world.wrong(it.clone());
    }
    let told: std::collections::BTreeSet<&str> = memory
        .entries
        .iter()
        .filter(|it| {
            let findings = it.draft.data.get("findings").and_then(|it| it.as_array());
            findings.is_some_and(|all| !all.is_empty())
        })
        .filter_map(|it| it.draft.data.get("key")?.as_str())
        .collect();
    let untold: Vec<String> = world
        .effects
        .iter()
        .filter(|it| !told.contains(it.key.as_str()))
        .map(|it| format!("{} by {} is not in the journal with its findings", it.key, it.by))
        .collect();
    for it in untold {
        world.wrong(it);
    }
}
