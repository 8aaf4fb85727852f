//! The document around the app: head, styles, scripts, and the drawings that all pages use. Made on the server only.
//!
//! Inline scripts carry no nonce, so that all viewers share the same bytes: they are constants, and the server
//! lists their hashes in the content security policy ([`THEME_SCRIPT`], [`Assets::start_script`]). The data that a
//! page is hydrated from comes in further scripts after `</html>`, which change with the board.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::App;

/// Where the browser finds what it loads, as `target/site/manifest.json` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The script: `/pkg/signalbox-0123.js`.
    pub js: String,
    /// The wasm that the script loads.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
    /// The style sheet of still pages, beside the other.
    pub still_css: String,
}

/// Sets the theme before the first paint, and switches it when a person asks. Says by `data-script` that scripts run,
/// so that what needs them is shown only then.
pub const THEME_SCRIPT: &str = include_str!("shell/theme.js");

/// The lamps and icons. They stand outside the app: the wasm need not carry them.
pub(crate) const DRAWINGS: &str = include_str!("shell/drawings.svg");

impl Assets {
    /// Loads the wasm and hydrates. The same for every page of one build.
    pub fn start_script(&self) -> String {
        format!(
            "import init,{{hydrate}} from '{}';init({{module_or_path:'{}'}}).then(()=>hydrate())",
            self.js, self.wasm
        )
    }
}

/// The document. Give it to `leptos_axum`, or take [`document`], which does that by itself.
pub fn shell(assets: &Assets) -> impl IntoView + use<> {
    let Assets { js, wasm, css, .. } = assets.clone();
    let start = assets.start_script();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#12161a" media="(prefers-color-scheme: dark)"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=css/>
                <link rel="modulepreload" href=js/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script inner_html=THEME_SCRIPT></script>
                <script type="module" inner_html=start></script>
                <MetaTags/>
            </head>
            <body>
                <svg class="drawings" width="0" height="0" aria-hidden="true" inner_html=DRAWINGS></svg>
                <div id="app">
                    <App/>
                </div>
            </body>
        </html>
    }
}

pub use document::{Document, document};

mod document;
#[cfg(test)]
mod tests;
