//! Views made of plain values: one type for every piece of a page that is written anew as a whole when its values
//! change. A row, a ledger, a list of commits are such pieces; what reads signals of its own is a Leptos component.
//!
//! Leptos gives each `view!` a type of its own, and the browser pays for the code of each: with these pages more than
//! twice the size. A piece is an element with attributes and children; written as HTML on the server, taken over as it
//! stands in the browser, and brought up to date node by node, so that only what differs touches the document.

mod shown;

use std::borrow::Cow;
use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::{AddAnyAttr, Render, RenderHtml};
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Position, PositionState};

pub(crate) use shown::Shown;

/// An element. Built by [`el`], its attributes and children added in order.
#[derive(Clone)]
pub(crate) struct El {
    tag: &'static str,
    attributes: Vec<(&'static str, Cow<'static, str>)>,
    children: Vec<Child>,
}

/// What stands in an element.
#[derive(Clone)]
enum Child {
    Element(El),
    Text(Cow<'static, str>),
    /// Text that follows signals: an age. It is the only child of its element.
    Live(Live),
}

type Live = Arc<dyn Fn() -> String + Send + Sync>;

/// A new element: `el("li")`.
pub(crate) fn el(tag: &'static str) -> El {
    El { tag, attributes: Vec::new(), children: Vec::new() }
}

impl El {
    /// Its class, or classes.
    pub(crate) fn class(self, class: &'static str) -> Self {
        self.attr("class", class)
    }

    /// One more class, if that is so.
    pub(crate) fn class_if(mut self, class: &'static str, is_so: bool) -> Self {
        if is_so {
            match self.attributes.iter_mut().find(|(name, _)| *name == "class") {
                Some((_, classes)) => {
                    let classes = classes.to_mut();
                    classes.push(' ');
                    classes.push_str(class);
                }
                None => return self.class(class),
            }
        }
        self
    }

    /// An attribute.
    pub(crate) fn attr(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// An attribute, if it has a value.
    pub(crate) fn attr_if<V: Into<Cow<'static, str>>>(
        self,
        name: &'static str,
        value: Option<V>,
    ) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Its id. An element with another id is another element, and takes the place of the one before.
    fn id(&self) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| *name == "id").map(|(_, id)| id.as_ref())
    }

    /// Children: an element, text, or several or none of them.
    pub(crate) fn add(mut self, children: impl Children) -> Self {
        children.add_to(&mut self);
        self
    }

    /// Text that follows signals, as the only child.
    pub(crate) fn live(mut self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.children = vec![Child::Live(Arc::new(text))];
        self
    }

    /// Neighbouring texts are one: so they are in HTML, and the browser finds what the server wrote.
    fn push_text(&mut self, text: Cow<'static, str>) {
        if text.is_empty() {
            return;
        }
        match self.children.last_mut() {
            Some(Child::Text(before)) => before.to_mut().push_str(&text),
            _ => self.children.push(Child::Text(text)),
        }
    }

    /// It, and all that stands in it, as HTML.
    #[cfg(feature = "ssr")]
    pub(crate) fn html(&self) -> String {
        let mut html = String::new();
        self.write(&mut html);
        html
    }

    fn write(&self, html: &mut String) {
        html.push('<');
        html.push_str(self.tag);
        for (name, value) in &self.attributes {
            html.push(' ');
            html.push_str(name);
            html.push_str("=\"");
            escape(value, html);
            html.push('"');
        }
        html.push('>');
        if matches!(self.tag, "br" | "input" | "meta" | "link") {
            return;
        }
        for child in &self.children {
            match child {
                Child::Element(element) => element.write(html),
                Child::Text(text) => escape(text, html),
                Child::Live(text) => escape(&text(), html),
            }
        }
        html.push_str("</");
        html.push_str(self.tag);
        html.push('>');
    }
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}

/// What can be put into an element.
pub(crate) trait Children {
    /// Puts it at the end.
    fn add_to(self, parent: &mut El);
}

impl Children for El {
    fn add_to(self, parent: &mut El) {
        parent.children.push(Child::Element(self));
    }
}

impl Children for String {
    fn add_to(self, parent: &mut El) {
        parent.push_text(self.into());
    }
}

impl Children for &'static str {
    fn add_to(self, parent: &mut El) {
        parent.push_text(self.into());
    }
}

impl<T: Children> Children for Option<T> {
    fn add_to(self, parent: &mut El) {
        if let Some(child) = self {
            child.add_to(parent);
        }
    }
}

impl<T: Children> Children for Vec<T> {
    fn add_to(self, parent: &mut El) {
        for child in self {
            child.add_to(parent);
        }
    }
}

impl<A: Children, B: Children> Children for (A, B) {
    fn add_to(self, parent: &mut El) {
        self.0.add_to(parent);
        self.1.add_to(parent);
    }
}

impl<A: Children, B: Children> Children for Either<A, B> {
    fn add_to(self, parent: &mut El) {
        match self {
            Self::Left(child) => child.add_to(parent),
            Self::Right(child) => child.add_to(parent),
        }
    }
}

impl Render for El {
    type State = Shown;

    fn build(self) -> Shown {
        Shown::build(self)
    }

    fn rebuild(self, shown: &mut Shown) {
        shown.rebuild(self);
    }
}

impl AddAnyAttr for El {
    type Output<A: Attribute> = Self;

    /// Attributes are given where the element is made.
    fn add_any_attr<A: Attribute>(self, _: A) -> Self {
        self
    }
}

impl RenderHtml for El {
    type AsyncOutput = Self;
    type Owned = Self;
    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        html: &mut String,
        position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra: Vec<AnyAttribute>,
    ) {
        self.write(html);
        *position = Position::NextChild;
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Shown {
        Shown::hydrate(self, cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
