//! Lamps and icons. The shape and the mark tell the state without the colour, and each lamp has a word beside it.

use conductor::Platform;
use conductor::lamp::Signal;

use crate::plain::{El, el};

/// A lamp's bulb. Decoration: who uses it puts the words beside it.
pub(crate) fn bulb(signal: Signal) -> El {
    drawing(
        "bulb",
        match signal {
            Signal::None => "#lamp-none",
            Signal::Go => "#lamp-go",
            Signal::Waived => "#lamp-waived",
            Signal::Unknown => "#lamp-unknown",
            Signal::Wait => "#lamp-wait",
            Signal::Stop => "#lamp-stop",
        },
    )
}

/// The bulb of a warning, which holds nothing up.
pub(crate) fn warning_bulb() -> El {
    drawing("bulb", "#lamp-warn")
}

/// An icon by its address in the drawings: `#clock`.
pub(crate) fn icon(address: &'static str) -> El {
    drawing("i", address)
}

/// A platform's icon.
pub(crate) fn platform_icon(platform: &Platform) -> El {
    icon(match platform {
        Platform::Android => "#android",
        Platform::Ios => "#ios",
        Platform::Desktop => "#desktop",
        Platform::Other(_) => "#branch",
    })
}

/// A drawing with a class of its own.
pub(crate) fn drawing(class: &'static str, address: &'static str) -> El {
    el("svg").attr("class", class).attr("aria-hidden", "true").add(el("use").attr("href", address))
}
