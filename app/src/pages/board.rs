//! The board: what needs a person, every train in flight, and what stands beside. The same board for one app alone.

use conductor::AppId;
use conductor::board::{Call, Summary, TrackView, summary};
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{Failed, Notices};
use crate::calls::boards;
use crate::components::bulb::icon;
use crate::components::calls::Calls;
use crate::components::head::{Head, Heading};
use crate::components::lines::{AppPanel, LaneHeads};
use crate::components::sources::Sources;
use crate::components::time::Zone;
use crate::components::yard::Yard;
use crate::erased::Erase;
use crate::format::{need_you, others, plain};
use crate::live::{Live, LiveBoard};

/// `/` and `/apps/:app`.
#[component]
pub fn BoardPage() -> impl IntoView {
    let params = use_params_map();
    let only = Memo::new(move |_| params.with(|params| params.get("app").map(AppId::new)));
    let live = use_context::<Live>().unwrap_or_default();
    // A window that has the board already shows it at once; it is kept up to date all the time.
    if let Some(board) = live.board() {
        return view! { <BoardOrNothing board only/> }.erase();
    }
    let answer = boards::asked_once(|| (), |()| boards::board());
    view! {
        <Suspense fallback=Waiting>
            {move || {
                let live = live.clone();
                Suspend::new(async move {
                    match answer.await {
                        Ok(board) => {
                            let board = live.keep(std::sync::Arc::unwrap_or_clone(board));
                            Either::Left(view! { <BoardOrNothing board only/> })
                        }
                        Err(error) => Either::Right(view! { <Failed error/> }),
                    }
                })
            }}
        </Suspense>
    }
    .erase()
}

/// While the board is on its way, in the browser only.
#[component]
fn Waiting() -> impl IntoView {
    view! {
        <main class="page" id="main" aria-busy="true">
            <header class="page-head">
                <div>
                    <h1>"Board"</h1>
                    <p>"On its way …"</p>
                </div>
            </header>
        </main>
    }.erase()
}

#[component]
fn BoardOrNothing(board: LiveBoard, only: Memo<Option<AppId>>) -> impl IntoView {
    let apps = board.apps.clone();
    let is_known =
        Memo::new(move |_| only.with(|only| only.as_ref().is_none_or(|id| apps.with(|apps| apps.iter().any(|it| it.id == *id)))));
    move || {
        if is_known.get() {
            Either::Left(view! { <BoardView board=board.clone() only/> })
        } else {
            Either::Right(view! { <Failed error=crate::calls::AppError::NotFound/> })
        }
    }
}

/// What is counted, for the whole board or one app.
fn counted(board: &LiveBoard, only: Option<&AppId>, calls: &[Call]) -> Summary {
    let Some(only) = only else { return board.summary.get() };
    let rows: Vec<TrackView> = board.apps.with(|apps| {
        let app = apps.iter().find(|it| it.id == *only);
        app.map(|app| app.view.with(|app| keys(app)))
            .unwrap_or_default()
            .iter()
            .filter_map(|key| board.row(key).map(|row| row.get()))
            .collect()
    });
    summary(&rows, calls)
}

fn keys(app: &conductor::board::AppView) -> Vec<String> {
    app.lines.iter().flat_map(|line| &line.current).map(|it| it.key.clone()).collect()
}

#[component]
fn BoardView(board: LiveBoard, only: Memo<Option<AppId>>) -> impl IntoView {
    Zone::provide();
    provide_context(board.clock.clone());
    board.clock.start();
    let calls = {
        let calls = board.calls.clone();
        Memo::new(move |_| {
            only.with(|only| {
                let is_ours = |call: &&Call| only.as_ref().is_none_or(|id| call.track.app == *id);
                calls.with(|calls| calls.iter().filter(is_ours).cloned().collect::<Vec<_>>())
            })
        })
    };
    let counts = {
        let board = board.clone();
        Memo::new(move |_| only.with(|only| calls.with(|calls| counted(&board, only.as_ref(), calls))))
    };
    let strays = {
        let strays = board.strays.clone();
        Memo::new(move |_| {
            only.with(|only| {
                strays.with(|all| {
                    all.iter().filter(|it| only.as_ref().is_none_or(|id| it.app == *id)).cloned().collect::<Vec<_>>()
                })
            })
        })
    };
    let moves = {
        let moves = board.moves.clone();
        Memo::new(move |_| {
            only.with(|only| {
                let is_ours = |it: &&conductor::board::Move| {
                    only.as_ref().is_none_or(|id| it.track.as_ref().is_some_and(|track| track.app == *id))
                };
                moves.with(|all| all.iter().filter(is_ours).cloned().collect::<Vec<_>>())
            })
        })
    };
    let shown = {
        let apps = board.apps.clone();
        Memo::new(move |_| {
            only.with(|only| {
                apps.with(|apps| {
                    apps.iter()
                        .filter(|it| only.as_ref().is_none_or(|id| it.id == *id))
                        .map(|it| it.id.clone())
                        .collect::<Vec<_>>()
                })
            })
        })
    };
    let rows = board.apps.clone();
    let app_of = move |id: &AppId| rows.with_untracked(|apps| apps.iter().find(|it| it.id == *id).cloned());
    let is_empty = Memo::new(move |_| shown.with(Vec::is_empty));
    let of_board = board.clone();
    let (notices, sources) = (board.notices.clone(), board.sources.clone());
    view! {
        <BoardHead board=board.clone() only counts/>
        <main class="page" id="main">
            <PageHead board=board.clone() only counts/>
            <Notices notices=move || notices.get()/>
            {move || is_empty.get().then(|| view! { <FirstRun/> })}
            <Calls calls/>
            <div class="split">
                <div class="board">
                    <LaneHeads/>
                    <For
                        each=move || shown.get()
                        key=|id| id.as_str().to_owned()
                        children=move |id| {
                            app_of(&id).map(|app| view! { <AppPanel app board=of_board.clone()/> })
                        }
                    />
                </div>
                <Yard strays moves/>
            </div>
        </main>
        <Sources sources=move || sources.get() next_tick_at=board.next_tick_at.clone()/>
    }.erase()
}

/// The name of the app that the board is narrowed to.
fn narrowed(board: &LiveBoard, only: Option<&AppId>) -> Option<String> {
    let only = only?;
    board.apps.with(|apps| {
        let app = apps.iter().find(|it| it.id == *only)?;
        Some(app.view.with(|app| plain(&app.name, 80)))
    })
}

#[component]
fn BoardHead(board: LiveBoard, only: Memo<Option<AppId>>, counts: Memo<Summary>) -> impl IntoView {
    let title = move || {
        let state = need_you(counts.get().need_you);
        match only.with(|only| narrowed(&board, only.as_ref())) {
            Some(name) => format!("{name}: {}", conductor::explain::lower_first(&state)),
            None => state,
        }
    };
    let description = move || {
        let counts = counts.get();
        format!("{}. {}", need_you(counts.need_you), others(counts)).trim_end().to_owned()
    };
    view! { <Head title description/> }.erase()
}

#[component]
fn PageHead(board: LiveBoard, only: Memo<Option<AppId>>, counts: Memo<Summary>) -> impl IntoView {
    let name = {
        let board = board.clone();
        Memo::new(move |_| only.with(|only| narrowed(&board, only.as_ref())))
    };
    let crumbs = move || {
        name.get().map(|name| {
            view! {
                <p class="crumbs">
                    <a href="/">"Board"</a>
                    " / "
                    <bdi>{name}</bdi>
                </p>
            }
        })
    };
    view! {
        <header class="page-head">
            <div>
                {crumbs}
                <Heading>{move || need_you(counts.get().need_you)}</Heading>
                <p data-notice>{move || others(counts.get())}</p>
            </div>
            <AppsNav board=board.clone() only/>
            <Conductor board/>
        </header>
    }.erase()
}

#[component]
fn AppsNav(board: LiveBoard, only: Memo<Option<AppId>>) -> impl IntoView {
    let apps = board.apps;
    move || {
        apps.with(|apps| {
            (apps.len() > 1).then(|| {
                let items = apps
                    .iter()
                    .map(|app| {
                        let id = app.id.clone();
                        let name = app.view.with(|app| plain(&app.name, 40));
                        let is_here = move || only.with(|only| only.as_ref() == Some(&id)).then_some("true");
                        view! { <a href=format!("/apps/{}", app.id) aria-current=is_here>{name}</a> }
                    })
                    .collect_view();
                let is_all = move || only.with(Option::is_none).then_some("true");
                view! {
                    <nav class="seg push" aria-label="Apps">
                        <a href="/" aria-current=is_all>"All apps"</a>
                        {items}
                    </nav>
                }
            })
        })
    }
}

/// Whether the conductor acts, and what it does by itself.
#[component]
fn Conductor(board: LiveBoard) -> impl IntoView {
    move || {
        board.conductor.with(|it| {
            let class = if it.on_duty { "chip" } else { "chip is-wait" };
            let title = format!("It moves {} transitions by itself, and asks before {}", it.auto, it.ask);
            (!it.state.is_empty()).then(|| {
                view! {
                    <p class=class title=title>
                        {icon("#conductor")}
                        {plain(&format!("Conductor: {}", conductor::explain::lower_first(&it.state)), 80)}
                    </p>
                }
            })
        })
    }.erase()
}

/// No app is configured yet.
#[component]
fn FirstRun() -> impl IntoView {
    view! {
        <section class="panel first-run" aria-labelledby="h-first">
            <h2 id="h-first">"No app on the board yet"</h2>
            <p>
                "Name your apps and their sources in the configuration, then start again. "
                <code>"signalbox.example.toml"</code>
                " shows every key; "
                <code>"signalbox check --config signalbox.toml"</code>
                " tries each source and says what is wrong with it."
            </p>
        </section>
    }.erase()
}
