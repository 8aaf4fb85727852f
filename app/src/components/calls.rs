//! What needs a person now.

use conductor::board::Call;
use leptos::prelude::*;

use super::bulb::{bulb, platform_icon};
use super::time::age;
use crate::format::{plain, short};
use crate::plain::{El, el};

/// The calls, worst first; nothing at all where there are none.
#[component]
pub fn Calls<C: Fn() -> Vec<Call> + Send + 'static>(
    /// The calls, worst first.
    calls: C,
) -> impl IntoView {
    move || {
        let calls = calls();
        (!calls.is_empty()).then(|| {
            el("section")
                .class("calls panel")
                .attr("aria-label", "What needs you now")
                .add(el("ul").add(calls.iter().map(call).collect::<Vec<_>>()))
        })
    }
}

fn call(call: &Call) -> El {
    el("li")
        .class("call")
        .attr("data-signal", call.signal.as_str())
        .add(bulb(call.signal))
        .add(
            el("a")
                .class("call-what")
                .attr("href", call.track.path())
                .add(platform_icon(&call.track.platform))
                .add(el("span").class("sr").add(format!("{}: ", call.signal.spoken())))
                .add(el("bdi").add(plain(&call.title, 100))),
        )
        .add(
            el("p")
                .class("call-text")
                .attr("data-notice", "")
                .add(el("bdi").add(short(&call.text)))
                .add(" ")
                .add(el("span").add(short(&call.detail))),
        )
        .add(el("span").class("call-since").add(call.since.map(age)))
}
