//! What needs a person now.

use conductor::board::Call;
use leptos::prelude::*;

use super::bulb::{bulb, platform_icon};
use super::time::Age;
use crate::erased::{Erase, Erased};
use crate::format::{plain, short};

/// The calls, worst first; nothing at all where there are none.
#[component]
pub fn Calls(
    /// The calls, worst first.
    calls: Memo<Vec<Call>>,
) -> impl IntoView {
    move || {
        let calls = calls.get();
        (!calls.is_empty()).then(|| {
            view! {
                <section class="calls panel" aria-label="What needs you now">
                    <ul>{calls.iter().map(call).collect_view()}</ul>
                </section>
            }
        })
    }.erase()
}

fn call(call: &Call) -> Erased {
    view! {
        <li class="call" data-signal=call.signal.as_str()>
            {bulb(call.signal)}
            <a class="call-what" href=call.track.path()>
                {platform_icon(&call.track.platform)}
                <span class="sr">{format!("{}: ", call.signal.spoken())}</span>
                <bdi>{plain(&call.title, 100)}</bdi>
            </a>
            <p class="call-text" data-notice>
                <bdi>{short(&call.text)}</bdi>
                " "
                <span>{short(&call.detail)}</span>
            </p>
            <span class="call-since">{call.since.map(|since| view! { <Age since/> })}</span>
        </li>
    }.erase()
}
