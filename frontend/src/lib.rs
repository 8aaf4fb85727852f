//! The wasm entry point: takes over the page that the server rendered.

/// Hydrates the app inside `#app`. Called by the page's script once the wasm is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
