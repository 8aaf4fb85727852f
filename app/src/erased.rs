//! Views whose type is forgotten at the border of a component, so that the compiler need not expand one type for a
//! whole page. On the server this is Leptos' own `AnyView`. In the browser that one brings along a second, asynchronous
//! way to hydrate each view, which no page here uses and which is a fifth of the wasm; so there it is a smaller one,
//! which reads the same HTML.

#[cfg(any(feature = "ssr", not(feature = "hydrate")))]
mod kind {
    pub(crate) use leptos::prelude::AnyView as Erased;
    use leptos::prelude::{IntoAny, RenderHtml};

    /// Forgets a view's type.
    pub(crate) trait Erase {
        /// The same view without its type.
        fn erase(self) -> Erased;
    }

    impl<T: RenderHtml + Send> Erase for T {
        fn erase(self) -> Erased {
            self.into_any()
        }
    }
}

#[cfg(all(feature = "hydrate", not(feature = "ssr")))]
mod kind;

pub(crate) use kind::Erase;
