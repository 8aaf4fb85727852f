//! Pieces as HTML, and what can get into them.

use super::*;

#[test]
fn text_and_attributes_are_escaped() {
    let piece = el("p").attr("title", "\"><b>&").add("<i>").add(" & ").add(el("br"));
    assert_eq!(piece.to_html(), "<p title=\"&quot;&gt;&lt;b&gt;&amp;\">&lt;i&gt; &amp; <br></p>");
}

#[test]
fn neighbouring_texts_are_one_and_empty_ones_none() {
    let piece = el("p")
        .add("a")
        .add(String::new())
        .add(Some("b"))
        .add(None::<El>)
        .add(vec!["c", "d"])
        .add(el("b"))
        .add("e");
    assert_eq!(piece.clone().to_html(), "<p>abcd<b></b>e</p>");
    assert_eq!(piece.children.len(), 3);
}

#[test]
fn a_class_is_joined_by_another_only_if_that_is_so() {
    assert_eq!(
        el("p").class("a").class_if("b", true).class_if("c", false).to_html(),
        "<p class=\"a b\"></p>"
    );
    assert_eq!(
        el("p").class_if("b", true).attr_if("id", None::<&str>).to_html(),
        "<p class=\"b\"></p>"
    );
}

#[test]
fn live_text_is_written_as_it_stands() {
    assert_eq!(el("time").live(|| "1 < 2".to_owned()).to_html(), "<time>1 &lt; 2</time>");
}
