//! Still pages: read, followed by links, written to by plain forms, and made by the server alone. They are not hydrated
//! and load no wasm, so that the board, which is, stays small on a first visit; what they show may be personal.
//!
//! A page is a function from values to text, one file each. Where the values come from, who may see them and what a
//! form does are the server's.

use conductor::explain::day_time;
use conductor::moment::Moment;

use crate::components::bulb::icon;
use crate::components::top_bar::nav;
use crate::format::{for_title, plain};
use crate::plain::{El, el};
use crate::shell::{Assets, DRAWINGS, THEME_SCRIPT};

pub mod find;
pub mod insights;
pub mod journal;
pub mod settings;
pub mod sources;

/// Writes moments in the viewer's zone, where scripts run. They stand in UTC in the page, exact on demand.
pub const ZONE_SCRIPT: &str = include_str!("still/zone.js");

/// Where a page stands in the bar above all pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The board and what is reached through it.
    Board,
    /// History and where the time goes.
    Insights,
    /// Who answers, and how old the answers are.
    Sources,
    /// All that moved.
    Journal,
    /// Rules, people and all that is configured.
    Settings,
    /// Looking for something.
    Find,
    /// None of them: signing in.
    Elsewhere,
}

/// What frames a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The title, without the product's name.
    pub title: String,
    /// A sentence that tells the state, for previews.
    pub description: String,
    /// Where it stands.
    pub place: Place,
    /// For reading rather than for tables.
    pub is_narrow: bool,
    /// Who looks, if they are known: their name.
    pub visitor: Option<String>,
}

impl Frame {
    /// A wide page that nobody is known to look at.
    #[must_use]
    pub fn new(title: impl Into<String>, description: impl Into<String>, place: Place) -> Self {
        Self {
            title: title.into(),
            description: description.into(),
            place,
            is_narrow: false,
            visitor: None,
        }
    }

    /// The whole document around what stands in its `<main>`.
    pub(crate) fn document(&self, assets: &Assets, main: Vec<El>) -> String {
        let title = for_title(&plain(&self.title, 160));
        let meta = |name: &'static str, value: &str| {
            el("meta").attr("name", name).attr("content", value.to_owned())
        };
        let property = |name: &'static str, value: &str| {
            el("meta").attr("property", name).attr("content", value.to_owned())
        };
        let description = plain(&self.description, 300);
        let head = el("head")
            .add(el("meta").attr("charset", "utf-8"))
            .add(meta("viewport", "width=device-width, initial-scale=1"))
            .add(meta("color-scheme", "light dark"))
            .add(meta("description", &description))
            .add(property("og:title", &title))
            .add(property("og:description", &description))
            .add(el("title").add(format!("{title} · Signalbox")))
            .add(link("icon", "/favicon.svg").attr("type", "image/svg+xml"))
            .add(link("stylesheet", &assets.css))
            .add(link("stylesheet", &assets.still_css));
        let main = el("main")
            .class("page")
            .class_if("is-narrow", self.is_narrow)
            .attr("id", "main")
            .attr("tabindex", "-1")
            .add(main);
        // Scripts and drawings are constants of ours and are written as they are; all else is escaped.
        format!(
            "<!DOCTYPE html><html lang=\"en\">{head}<body>\
             <svg class=\"drawings\" width=\"0\" height=\"0\" aria-hidden=\"true\">{DRAWINGS}</svg>\
             <div id=\"app\">{skip}{bar}{main}</div><script>{ZONE_SCRIPT}</script></body></html>",
            head = head.html().replacen(
                "</head>",
                &format!("<script>{THEME_SCRIPT}</script></head>"),
                1
            ),
            skip = el("a").class("skip").attr("href", "#main").add("Skip to content").html(),
            bar = self.bar().html(),
            main = main.html(),
        )
    }

    fn bar(&self) -> El {
        let here = match self.place {
            Place::Board => Some("/"),
            Place::Insights => Some("/insights"),
            Place::Sources => Some("/sources"),
            Place::Journal => Some("/journal"),
            Place::Settings => Some("/settings"),
            Place::Find => Some("/find"),
            Place::Elsewhere => None,
        };
        let who = self.visitor.as_ref().map_or("Sign in".to_owned(), |it| plain(it, 40));
        el("header")
            .class("topbar")
            .add(el("a").class("brand").attr("href", "/").add(icon("#brand")).add("Signalbox"))
            .add(nav(here))
            .add(search())
            .add(el("a").class("btn is-quiet").attr("href", "/sign-in").add(who))
            .add(
                el("button")
                    .class("btn is-quiet is-icon")
                    .attr("type", "button")
                    .attr("data-theme-toggle", "")
                    .attr("aria-label", "Switch light and dark")
                    .add(icon("#theme")),
            )
    }
}

/// The field in the bar.
fn search() -> El {
    let field = el("input")
        .class("input")
        .attr("type", "search")
        .attr("name", "q")
        .attr("placeholder", "Find")
        .attr("aria-label", "Find a version, app, bug, commit or person")
        .attr("maxlength", conductor::find::LONGEST.to_string());
    el("form")
        .class("search")
        .attr("action", "/find")
        .attr("role", "search")
        .attr("aria-label", "From any page")
        .add(field)
}

fn link(rel: &'static str, href: &str) -> El {
    el("link").attr("rel", rel).attr("href", href.to_owned())
}

/// The heading of a page with a line below it.
pub(crate) fn page_head(heading: &str, below: impl Into<String>) -> El {
    el("header")
        .class("page-head")
        .add(el("div").add(el("h1").add(plain(heading, 160))).add(el("p").add(below.into())))
}

/// A panel with its heading and, at the right of it, a remark.
pub(crate) fn panel(id: &'static str, heading: &'static str, remark: impl Into<String>) -> El {
    el("section").class("panel").attr("aria-labelledby", id).add(
        el("div")
            .class("panel-head")
            .add(el("h2").attr("id", id).add(heading))
            .add(el("span").class("push muted").add(remark.into())),
    )
}

/// A table that scrolls by itself where it is too wide: its columns' headings and its rows, each cell an element `td` or
/// `th`.
pub(crate) fn table(caption: &'static str, headings: &[&'static str], rows: Vec<Vec<El>>) -> El {
    let headings =
        headings.iter().map(|it| el("th").attr("scope", "col").add(*it)).collect::<Vec<_>>();
    let rows = rows.into_iter().map(|cells| el("tr").add(cells)).collect::<Vec<_>>();
    el("div")
        .class("scrolls")
        .attr("tabindex", "0")
        .attr("role", "group") // No landmark: the panel around it is one, often of the same name.
        .attr("aria-label", caption)
        .add(
            el("table")
                .class("table")
                .add(el("caption").class("sr").add(caption))
                .add(el("thead").add(el("tr").add(headings)))
                .add(el("tbody").add(rows)),
        )
}

/// A moment in UTC, which [`ZONE_SCRIPT`] moves to the viewer's zone.
pub(crate) fn moment(at: Moment) -> El {
    el("time")
        .attr("datetime", at.to_string())
        .attr("title", day_time(at))
        .attr("data-local", "")
        .add(day_time(at))
}

#[cfg(test)]
mod tests;
