//! A piece as it stands in the document: built, taken over from the server's HTML, brought up to date.

use leptos::prelude::{Mountable, RenderEffect};
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::types::{Element, Node, Text};
use leptos::tachys::renderer::{CastFrom, Rndr};
use leptos::tachys::view::{Position, PositionState};

use super::{Child, El, Live};

/// An element in the document, with what it was made from.
pub(crate) struct Shown {
    element: Element,
    made_from: El,
    children: Vec<Part>,
}

enum Part {
    Element(Shown),
    Text(Text),
    /// Sets its text whenever its signals change, for as long as it is kept.
    Live(Text, RenderEffect<()>),
}

impl Shown {
    pub(super) fn build(mut el: El) -> Self {
        let is_drawing = matches!(el.tag, "svg" | "use");
        let element =
            Rndr::create_element(el.tag, is_drawing.then_some("http://www.w3.org/2000/svg"));
        for (name, value) in &el.attributes {
            Rndr::set_attribute(&element, name, value);
        }
        let children = std::mem::take(&mut el.children)
            .into_iter()
            .map(|child| Part::build(child, &element))
            .collect();
        Self { element, made_from: el, children }
    }

    pub(super) fn hydrate(el: El, cursor: &Cursor, position: &PositionState) -> Self {
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        let found = cursor.current();
        let shown = match Element::cast_from(found.clone()) {
            Some(element) => Self::take_over(el, element),
            // Not what the server should have written. What is right is built, and takes the place.
            None => {
                let mut built = Self::build(el);
                if let Some(parent) = Rndr::get_parent(&found).and_then(Element::cast_from) {
                    built.mount(&parent, Some(&found));
                }
                built
            }
        };
        cursor.set(shown.element.clone().into());
        position.set(Position::NextChild);
        shown
    }

    fn take_over(mut el: El, element: Element) -> Self {
        let mut next = Rndr::first_child(element.as_ref());
        let children = std::mem::take(&mut el.children)
            .into_iter()
            .map(|child| {
                let found = next.take();
                next = found.as_ref().and_then(Rndr::next_sibling);
                Part::take_over(child, found, &element)
            })
            .collect();
        Self { element, made_from: el, children }
    }

    pub(super) fn rebuild(&mut self, mut el: El) {
        // What was typed into the sheet of one thing must not end up with another.
        if el.tag != self.made_from.tag || el.id() != self.made_from.id() {
            let mut new = Self::build(el);
            self.insert_before_this(&mut new);
            self.unmount();
            *self = new;
            return;
        }
        let old = &self.made_from.attributes;
        for (name, value) in &el.attributes {
            if !old.iter().any(|it| it.0 == *name && it.1 == *value) {
                Rndr::set_attribute(&self.element, name, value);
            }
        }
        for (name, _) in old {
            if !el.attributes.iter().any(|it| it.0 == *name) {
                Rndr::remove_attribute(&self.element, name);
            }
        }
        let children = std::mem::take(&mut el.children);
        for surplus in self.children.drain(children.len().min(self.children.len())..) {
            surplus.remove();
        }
        for (at, child) in children.into_iter().enumerate() {
            match self.children.get_mut(at) {
                Some(part) => part.rebuild(child, &self.element),
                None => self.children.push(Part::build(child, &self.element)),
            }
        }
        self.made_from = el;
    }
}

fn text_of(child: &Child) -> &str {
    match child {
        Child::Text(text) => text,
        Child::Element(_) | Child::Live(_) => "",
    }
}

fn follow(text: &Text, live: Live) -> RenderEffect<()> {
    let text = text.clone();
    RenderEffect::new(move |_| {
        let new = live();
        let node: &Node = text.as_ref();
        // Ages are asked every second, and change seldom.
        if node.node_value().as_deref() != Some(new.as_str()) {
            Rndr::set_text(&text, &new);
        }
    })
}

impl Part {
    /// Made, and put at the end of its parent.
    fn build(child: Child, parent: &Element) -> Self {
        let part = Self::make(child);
        Rndr::insert_node(parent, part.node(), None);
        part
    }

    fn make(child: Child) -> Self {
        match child {
            Child::Element(el) => Self::Element(Shown::build(el)),
            Child::Text(text) => Self::Text(Rndr::create_text_node(&text)),
            Child::Live(live) => {
                let text = Rndr::create_text_node("");
                let effect = follow(&text, live);
                Self::Live(text, effect)
            }
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "what was found is taken over, not looked at"
    )]
    fn take_over(child: Child, found: Option<Node>, parent: &Element) -> Self {
        let element = |found: &Option<Node>| found.clone().and_then(Element::cast_from);
        let text = |found: &Option<Node>| found.clone().and_then(Text::cast_from);
        match child {
            Child::Element(el) => match element(&found) {
                Some(element) => Self::Element(Shown::take_over(el, element)),
                None => Self::build(Child::Element(el), parent),
            },
            Child::Text(words) => match text(&found) {
                Some(text) => Self::Text(text),
                None => Self::build(Child::Text(words), parent),
            },
            Child::Live(live) => match text(&found) {
                Some(text) => {
                    let effect = follow(&text, live);
                    Self::Live(text, effect)
                }
                None => Self::build(Child::Live(live), parent),
            },
        }
    }

    fn rebuild(&mut self, child: Child, parent: &Element) {
        match (&mut *self, child) {
            (Self::Element(shown), Child::Element(el)) => shown.rebuild(el),
            (Self::Text(text), child @ Child::Text(_)) => {
                let node: &Node = (*text).as_ref();
                if node.node_value().as_deref() != Some(text_of(&child)) {
                    Rndr::set_text(text, text_of(&child));
                }
            }
            (Self::Live(text, effect), Child::Live(live)) => *effect = follow(text, live),
            (_, child) => {
                let new = Self::make(child);
                Rndr::insert_node(parent, new.node(), Some(self.node()));
                let old = std::mem::replace(self, new);
                old.remove();
            }
        }
    }

    fn node(&self) -> &Node {
        match self {
            Self::Element(shown) => shown.element.as_ref(),
            Self::Text(text) | Self::Live(text, _) => text.as_ref(),
        }
    }

    fn remove(self) {
        Rndr::remove(self.node());
    }
}

impl Mountable for Shown {
    fn unmount(&mut self) {
        Rndr::remove(self.element.as_ref());
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        Rndr::insert_node(parent, self.element.as_ref(), marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let parent = Rndr::get_parent(self.element.as_ref()).and_then(Element::cast_from);
        if let Some(parent) = parent {
            child.mount(&parent, Some(self.element.as_ref()));
            return true;
        }
        false
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}
