//! What is looked for in the journal. A store answers it with its own statements; [`Sought::takes`] says what the answer
//! has to be.

use super::{Actor, Entry, EntryKind};
use crate::moment::Moment;
use crate::track::{AppId, Platform, TrackId};
use crate::version::Version;

/// What entries are looked for. All that is said has to hold; the default asks for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Of this app.
    pub app: Option<AppId>,
    /// Of this platform.
    pub platform: Option<Platform>,
    /// Of this version.
    pub version: Option<Version>,
    /// Of this kind.
    pub kind: Option<EntryKind>,
    /// By them.
    pub who: Option<Who>,
    /// At this moment or later.
    pub from: Option<Moment>,
    /// Earlier than this moment.
    pub until: Option<Moment>,
    /// With a lower number: what follows on the page after this entry.
    pub before: Option<i64>,
}

/// By whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The conductor.
    Conductor,
    /// Any person.
    People,
    /// The person of exactly this name.
    Person(String),
    /// The world: what sources showed.
    World,
}

impl Who {
    /// The word in addresses, or the person's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Conductor => "conductor",
            Self::People => "people",
            Self::Person(name) => name,
            Self::World => "world",
        }
    }

    /// Reads the word, or takes the text for a person's name.
    pub fn parse(text: &str) -> Self {
        match text {
            "conductor" => Self::Conductor,
            "people" => Self::People,
            "world" => Self::World,
            name => Self::Person(name.to_owned()),
        }
    }

    fn takes(&self, actor: &Actor) -> bool {
        match (self, actor) {
            (Self::Conductor, Actor::Conductor)
            | (Self::People, Actor::Person { .. })
            | (Self::World, Actor::World { .. }) => true,
            (Self::Person(sought), Actor::Person { name }) => sought == name,
            _ => false,
        }
    }
}

impl Sought {
    /// All of one track.
    pub fn of_track(track: &TrackId) -> Self {
        Self {
            app: Some(track.app.clone()),
            platform: Some(track.platform.clone()),
            version: Some(track.version.clone()),
            ..Self::default()
        }
    }

    /// Whether an entry is one of those. An entry of no track is of no app either.
    pub fn takes(&self, entry: &Entry) -> bool {
        let draft = &entry.draft;
        let track = draft.track.as_ref();
        let text = |version: &Version| version.to_string();
        self.app.as_ref().is_none_or(|it| track.is_some_and(|track| track.app == *it))
            && self.platform.as_ref().is_none_or(|it| track.is_some_and(|of| of.platform == *it))
            && self
                .version
                .as_ref()
                .is_none_or(|it| track.is_some_and(|track| text(&track.version) == text(it)))
            && self.kind.is_none_or(|it| draft.kind == it)
            && self.who.as_ref().is_none_or(|it| it.takes(&draft.actor))
            && self.from.is_none_or(|it| draft.at >= it)
            && self.until.is_none_or(|it| draft.at < it)
            && self.before.is_none_or(|it| entry.number < it)
    }
}
