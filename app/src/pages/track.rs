//! One track: where it stands, why it waits, on whom, and all that this rests on.
//!
//! The ledger is the evaluation itself. The server shows its own; the browser evaluates the same inputs once more,
//! shows that, and says whether both agree.

mod parts;

use std::sync::Arc;

use conductor::board::TrackPage as Page;
use conductor::{Decision, Warning};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{Failed, Notices};
use crate::calls::boards;
use crate::calls::given::given;
use crate::components::acts::acts;
use crate::components::head::{Head, Heading};
use crate::components::log::Log;
use crate::components::release::{bugs, builds, quality, rollout, sign_offs};
use crate::components::sources::Sources;
use crate::components::time::Zone;
use crate::erased::Erase;
use crate::format::{plain, track_description, track_title};
use crate::live::{Clock, Live};
use crate::plain::El;

/// `/apps/:app/:platform/:version`.
#[component]
pub fn TrackPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || {
        params.with(|params| {
            ["app", "platform", "version"].map(|part| params.get(part).unwrap_or_default())
        })
    };
    let live = use_context::<Live>().unwrap_or_default();
    let leaves = live.clone();
    on_cleanup(move || leaves.unwatch());
    let (answer, data) = given(id, move || boards::have_track(&untrack(id)), boards::track);
    let content = move || match answer.get() {
        None => view! { <Waiting name=plain(&untrack(id).join(" "), 100)/> }.erase(),
        Some(Err(error)) => view! { <Failed error/> }.erase(),
        Some(Ok(page)) => view! { <TrackView page live=live.clone()/> }.erase(),
    };
    view! {
        {data}
        {content}
    }
    .erase()
}

/// While the track is on its way, in the browser only.
#[component]
fn Waiting(name: String) -> impl IntoView {
    view! {
        <main class="page is-narrow" id="main" aria-busy="true">
            <header class="page-head">
                <div>
                    <p class="crumbs">
                        <a href="/">"Board"</a>
                    </p>
                    <h1>{name}</h1>
                </div>
            </header>
        </main>
    }
    .erase()
}

/// What the page shows as the decision: this browser's own, once it has made it.
#[derive(Clone, PartialEq)]
struct Judged {
    decision: Decision,
    /// Whether it is the server's, too; `None` until this browser has decided.
    agrees: Option<bool>,
}

impl Judged {
    fn new(page: &Page, by_browser: bool) -> Self {
        let theirs = &page.decision;
        if !by_browser {
            return Self { decision: theirs.clone(), agrees: None };
        }
        let ours = conductor::decide(&page.inputs);
        Self { agrees: Some(ours == *theirs), decision: ours }
    }
}

type PageSignal = ArcRwSignal<Arc<Page>>;

#[component]
fn TrackView(page: Arc<Page>, live: Live) -> impl IntoView {
    Zone::provide();
    let clock = Clock::new(page.at, page.pace, page.at);
    provide_context(clock.clone());
    clock.start();
    let page = live.watch(page, clock);
    // The server's HTML carries no check: it is made where it is read.
    let by_browser = RwSignal::new(false);
    Effect::new(move || by_browser.set(true));
    let judged = {
        let page = page.clone();
        Memo::new(move |_| page.with(|page| Judged::new(page, by_browser.get())))
    };
    let (of_title, of_description, of_standing, of_sources, of_notices, of_moves) =
        (page.clone(), page.clone(), page.clone(), page.clone(), page.clone(), page.clone());
    let name = part(&page, parts::name);
    let notices = move || {
        let mut all: Vec<Warning> =
            of_notices.with(|page| page.notices.iter().map(Warning::new).collect());
        judged.with(|it| all.extend(it.decision.warnings.iter().cloned()));
        all
    };
    view! {
        <Head
            title=move || of_title.with(|page| track_title(&page.view))
            description=move || of_description.with(|page| track_description(&page.view))
        />
        <main
            class="page is-narrow"
            id="main"
            data-standing=move || of_standing.with(|page| page.view.standing.as_str())
        >
            <header class="page-head">
                <div>
                    {part(&page, parts::crumbs)}
                    <Heading>{name}</Heading>
                </div>
                {part(&page, parts::chips)}
                {judged_part(&page, judged, |page, judged| acts(page, &judged.decision))}
            </header>
            <Notices notices/>
            {judged_part(&page, judged, parts::standing)}
            {part(&page, parts::tabs)}
            <div class="split">
                <div class="stack">
                    {judged_part(&page, judged, parts::why)}
                    <div class="pair">
                        {part(&page, sign_offs)}
                        {part(&page, bugs)}
                    </div>
                    {part(&page, builds)}
                    {part(&page, quality)}
                    {part(&page, rollout)}
                </div>
                <aside class="stack" aria-label="Beside the track">
                    <section class="panel timeline" id="timeline" aria-labelledby="h-tl">
                        <header class="panel-head">
                            <h2 id="h-tl">"Timeline"</h2>
                        </header>
                        <Log moves=move || of_moves.with(|page| page.timeline.clone()) with_track=false/>
                    </section>
                </aside>
            </div>
        </main>
        <Sources sources=move || of_sources.with(|page| page.sources.clone())/>
    }
    .erase()
}

/// A part of the page that is written anew whenever the track's page changes.
fn part(page: &PageSignal, view: fn(&Page) -> El) -> impl IntoView + use<> {
    let page = page.clone();
    move || page.with(|page| view(page))
}

/// The same for what rests on the decision.
fn judged_part(
    page: &PageSignal,
    judged: Memo<Judged>,
    view: fn(&Page, &Judged) -> El,
) -> impl IntoView + use<> {
    let page = page.clone();
    move || page.with(|page| judged.with(|judged| view(page, judged)))
}
