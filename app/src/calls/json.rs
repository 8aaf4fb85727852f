//! JSON on the way to the browser. Written by `serde_json`; read by a reader of our own, because the browser pays for
//! code: `serde_json` is made anew for each kind of input, and reads each struct both as a list and as a map. Here there
//! is one input and one form, which spares a first visit more than a hundred kilobytes.
//!
//! It reads what `serde_json` writes of our own types, and no more: structs as objects, enums by name, numbers, text.
//!
//! An enum whose name stands in a tag inside its object is read as it stands, the tag first, as it was written. Serde would
//! keep all of the object until it has seen the tag, and reads each such type by a second reader made for what it kept. So
//! in the browser these types have no tag of their own (`cfg_attr(not(target_family = "wasm"), serde(tag = …))`), and the reader
//! knows what to do with an object whose first key is none of the names.

mod reader;

#[cfg(feature = "ssr")]
use leptos::server_fn::codec::Post;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use reader::NotJson;
pub(crate) use reader::from_str;

/// How calls answer.
pub struct Json;

/// The same, as the form of an answer.
#[cfg(feature = "ssr")]
pub(crate) type JsonAnswer = Post<Json>;

impl ContentType for Json {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Json {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Json {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<bytes::Bytes, Self::Error> {
        serde_json::to_vec(output).map(bytes::Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Json {
    type Error = NotJson;

    fn decode(bytes: bytes::Bytes) -> Result<T, Self::Error> {
        from_str(std::str::from_utf8(&bytes).map_err(|_| NotJson)?)
    }
}

#[cfg(test)]
mod tests;
