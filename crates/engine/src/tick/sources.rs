//! The sources as pages show them.

use crate::collect::Collector;
use crate::publish;
use conductor::SourceId;
use conductor::board::SourceView;
use conductor::facts::Readings;

/// The sources, those with a fault first.
pub(super) fn source_views(collector: &Collector, readings: &Readings) -> Vec<SourceView> {
    let mut views: Vec<SourceView> = collector
        .sources()
        .iter()
        .map(|source| {
            let id = source.id().clone();
            let fault = fault_of(readings, &id).unwrap_or_default();
            let good_at = collector.good_at.get(&id).copied();
            SourceView {
                title: source.title().to_owned(),
                signal: publish::source_signal(&fault, good_at),
                good_at,
                fault,
                calls: source.meter().calls,
                calls_last_read: collector.calls_last_read.get(&id).copied().unwrap_or(0),
                id,
            }
        })
        .collect();
    views.sort_by_key(|view| view.fault.is_empty());
    views
}

fn fault_of(readings: &Readings, source: &SourceId) -> Option<String> {
    let whole = readings.faults.iter().find(|((id, _), _)| id == source).map(|(_, fault)| fault);
    let parts = readings.slot_faults.iter().chain(&readings.waits);
    let mut parts = parts.filter(|(slot, _)| slot.source == *source).map(|(_, fault)| fault);
    whole.or_else(|| parts.next()).cloned()
}
