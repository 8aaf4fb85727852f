//! What a page is made from. The server has it ready, makes the page from it, and puts it into the page; the browser
//! finds it there when it hydrates, and asks only on the way to another page.
//!
//! It stands in the page as JSON that no browser runs as a script, so that scripts stay the same for every page, and
//! the policy can name them once.

use std::future::Future;

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::AppError;

/// The name of the element that holds it.
const PLACE: &str = "given";

/// An answer that is here, or on its way.
pub(crate) type Answer<T> = ArcRwSignal<Option<Result<T, AppError>>>;

/// Makes the page from what `have` gives on the server; in the browser from what the server put into the page, and
/// after that from what `ask` brings, anew whenever `about` changes.
pub(crate) fn given<A, T, Asking>(
    about: impl Fn() -> A + 'static,
    have: impl FnOnce() -> Result<T, AppError>,
    ask: impl Fn(A) -> Asking + 'static,
) -> (Answer<T>, impl IntoView)
where
    A: PartialEq + 'static,
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Asking: Future<Output = Result<T, AppError>> + 'static,
{
    let here: Option<Result<T, AppError>> = here(have);
    let json = written(here.as_ref());
    let answer = ArcRwSignal::new(here);
    ask_anew(answer.clone(), about, ask);
    (answer, view! { <script type="application/json" id=PLACE inner_html=json></script> })
}

#[cfg(feature = "ssr")]
#[expect(clippy::unnecessary_wraps, reason = "the browser's own may have nothing")]
fn here<T>(have: impl FnOnce() -> Result<T, AppError>) -> Option<Result<T, AppError>> {
    Some(have())
}

/// What the server put into the page; nothing once it has been taken, and on any page after the first.
#[cfg(not(feature = "ssr"))]
fn here<T: DeserializeOwned>(
    _: impl FnOnce() -> Result<T, AppError>,
) -> Option<Result<T, AppError>> {
    #[cfg(feature = "hydrate")]
    {
        let place = document().get_element_by_id(PLACE)?;
        let text = place.text_content()?;
        if text.is_empty() {
            return None;
        }
        place.set_text_content(None);
        super::from_str::<Result<T, AppError>>(&text).ok()
    }
    #[cfg(not(feature = "hydrate"))]
    None
}

/// As JSON in which nothing can close the element that it stands in.
#[cfg(feature = "ssr")]
fn written<T: Serialize>(answer: Option<&T>) -> String {
    let json = answer.and_then(|it| serde_json::to_string(it).ok()).unwrap_or_default();
    json.replace('<', "\\u003c")
}

#[cfg(not(feature = "ssr"))]
fn written<T>(_: Option<&T>) -> String {
    String::new()
}

fn ask_anew<A, T, Asking>(
    answer: Answer<T>,
    about: impl Fn() -> A + 'static,
    ask: impl Fn(A) -> Asking + 'static,
) where
    A: PartialEq + 'static,
    T: Send + Sync + 'static,
    Asking: Future<Output = Result<T, AppError>> + 'static,
{
    Effect::new(move |before: Option<bool>| {
        let about = about();
        let is_here = before.is_none() && answer.with_untracked(Option::is_some);
        if !is_here {
            if before.is_some() {
                answer.set(None);
            }
            let asking = ask(about);
            let answer = answer.clone();
            leptos::task::spawn_local(async move { answer.set(Some(asking.await)) });
        }
        true
    });
}
