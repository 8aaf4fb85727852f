//! The small pages of this module as HTML.

use super::answer;
use crate::access::{Role, Visitor};
use crate::deeds::Refusal;
use crate::http::Site;
use app::shell::THEME_SCRIPT;
use axum::http::StatusCode;
use axum::response::Response;
use std::fmt::Write as _;

/// Why nothing was done, with the way back.
pub(super) fn refusal(site: &Site, refusal: &Refusal, back: &str) -> Response {
    let body = format!(
        "<header class=\"page-head\"><h1>Nothing was done</h1></header>\
         <section class=\"panel sheet-page\"><p class=\"banner\" role=\"alert\">{}</p>\
         <p class=\"row\"><a class=\"btn\" href=\"{}\">Back to the train</a></p></section>",
        escaped(&sentence(&refusal.message)),
        escaped(back),
    );
    answer(refusal.status, document(site, "Nothing was done", &body))
}

/// The page to sign in or out on.
pub(super) fn sign_in(
    site: &Site,
    who: Option<&Visitor>,
    next: &str,
    refused: Option<&Refusal>,
) -> Response {
    let next_field = format!("<input type=\"hidden\" name=\"next\" value=\"{}\">", escaped(next));
    let mut body = String::from("<header class=\"page-head\"><h1>Sign in</h1></header>");
    body.push_str("<section class=\"panel sheet-page\">");
    if let Some(refusal) = refused {
        let _ = write!(
            body,
            "<p class=\"banner\" role=\"alert\">{}</p>",
            escaped(&sentence(&refusal.message))
        );
    }
    if let Some(who) = who {
        let _ = write!(
            body,
            "<p>You are signed in as <b>{}</b> ({}).</p>\
             <form method=\"post\" action=\"/sign-out\"><p class=\"row\">\
             <button class=\"btn\">Sign out</button> <a class=\"btn is-quiet\" href=\"{}\">Go on</a></p></form>",
            escaped(&who.person.name),
            who.role.title().to_lowercase(),
            escaped(next),
        );
    }
    if site.may_speak_for_others {
        body.push_str("<p>This is a demonstration: play any role.</p>");
        body.push_str("<form method=\"post\" action=\"/sign-in\">");
        body.push_str(&next_field);
        body.push_str("<p class=\"row\">");
        for role in Role::ALL {
            let _ = write!(
                body,
                "<button class=\"btn\" name=\"role\" value=\"{}\">{}</button> ",
                role.as_str(),
                role.title()
            );
        }
        body.push_str("</p></form>");
    } else if site.admin.is_some() {
        let _ = write!(
            body,
            "<form method=\"post\" action=\"/sign-in\">{next_field}\
             <label class=\"field\"><span>The admin’s token</span>\
             <input class=\"input\" type=\"password\" name=\"token\" autocomplete=\"current-password\" required></label>\
             <p class=\"row\"><button class=\"btn is-primary\">Sign in</button></p></form>"
        );
    } else {
        body.push_str(
            "<p>Nobody may write here yet: configure <code>[server.admin]</code> with a name and a token.</p>",
        );
    }
    body.push_str("</section>");
    let status = refused.map_or(StatusCode::OK, |it| it.status);
    answer(status, document(site, "Sign in", &body))
}

fn document(site: &Site, title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title} · Signalbox</title><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"{css}\"><script>{THEME_SCRIPT}</script></head>\
         <body><header class=\"topbar\"><a class=\"brand\" href=\"/\">Signalbox</a>\
         <nav class=\"nav\" aria-label=\"Main\"><a href=\"/\">Board</a></nav></header>\
         <main class=\"page is-narrow\" id=\"main\">{body}</main></body></html>",
        css = site.assets.css,
    )
}

/// Text as HTML text and attribute value.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// With a capital, so that it can stand alone.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
