//! What a page says in its head and in its heading.

use leptos::html;
use leptos::prelude::*;

use crate::erased::Erase;
#[cfg(feature = "ssr")]
use crate::format::for_title;
use crate::format::plain;
use crate::live::Live;

/// Whether this response's head has been written.
#[cfg(feature = "ssr")]
#[derive(Clone, Default)]
pub(crate) struct HeadSaid(std::sync::Arc<std::sync::atomic::AtomicBool>);

/// The page's title, and what a link to it shows in a chat: title, description and state.
#[component]
pub fn Head<T, D>(
    /// The title, without the product's name.
    title: T,
    /// A sentence or two that tell the state.
    description: D,
) -> impl IntoView
where
    T: Fn() -> String + Send + Sync + 'static,
    D: Fn() -> String + Send + Sync + 'static,
{
    let whole = move || format!("{} · Signalbox", plain(&title(), 160));
    #[cfg(feature = "ssr")]
    {
        use leptos_meta::{Meta, Title};
        // On its way to HTML a page is made more than once. Its head is said once.
        if use_context::<HeadSaid>()
            .is_some_and(|said| said.0.swap(true, std::sync::atomic::Ordering::Relaxed))
        {
            return;
        }
        let (title, description) = (whole(), plain(&description(), 300));
        // They put themselves into the document's head; in the body nothing is left of them.
        let _ = view! {
            <Title text=for_title(&title)/>
            <Meta name="description" content=description.clone()/>
            <Meta property="og:title" content=title/>
            <Meta property="og:description" content=description/>
            <Meta property="og:type" content="website"/>
            <Meta property="og:site_name" content="Signalbox"/>
        }
        .to_html();
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = description; // Previews are made from what the server sent.
        Effect::new(move |_| document().set_title(&whole()));
    }
}

/// The page's heading. Whoever comes here from another page without a reload finds the focus on it.
#[component]
pub fn Heading(
    /// What the heading says.
    children: Children,
) -> impl IntoView {
    let node: NodeRef<html::H1> = NodeRef::new();
    let live = use_context::<Live>();
    Effect::new(move |done: Option<bool>| {
        let Some(heading) = node.get() else { return false };
        if done != Some(true)
            && let Some(live) = &live
            && live.arrive()
        {
            focus(&heading);
        }
        true
    });
    view! {
        <h1 tabindex="-1" node_ref=node>
            {children()}
        </h1>
    }
    .erase()
}

#[cfg(feature = "hydrate")]
fn focus(heading: &web_sys::HtmlElement) {
    // A heading that left the page meanwhile takes no focus, and nobody misses it.
    let _ = heading.focus();
}

#[cfg(not(feature = "hydrate"))]
fn focus<T>(_: &T) {}
