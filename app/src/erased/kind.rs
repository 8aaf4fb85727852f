//! The browser's kind: builds, hydrates and updates, and writes no HTML.

use std::any::{Any, TypeId};

use leptos::prelude::{AddAnyAttr, Mountable, Render, RenderHtml};
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::view::{Position, PositionState};

/// A view without its type.
pub(crate) struct Erased(Box<dyn View>);

/// What stands in the document of a view without its type.
pub(crate) struct ErasedState {
    of: TypeId,
    shown: Box<dyn Shown>,
    /// Holds the place of a view that shows nothing.
    placeholder: Option<Placeholder>,
}

/// Forgets a view's type.
pub(crate) trait Erase {
    /// The same view without its type.
    fn erase(self) -> Erased;
}

impl<T: RenderHtml + Send + 'static> Erase for T {
    fn erase(self) -> Erased {
        Erased(Box::new(self))
    }
}

trait View: Send {
    fn of(&self) -> TypeId;
    fn exists(&self) -> bool;
    fn build(self: Box<Self>) -> Box<dyn Shown>;
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Box<dyn Shown>;
    fn rebuild(self: Box<Self>, shown: &mut dyn Any);
}

trait Shown: Mountable {
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<S: Mountable + 'static> Shown for S {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl<T> View for T
where
    T: RenderHtml + Send + 'static,
    T::State: 'static,
{
    fn of(&self) -> TypeId {
        TypeId::of::<T>()
    }
    fn exists(&self) -> bool {
        T::EXISTS
    }
    fn build(self: Box<Self>) -> Box<dyn Shown> {
        Box::new(Render::build(*self))
    }
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Box<dyn Shown> {
        Box::new(RenderHtml::hydrate::<true>(*self, cursor, position))
    }
    fn rebuild(self: Box<Self>, shown: &mut dyn Any) {
        if let Some(shown) = shown.downcast_mut() {
            Render::rebuild(*self, shown);
        }
    }
}

impl Render for Erased {
    type State = ErasedState;

    fn build(self) -> ErasedState {
        let placeholder = (!self.0.exists()).then(Rndr::create_placeholder);
        ErasedState { of: self.0.of(), shown: self.0.build(), placeholder }
    }

    fn rebuild(self, state: &mut ErasedState) {
        if self.0.of() == state.of {
            self.0.rebuild(state.shown.as_any());
            return;
        }
        let mut new = self.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

impl Mountable for ErasedState {
    fn unmount(&mut self) {
        self.shown.unmount();
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.unmount();
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.shown.mount(parent, marker);
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.mount(parent, marker);
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.shown.insert_before_this(child)
            || self.placeholder.as_ref().is_some_and(|it| it.insert_before_this(child))
    }

    fn elements(&self) -> Vec<Element> {
        self.shown.elements()
    }
}

impl AddAnyAttr for Erased {
    type Output<A: Attribute> = Self;

    /// Attributes are given to elements here, never laid over a component from outside.
    fn add_any_attr<A: Attribute>(self, _: A) -> Self {
        self
    }
}

impl RenderHtml for Erased {
    type AsyncOutput = Self;
    type Owned = Self;
    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    /// The browser writes no HTML.
    fn to_html_with_buf(
        self,
        _: &mut String,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> ErasedState {
        let (of, exists) = (self.0.of(), self.0.exists());
        let shown = self.0.hydrate(cursor, position);
        let placeholder = (!exists).then(|| cursor.next_placeholder(position));
        ErasedState { of, shown, placeholder }
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> ErasedState {
        self.hydrate::<true>(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
