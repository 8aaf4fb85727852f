//! What connectors do alike whose settings tell apps by platform: what their lines owe, and which of them an
//! order is for.

use conductor::observation::ObservationKind;
use conductor::{AppId, Platform, SourceId};
use ports::{ActError, Order};

/// Something that a connector knows about one app on one platform.
pub(crate) trait OnLine {
    /// The app.
    fn app(&self) -> &AppId;
    /// The platform.
    fn platform(&self) -> &Platform;
}

/// Each line owes each of these kinds for its platform.
pub(crate) fn owed<L: OnLine>(
    lines: &[L],
    kinds: &[ObservationKind],
) -> Vec<(AppId, Option<Platform>, ObservationKind)> {
    let of = |line: &L, kind| (line.app().clone(), Some(line.platform().clone()), kind);
    lines.iter().flat_map(|line| kinds.iter().map(move |kind| of(line, *kind))).collect()
}

/// The lines by app and platform.
pub(crate) fn places<L: OnLine>(lines: &[L]) -> Vec<(AppId, Platform)> {
    lines.iter().map(|line| (line.app().clone(), line.platform().clone())).collect()
}

/// The line that an order is for; refused if the settings name none.
pub(crate) fn of_order<'a, L: OnLine>(
    lines: &'a [L],
    order: &Order,
    id: &SourceId,
) -> Result<&'a L, ActError> {
    let mut lines = lines.iter();
    lines
        .find(|it| *it.app() == order.track.app && *it.platform() == order.track.platform)
        .ok_or_else(|| {
            let words = format!("{} is not in the settings of this source", order.track);
            ActError::refused(id, words)
        })
}
