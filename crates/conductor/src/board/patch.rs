//! What changed between two boards: what goes over the wire to everybody who looks. Applying it to the
//! older board gives the newer one, exactly.

use super::{AppView, Board, Call, ConductorView, Move, SourceView, Stray, Summary, TrackView};
use crate::moment::Moment;
use serde::{Deserialize, Serialize};

/// The change from one revision to a later one. What is `None` or not listed did not change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// The revision that it applies to.
    pub from: u64,
    /// The revision that it leads to.
    pub revision: u64,
    /// When that was computed.
    pub at: Moment,
    /// When the next tick is due.
    pub next_tick_at: Moment,
    /// How fast time passes, if that changed: another process answers now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<u32>,
    /// Tracks in flight that changed and stayed in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<TrackView>,
    /// Apps whose lanes changed; whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<AppView>,
    /// The apps' order, if apps came or went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<crate::track::AppId>>,
    /// The counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// What needs a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<Call>>,
    /// Bugs on no train.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strays: Option<Vec<Stray>>,
    /// The newest moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<Vec<Move>>,
    /// Sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceView>>,
    /// Notices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<Vec<String>>,
    /// The conductor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conductor: Option<ConductorView>,
}

/// That patch belongs to another revision: fetch the board anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the patch follows revision {from}, the board is at {at}")]
pub struct OutOfStep {
    /// What the patch follows.
    pub from: u64,
    /// Where the board is.
    pub at: u64,
}

fn changed<T: Clone + PartialEq>(old: &T, new: &T) -> Option<T> {
    (old != new).then(|| new.clone())
}

/// The same lanes with the same tracks in the same places.
fn same_shape(old: &AppView, new: &AppView) -> bool {
    old.name == new.name
        && old.owner == new.owner
        && old.process == new.process
        && old.lines.len() == new.lines.len()
        && old.lines.iter().zip(&new.lines).all(|(old, new)| {
            old.platform == new.platform
                && old.production == new.production
                && old.upcoming == new.upcoming
                && old.current.len() == new.current.len()
                && old.current.iter().zip(&new.current).all(|(old, new)| old.key == new.key)
        })
}

impl Patch {
    /// What leads from one board to the other.
    pub fn between(old: &Board, new: &Board) -> Self {
        let ids = |board: &Board| board.apps.iter().map(|app| app.id.clone()).collect::<Vec<_>>();
        let mut patch = Self {
            from: old.revision,
            revision: new.revision,
            at: new.at,
            next_tick_at: new.next_tick_at,
            pace: changed(&old.pace, &new.pace),
            tracks: Vec::new(),
            apps: Vec::new(),
            order: changed(&ids(old), &ids(new)),
            summary: changed(&old.summary, &new.summary),
            calls: changed(&old.calls, &new.calls),
            strays: changed(&old.strays, &new.strays),
            moves: changed(&old.moves, &new.moves),
            sources: changed(&old.sources, &new.sources),
            notices: changed(&old.notices, &new.notices),
            conductor: changed(&old.conductor, &new.conductor),
        };
        for app in &new.apps {
            match old.apps.iter().find(|it| it.id == app.id) {
                Some(before) if same_shape(before, app) => {
                    let old = before.lines.iter().flat_map(|line| &line.current);
                    let new = app.lines.iter().flat_map(|line| &line.current);
                    patch.tracks.extend(
                        old.zip(new).filter(|(old, new)| old != new).map(|(_, new)| new.clone()),
                    );
                }
                _ => patch.apps.push(app.clone()),
            }
        }
        patch
    }

    /// Whether anything that people see changed, the moments aside.
    pub fn is_empty(&self) -> bool {
        self.pace.is_none()
            && self.tracks.is_empty()
            && self.apps.is_empty()
            && self.order.is_none()
            && self.summary.is_none()
            && self.calls.is_none()
            && self.strays.is_none()
            && self.moves.is_none()
            && self.sources.is_none()
            && self.notices.is_none()
            && self.conductor.is_none()
    }

    /// Brings a board to the patch's revision. Fails, and changes nothing, if it is at another revision
    /// than the patch follows.
    pub fn apply(self, board: &mut Board) -> Result<(), OutOfStep> {
        if board.revision != self.from {
            return Err(OutOfStep { from: self.from, at: board.revision });
        }
        board.revision = self.revision;
        board.at = self.at;
        board.next_tick_at = self.next_tick_at;
        for app in self.apps {
            match board.apps.iter_mut().find(|it| it.id == app.id) {
                Some(place) => *place = app,
                None => board.apps.push(app),
            }
        }
        if let Some(order) = self.order {
            let place = |app: &AppView| order.iter().position(|id| *id == app.id);
            board.apps.retain(|app| place(app).is_some());
            board.apps.sort_by_key(place);
        }
        for track in self.tracks {
            let rows = board
                .apps
                .iter_mut()
                .flat_map(|app| &mut app.lines)
                .flat_map(|line| &mut line.current);
            if let Some(row) = rows.into_iter().find(|row| row.key == track.key) {
                *row = track;
            }
        }
        fn put<T>(place: &mut T, new: Option<T>) {
            if let Some(new) = new {
                *place = new;
            }
        }
        put(&mut board.pace, self.pace);
        put(&mut board.summary, self.summary);
        put(&mut board.calls, self.calls);
        put(&mut board.strays, self.strays);
        put(&mut board.moves, self.moves);
        put(&mut board.sources, self.sources);
        put(&mut board.notices, self.notices);
        put(&mut board.conductor, self.conductor);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
