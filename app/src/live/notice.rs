//! Lets a person notice what changed: text that a patch replaced inside `data-notice` gets `data-changed` for a
//! moment, and the style sheet does the rest. One observer for the page costs rows nothing.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, MutationObserver, MutationObserverInit, MutationRecord};

/// As long as the animation in the style sheet.
const NOTICED_FOR: Duration = Duration::from_millis(1_600);

/// Begins to watch once the page has hydrated.
pub(super) fn start() {
    Effect::new(move |_| {
        let on_change: Closure<dyn FnMut(js_sys::Array)> =
            Closure::new(|records: js_sys::Array| {
                for record in records.iter() {
                    notice(record.unchecked_ref::<MutationRecord>());
                }
            });
        let Ok(observer) = MutationObserver::new(on_change.as_ref().unchecked_ref()) else {
            return;
        };
        on_change.forget(); // As long as the window.
        let what = MutationObserverInit::new();
        what.set_character_data(true);
        what.set_subtree(true);
        if let Some(app) = document().get_element_by_id("app") {
            let _ = observer.observe_with_options(&app, &what);
        }
    });
}

fn notice(record: &MutationRecord) {
    let Some(parent) = record.target().and_then(|it| it.parent_element()) else { return };
    // Ages change by themselves every second, and nobody needs to be told.
    if parent.closest("time").ok().flatten().is_some() {
        return;
    }
    if let Some(place) = parent.closest("[data-notice]").ok().flatten() {
        mark(place);
    }
}

fn mark(place: Element) {
    if place.has_attribute("data-changed") {
        return;
    }
    let _ = place.set_attribute("data-changed", "");
    set_timeout(
        move || {
            let _ = place.remove_attribute("data-changed");
        },
        NOTICED_FOR,
    );
}
