//! The board: what needs a person, every train in flight, and what stands beside. The same board for one app alone.

use conductor::board::{ConductorView, Summary, TrackView, summary};
use conductor::{AppId, Warning};
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{Failed, Notices};
use crate::calls::boards;
use crate::calls::given::given;
use crate::components::bulb::icon;
use crate::components::calls::Calls;
use crate::components::head::{Head, Heading};
use crate::components::lines::{AppPanel, LaneHeads};
use crate::components::sources::Sources;
use crate::components::time::Zone;
use crate::components::yard::Yard;
use crate::erased::Erase;
use crate::format::{need_you, others, plain};
use crate::live::{AppRow, Live, LiveBoard};
use crate::plain::{El, el};

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
    let (answer, data) = given(|| (), boards::have_board, |()| boards::board());
    let content = move || match answer.get() {
        None => view! { <Waiting/> }.erase(),
        Some(Err(error)) => view! { <Failed error/> }.erase(),
        Some(Ok(board)) => {
            let board = live.keep(std::sync::Arc::unwrap_or_clone(board));
            view! { <BoardOrNothing board only/> }.erase()
        }
    };
    view! {
        {data}
        {content}
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
    }
    .erase()
}

#[component]
fn BoardOrNothing(board: LiveBoard, only: Memo<Option<AppId>>) -> impl IntoView {
    let apps = board.apps.clone();
    let is_known = Memo::new(move |_| {
        only.with(|only| {
            only.as_ref().is_none_or(|id| apps.with(|apps| apps.iter().any(|it| it.id == *id)))
        })
    });
    move || {
        if is_known.get() {
            Either::Left(view! { <BoardView board=board.clone() only/> })
        } else {
            Either::Right(view! { <Failed error=crate::calls::AppError::NotFound/> })
        }
    }
}

/// What is counted, for the whole board or one app.
fn counted(board: &LiveBoard, only: Option<&AppId>) -> Summary {
    let Some(only) = only else { return board.summary.get() };
    let mut calls = board.calls.get();
    calls.retain(|it| it.track.app == *only);
    let rows: Vec<TrackView> = board.apps.with(|apps| {
        let app = apps.iter().find(|it| it.id == *only);
        app.map(|app| app.view.with(keys))
            .unwrap_or_default()
            .iter()
            .filter_map(|key| board.row(key).map(|row| row.get()))
            .collect()
    });
    summary(&rows, &calls)
}

fn keys(app: &conductor::board::AppView) -> Vec<String> {
    app.lines.iter().flat_map(|line| &line.current).map(|it| it.key.clone()).collect()
}

#[component]
fn BoardView(board: LiveBoard, only: Memo<Option<AppId>>) -> impl IntoView {
    Zone::provide();
    provide_context(board.clock.clone());
    board.clock.start();
    let is_shown = move |id: &AppId| only.with(|only| only.as_ref().is_none_or(|only| only == id));
    let (all_calls, all_strays, all_moves, all_apps) =
        (board.calls.clone(), board.strays.clone(), board.moves.clone(), board.apps.clone());
    let calls = move || {
        let mut calls = all_calls.get();
        calls.retain(|it| is_shown(&it.track.app));
        calls
    };
    let strays = move || {
        let mut strays = all_strays.get();
        strays.retain(|it| is_shown(&it.app));
        strays
    };
    let moves = move || {
        let mut moves = all_moves.get();
        moves.retain(|it| {
            it.track.as_ref().map_or(only.with(Option::is_none), |track| is_shown(&track.app))
        });
        moves
    };
    let shown = move || {
        let ids = all_apps.with(|apps| apps.iter().map(|it| it.id.clone()).collect::<Vec<_>>());
        ids.into_iter().filter(|id| is_shown(id)).collect::<Vec<_>>()
    };
    let counts = {
        let board = board.clone();
        move || only.with(|only| counted(&board, only.as_ref()))
    };
    let rows = board.apps.clone();
    let app_of =
        move |id: &AppId| rows.with_untracked(|apps| apps.iter().find(|it| it.id == *id).cloned());
    let no_apps = board.apps.clone();
    let of_board = board.clone();
    let (notices, sources) = (board.notices.clone(), board.sources.clone());
    view! {
        <BoardHead board=board.clone() only counts=counts.clone()/>
        <main class="page" id="main">
            <PageHead board=board.clone() only counts/>
            <Notices notices=move || notices.get().iter().map(Warning::new).collect()/>
            {move || no_apps.with(Vec::is_empty).then(first_run)}
            <Calls calls/>
            <div class="split">
                <div class="board">
                    <LaneHeads/>
                    <For
                        each=shown
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
    }
    .erase()
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
fn BoardHead<C>(board: LiveBoard, only: Memo<Option<AppId>>, counts: C) -> impl IntoView
where
    C: Fn() -> Summary + Clone + Send + Sync + 'static,
{
    let of_title = counts.clone();
    let title = move || {
        let state = need_you(of_title().need_you);
        match only.with(|only| narrowed(&board, only.as_ref())) {
            Some(name) => format!("{name}: {}", conductor::explain::lower_first(&state)),
            None => state,
        }
    };
    let description = move || {
        let counts = counts();
        format!("{}. {}", need_you(counts.need_you), others(counts)).trim_end().to_owned()
    };
    view! { <Head title description/> }.erase()
}

#[component]
fn PageHead<C>(board: LiveBoard, only: Memo<Option<AppId>>, counts: C) -> impl IntoView
where
    C: Fn() -> Summary + Clone + Send + Sync + 'static,
{
    let of_heading = counts.clone();
    let crumbs = {
        let board = board.clone();
        move || {
            only.with(|only| narrowed(&board, only.as_ref())).map(|name| {
                let up = el("a").attr("href", "/").add("Board");
                el("p").class("crumbs").add(up).add(" / ").add(el("bdi").add(name))
            })
        }
    };
    let conductor = board.conductor.clone();
    view! {
        <header class="page-head">
            <div>
                {crumbs}
                <Heading>{move || need_you(of_heading().need_you)}</Heading>
                <p data-notice>{move || others(counts())}</p>
            </div>
            <AppsNav board only/>
            {move || only.with(|only| as_text(only.as_ref()))}
            {move || conductor.with(conductor_chip)}
        </header>
    }
    .erase()
}

/// A link to the same in plain text, for a chat.
fn as_text(only: Option<&AppId>) -> El {
    let of = only.map_or_else(String::new, |id| format!("?app={id}"));
    let link = el("a").class("btn is-quiet").attr("rel", "external");
    link.attr("href", format!("/status.txt{of}")).add("Status as text")
}

#[component]
fn AppsNav(board: LiveBoard, only: Memo<Option<AppId>>) -> impl IntoView {
    let apps = board.apps;
    let link = move |name: String, href: String, id: Option<&AppId>| {
        let is_here = only.with(|only| only.as_ref() == id);
        el("a").attr("href", href).attr_if("aria-current", is_here.then_some("true")).add(name)
    };
    move || {
        apps.with(|apps| {
            let of_app = |app: &AppRow| {
                let name = app.view.with(|app| plain(&app.name, 40));
                link(name, format!("/apps/{}", app.id), Some(&app.id))
            };
            (apps.len() > 1).then(|| {
                el("nav")
                    .class("seg push")
                    .attr("aria-label", "Apps")
                    .add(link("All apps".to_owned(), "/".to_owned(), None))
                    .add(apps.iter().map(of_app).collect::<Vec<_>>())
            })
        })
    }
}

/// Whether the conductor acts, and what it does by itself.
fn conductor_chip(it: &ConductorView) -> Option<El> {
    let title = format!("It moves {} transitions by itself, and asks before {}", it.auto, it.ask);
    let state = format!("Conductor: {}", conductor::explain::lower_first(&it.state));
    (!it.state.is_empty()).then(|| {
        el("p")
            .class("chip")
            .class_if("is-wait", !it.on_duty)
            .attr("title", title)
            .add(icon("#conductor"))
            .add(plain(&state, 80))
    })
}

/// No app is configured yet.
fn first_run() -> El {
    let code = |text: &'static str| el("code").add(text);
    let text = el("p")
        .add("Name your apps and their sources in the configuration, then start again. ")
        .add(code("signalbox.example.toml"))
        .add(" shows every key; ")
        .add(code("signalbox check --config signalbox.toml"))
        .add(" tries each source and says what is wrong with it.");
    el("section")
        .class("panel first-run")
        .attr("aria-labelledby", "h-first")
        .add(el("h2").attr("id", "h-first").add("No app on the board yet"))
        .add(text)
}
