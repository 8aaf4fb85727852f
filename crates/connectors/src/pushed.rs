//! What CI and scripts push: readings, metrics, compliance checks and flags by name.
//!
//! **Reads** what was pushed into its [`Inbox`], which the server fills by `POST /api/v1/readings`. **Acts** on nothing.
//!
//! **Calls**: none. **Token**: of its own, made by whoever runs Signalbox; it is good for pushing about the apps that
//! its settings name, and for nothing else. **Limits**: see [`Push`].
//!
//! **Oddities**: each value ages from the moment that it speaks of, and a push about one name leaves the others as
//! they are. After a restart what was pushed before is taken from what Signalbox remembers.

mod push;

use crate::named::Told;
use crate::secret::{Secret, SecretFrom, Secrets};
use crate::source::Owed;
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::{Listing, Named, Observation, Observed, Slot};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use ports::{Answer, Ask, Meter, Probe, Reads};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use push::{NotTaken, Push};

/// What CI and scripts push.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the token lies that pushes must show. Make a long random one.
    token: SecretFrom,
    /// As what values may be pushed: `reading`, `metric`, `check`, `flag`. Default: `["reading"]`.
    #[serde(default = "readings")]
    tells: BTreeSet<Told>,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// One app about which values may be pushed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// Its platforms. Values may be about the whole app, too.
    #[serde(default)]
    platforms: BTreeSet<Platform>,
}

fn readings() -> BTreeSet<Told> {
    BTreeSet::from([Told::Reading])
}

/// The least length of a token, in characters: it guards what lets trains move.
const TOKEN: usize = 16;

/// Makes the source ready.
pub(crate) fn open(
    id: SourceId,
    settings: &Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let token = settings.token.take_for(&id, "token", secrets)?;
    if token.expose().chars().count() < TOKEN {
        let words =
            format!("the token is too short; make a random one of at least {TOKEN} characters");
        return Err(SettingsError::new(&id, "token", words));
    }
    if settings.tells.is_empty() {
        let words = "nothing may be pushed so; write [\"reading\"], or leave it out";
        return Err(SettingsError::new(&id, "tells", words));
    }
    let mut slots = BTreeMap::new();
    for (app, it) in &settings.apps {
        let places = std::iter::once(None).chain(it.platforms.iter().cloned().map(Some));
        for place in places {
            for told in &settings.tells {
                slots.insert((app.clone(), place.clone(), *told), Kept::default());
            }
        }
    }
    let inbox = Arc::new(Inbox { id, token, slots: Mutex::new(slots), pushes: AtomicU64::new(0) });
    Ok(Opened { reads: inbox.clone(), acts: None, tells: None, inbox: Some(inbox) })
}

/// Where pushes go in, and the source that tells them.
pub struct Inbox {
    id: SourceId,
    token: Secret,
    slots: Mutex<BTreeMap<Place, Kept>>,
    pushes: AtomicU64,
}

/// About which app, or one of its platforms, and as what.
type Place = (AppId, Option<Platform>, Told);

/// What was pushed there.
#[derive(Default)]
struct Kept {
    /// In order of name, version and build.
    items: Vec<Named>,
    /// Whether what was remembered from before the start is among them.
    restored: bool,
}

impl Inbox {
    /// The source's name in settings.
    pub fn id(&self) -> &SourceId {
        &self.id
    }

    /// Whether a token is the one that pushes here must show.
    pub fn admits(&self, token: &str) -> bool {
        self.token.matches(token)
    }

    /// Takes a push, or nothing of it. How many values were taken.
    pub fn take(&self, push: Push, now: Moment) -> Result<usize, NotTaken> {
        let values = push.checked(now)?;
        let mut slots = self.slots();
        let place = |told| (values.app.clone(), values.platform.clone(), told);
        for (told, item) in &values.items {
            match slots.get(&place(*told)) {
                Some(kept) => kept.has_room_for(item)?,
                None => return Err(Self::not_ours(&slots, &place(*told))),
            }
        }
        let count = values.items.len();
        for (told, item) in values.items {
            let place = (values.app.clone(), values.platform.clone(), told);
            slots.entry(place).or_default().put(item);
        }
        self.pushes.fetch_add(1, Ordering::Relaxed);
        Ok(count)
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<Place, Kept>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this token is not good for.
    fn not_ours(slots: &BTreeMap<Place, Kept>, (app, platform, told): &Place) -> NotTaken {
        let of_app = |it: &&Place| it.0 == *app;
        let here = |it: &&Place| of_app(it) && it.1 == *platform;
        if !slots.keys().any(|it| of_app(&it)) {
            return NotTaken::OutOfScope(format!("this token is not good for the app {app}"));
        }
        match platform {
            Some(platform) if !slots.keys().any(|it| here(&it)) => NotTaken::OutOfScope(format!(
                "this token is not good for {platform} of {app}; add it to `platforms` of its source"
            )),
            _ => NotTaken::OutOfScope(format!(
                "nothing may be pushed as {} here; add it to `tells` of its source",
                told.word()
            )),
        }
    }
}

impl Kept {
    /// Lays a value over the one before, unless that speaks of a later moment.
    fn put(&mut self, item: Named) {
        let key = |it: &Named| (it.name.clone(), it.version.clone(), it.build.clone());
        match self.items.binary_search_by_key(&key(&item), key) {
            Ok(at) => {
                if let Some(before) = self.items.get_mut(at).filter(|it| it.at <= item.at) {
                    *before = item;
                }
            }
            Err(at) => self.items.insert(at, item),
        }
    }
}

#[async_trait]
impl Reads for Inbox {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn kind(&self) -> &'static str {
        "pushed"
    }
    fn title(&self) -> &'static str {
        "Pushed readings"
    }
    /// It costs nothing to look, and a push wakes the tick.
    fn cadence(&self) -> Span {
        Span::default()
    }
    fn owes(&self) -> Owed {
        let slots = self.slots();
        slots.keys().map(|(app, on, told)| (app.clone(), on.clone(), told.kind())).collect()
    }
    async fn read(&self, ask: Ask<'_>) -> Vec<Answer> {
        let mut by_app: BTreeMap<AppId, Vec<Observed>> = BTreeMap::new();
        for ((app, platform, told), kept) in self.slots().iter_mut() {
            if !ask.apps.contains(app) {
                continue;
            }
            if !kept.restored {
                kept.restored = true;
                let (source, kind) = (self.id.clone(), told.kind());
                let slot = Slot { source, app: app.clone(), platform: platform.clone(), kind };
                let before = ask.known.slots.get(&slot).map(|it| &it.value);
                // What was pushed since the start is laid over it.
                let since = std::mem::take(&mut kept.items);
                let before = before.and_then(named).unwrap_or_default();
                before.iter().cloned().chain(since).for_each(|it| kept.put(it));
            }
            kept.forget(ask.now);
            let list = Listing::whole(kept.items.clone());
            let what = told.observation(platform.clone(), list);
            let seen = Observed { app: app.clone(), what, observed_at: ask.now, link: None };
            by_app.entry(app.clone()).or_default().push(seen);
        }
        let answer = |(app, seen)| Answer { app, seen: Ok(seen), faults: Vec::new() };
        by_app.into_iter().map(answer).collect()
    }
    async fn probe(&self, _: Moment) -> Probe {
        let apps: BTreeSet<String> = self.slots().keys().map(|it| it.0.to_string()).collect();
        let apps = apps.into_iter().collect::<Vec<_>>().join(", ");
        let good = vec![format!("values may be pushed about {apps} by POST /api/v1/readings")];
        Probe { good, wrong: Vec::new() }
    }
    fn meter(&self) -> Meter {
        Meter::default()
    }
}

/// The values of an observation by name.
fn named(what: &Observation) -> Option<&[Named]> {
    match what {
        Observation::Named { list, .. }
        | Observation::Metrics { list, .. }
        | Observation::Checks { list, .. }
        | Observation::Flags { list, .. } => Some(&list.items),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
