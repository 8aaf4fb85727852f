//! Faces: a person's initials, until there are pictures.

use conductor::Person;
use conductor::finding::Owner;
use leptos::prelude::*;

use crate::erased::{Erase, Erased};
use crate::format::{owner_name, plain};

/// The most faces side by side.
const MOST_FACES: usize = 3;

/// A person's initials in a circle. Decoration: the name stands beside it or in the title.
pub(crate) fn face(person: &Person) -> Erased {
    view! {
        <span class="face" title=plain(&person.name, 80) aria-hidden="true">
            {plain(&person.initials(), 2)}
        </span>
    }.erase()
}

/// The faces of an owner's people, then its name.
pub(crate) fn owner(owner: &Owner) -> Erased {
    let faces = owner.people.iter().take(MOST_FACES).map(face).collect_view();
    let name = owner_name(&owner.name);
    let title = name.clone();
    view! {
        <span class="who" title=title>
            {faces}
            <bdi>{name}</bdi>
        </span>
    }.erase()
}
