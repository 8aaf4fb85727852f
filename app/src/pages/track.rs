//! One track: where it stands, why it waits, on whom, and all that this rests on.
//!
//! The ledger is the evaluation itself. The server shows its own; the browser evaluates the same inputs once more,
//! shows that, and says whether both agree.

mod parts;

use std::sync::Arc;

use conductor::Decision;
use conductor::board::TrackPage as Page;
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{Failed, Notices};
use crate::calls::boards;
use crate::components::findings::ledger;
use crate::components::head::{Head, Heading};
use crate::components::log::Log;
use crate::components::release::{bugs, builds, quality, rollout, sign_offs};
use crate::components::sources::Sources;
use crate::components::time::Zone;
use crate::erased::{Erase, Erased};
use crate::format::{plain, tally, to_leave, track_description, track_title};
use crate::live::{Clock, Live};

/// `/apps/:app/:platform/:version`.
#[component]
pub fn TrackPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| ["app", "platform", "version"].map(|part| params.get(part).unwrap_or_default()))
    });
    let answer = boards::asked_once(move || id.get(), |[app, platform, version]| boards::track(app, platform, version));
    let live = use_context::<Live>().unwrap_or_default();
    let leaves = live.clone();
    on_cleanup(move || leaves.unwatch());
    view! {
        <Suspense fallback=move || view! { <Waiting id/> }>
            {move || {
                let live = live.clone();
                Suspend::new(async move {
                    match answer.await {
                        Ok(page) => Either::Left(view! { <TrackView page live/> }),
                        Err(error) => Either::Right(view! { <Failed error/> }),
                    }
                })
            }}
        </Suspense>
    }.erase()
}

/// While the track is on its way, in the browser only.
#[component]
fn Waiting(id: Memo<[String; 3]>) -> impl IntoView {
    view! {
        <main class="page is-narrow" id="main" aria-busy="true">
            <header class="page-head">
                <div>
                    <p class="crumbs">
                        <a href="/">"Board"</a>
                    </p>
                    <h1>{move || id.with(|parts| plain(&parts.join(" "), 100))}</h1>
                </div>
            </header>
        </main>
    }.erase()
}

/// Whether this browser comes to the server's decision; `None` until it has tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Checked {
    agrees: Option<bool>,
}

#[component]
fn TrackView(page: Arc<Page>, live: Live) -> impl IntoView {
    Zone::provide();
    let clock = Clock::new(page.at, page.pace, page.at);
    provide_context(clock.clone());
    clock.start();
    let page = live.watch(page, clock);
    // The server's HTML carries no check: it is made where it is read.
    let may_check = RwSignal::new(false);
    Effect::new(move || may_check.set(true));
    let evaluated = {
        let page = page.clone();
        Memo::new(move |_| may_check.get().then(|| page.with(|page| conductor::decide(&page.inputs))))
    };
    let checked = {
        let page = page.clone();
        Memo::new(move |_| {
            let agrees = evaluated.with(|it| it.as_ref().map(|ours| page.with(|page| *ours == page.decision)));
            Checked { agrees }
        })
    };
    let decision = {
        let page = page.clone();
        Memo::new(move |_| evaluated.get().unwrap_or_else(|| page.with(|page| page.decision.clone())))
    };
    let title = {
        let page = page.clone();
        move || page.with(|page| track_title(&page.view))
    };
    let description = {
        let page = page.clone();
        move || page.with(|page| track_description(&page.view))
    };
    let standing = {
        let page = page.clone();
        move || page.with(|page| page.view.standing.as_str())
    };
    let sources = {
        let page = page.clone();
        move || page.with(|page| page.sources.clone())
    };
    view! {
        <Head title description/>
        <main class="page is-narrow" id="main" data-standing=standing>
            <Top page=page.clone() decision/>
            {part(&page, parts::tabs)}
            <div class="split">
                <div class="stack">
                    <Why page=page.clone() decision checked/>
                    <div class="pair">
                        {part(&page, sign_offs)}
                        {part(&page, bugs)}
                    </div>
                    {part(&page, builds)}
                    {part(&page, quality)}
                    {part(&page, rollout)}
                </div>
                <Beside page=page/>
            </div>
        </main>
        <Sources sources/>
    }.erase()
}

/// A part of the page that is written anew whenever the track's page changes.
fn part<V: IntoView + 'static, F: Fn(&Page) -> V + Send + 'static>(
    page: &ArcRwSignal<Arc<Page>>,
    view: F,
) -> Erased {
    let page = page.clone();
    (move || page.with(|page| view(page))).erase()
}

/// Heading, banners, and the panel that says where it stands.
#[component]
fn Top(page: ArcRwSignal<Arc<Page>>, decision: Memo<Decision>) -> impl IntoView {
    let notices = {
        let page = page.clone();
        move || {
            let mut all = page.with(|page| page.notices.clone());
            decision.with(|it| all.extend(it.warnings.iter().cloned()));
            all
        }
    };
    let name = part(&page, parts::name);
    let verdict = {
        let page = page.clone();
        move || page.with(|page| decision.with(|decision| parts::verdict(page, decision)))
    };
    let facts = {
        let page = page.clone();
        move || page.with(|page| decision.with(|decision| parts::facts(page, decision)))
    };
    view! {
        <header class="page-head">
            <div>
                {part(&page, parts::crumbs)}
                <Heading>{name}</Heading>
            </div>
            {part(&page, parts::chips)}
        </header>
        <Notices notices/>
        <section class="panel" aria-label="Where it stands">
            {verdict}
            {part(&page, |page| crate::components::line::big_line(&page.view))}
            {facts}
        </section>
    }.erase()
}

/// The ledger, and the guards below it.
#[component]
fn Why(page: ArcRwSignal<Arc<Page>>, decision: Memo<Decision>, checked: Memo<Checked>) -> impl IntoView {
    let heading = {
        let page = page.clone();
        move || {
            decision.with(|decision| {
                let stage = page.with(|page| {
                    let stage = decision.stage.as_ref().and_then(|id| page.inputs.process.stage(id));
                    stage.map(|it| it.title.clone())
                });
                to_leave(stage.as_deref(), !decision.findings.is_empty())
            })
        }
    };
    let findings = {
        let page = page.clone();
        move || page.with(|page| decision.with(|decision| ledger(&decision.findings, &page.sources)))
    };
    let guards = move || {
        page.with(|page| {
            decision.with(|decision| {
                (!decision.guards.is_empty()).then(|| {
                    view! {
                        <h3 class="sub-head">"Guards: one that falls pauses the rollout"</h3>
                        {ledger(&decision.guards, &page.sources)}
                    }
                })
            })
        })
    };
    let agrees = move || checked.get().agrees.map(|agrees| if agrees { "true" } else { "false" });
    view! {
        <section class="panel" id="why" aria-labelledby="h-why" data-agrees=agrees>
            <header class="panel-head">
                <h2 id="h-why">
                    <bdi>{heading}</bdi>
                </h2>
                <span class="muted push" data-notice>{move || decision.with(|it| tally(&it.findings))}</span>
            </header>
            {findings}
            {guards}
            <Check checked/>
        </section>
    }.erase()
}

/// What this browser found when it decided for itself.
#[component]
fn Check(checked: Memo<Checked>) -> impl IntoView {
    move || {
        checked.get().agrees.map(|agrees| {
            if agrees {
                Either::Left(view! { <p class="none muted">"Checked in this browser: same decision"</p> })
            } else {
                Either::Right(view! {
                    <p class="banner" role="alert">
                        "This browser comes to another decision than the server. Shown is the browser's; reload, and report it if it stays."
                    </p>
                })
            }
        })
    }.erase()
}

/// The aside: what happened.
#[component]
fn Beside(page: ArcRwSignal<Arc<Page>>) -> impl IntoView {
    let moves = Memo::new(move |_| page.with(|page| page.timeline.clone()));
    view! {
        <aside class="stack" aria-label="Beside the track">
            <section class="panel timeline" id="timeline" aria-labelledby="h-tl">
                <header class="panel-head">
                    <h2 id="h-tl">"Timeline"</h2>
                </header>
                <Log moves with_track=false/>
            </section>
        </aside>
    }.erase()
}
