//! Faces and links: a person's initials, until there are pictures, and outside text that may lead somewhere.

use crate::format::{link, owner_name, plain};
use crate::plain::{El, el};
use conductor::Person;
use conductor::finding::Owner;

/// The most faces side by side.
const MOST_FACES: usize = 3;

/// A person's initials in a circle. Decoration: the name stands beside it or in the title.
pub(crate) fn face(person: &Person) -> El {
    el("span")
        .class("face")
        .attr("title", plain(&person.name, 80))
        .attr("aria-hidden", "true")
        .add(plain(&person.initials(), 2))
}

/// The faces of an owner's people, then its name.
pub(crate) fn owner(owner: &Owner) -> El {
    let faces = owner.people.iter().take(MOST_FACES).map(face).collect::<Vec<_>>();
    let name = owner_name(&owner.name);
    let title = name.clone();
    el("span").class("who").attr("title", title).add(faces).add(el("bdi").add(name))
}

/// Outside text with the address it leads to, if that may be a link.
pub(crate) fn linked(text: String, address: Option<&str>) -> El {
    match link(address) {
        Some(href) => el("a").attr("href", href).attr("rel", "noreferrer").add(el("bdi").add(text)),
        None => el("bdi").add(text),
    }
}
