//! Paths of addresses: texts of others become parts of them.

use std::fmt::Write as _;

/// A part of a path with everything escaped that is not plain; slashes too.
pub(crate) fn segment(text: &str) -> String {
    escape(text, false)
}

/// A path of several parts, such as the name of a branch: slashes stay.
pub(crate) fn segments(text: &str) -> String {
    escape(text, true)
}

fn escape(text: &str, slashes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b'/' if slashes => out.push('/'),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}
