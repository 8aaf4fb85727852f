//! How the browser asks a server function: by a plain request to its address. The client that Leptos makes for one does the
//! same with a client library, streams and codecs of its own, which a first visit would load for two questions.

use serde::de::DeserializeOwned;

use super::AppError;

/// Asks at an address of ours with some values. On the server, where nobody needs to ask, there is no answer.
#[cfg(not(feature = "hydrate"))]
pub(crate) async fn ask<T: DeserializeOwned>(_: &str, _: &[(&str, &str)]) -> Result<T, AppError> {
    Err(AppError::NotFound)
}

/// Asks at an address of ours with some values, and reads the answer.
#[cfg(feature = "hydrate")]
pub(crate) async fn ask<T: DeserializeOwned>(
    address: &str,
    values: &[(&str, &str)],
) -> Result<T, AppError> {
    let mut address = address.to_owned();
    for (at, (name, value)) in values.iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        address.push_str(&String::from(js_sys::encode_uri_component(value)));
    }
    let unavailable = |message: &str| AppError::Unavailable { message: message.to_owned() };
    let (is_good, text) =
        fetch(&address).await.ok_or_else(|| unavailable("the server cannot be reached"))?;
    if is_good {
        super::from_str(&text).map_err(|error| unavailable(&error.to_string()))
    } else {
        Err(super::from_str(&text).unwrap_or_else(|_| unavailable("the server has a fault")))
    }
}

/// Whether the server answered well, and what it said. `None` without an answer.
#[cfg(feature = "hydrate")]
async fn fetch(address: &str) -> Option<(bool, String)> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    let answer = JsFuture::from(leptos::prelude::window().fetch_with_str(address)).await.ok()?;
    let answer: web_sys::Response = answer.dyn_into().ok()?;
    let text = JsFuture::from(answer.text().ok()?).await.ok()?;
    Some((answer.ok(), text.as_string()?))
}
