//! Lists that come in pages: read to the end, and never round in circles.

use crate::http::Http;
use ports::SourceError;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// Watches the cursors of one listing: a cursor seen before, or too many pages, end it.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    seen: BTreeSet<String>,
    /// Pages read so far.
    pub pages: usize,
}

impl Cursors {
    /// Takes the cursor of the next page. Fails with the reason for which the listing must end here.
    pub(crate) fn step(&mut self, cursor: &str, most: usize) -> Result<(), String> {
        self.pages += 1;
        if self.pages >= most {
            return Err(format!("the list goes on after {most} pages"));
        }
        if !self.seen.insert(cursor.to_owned()) {
            return Err(format!("it repeated its cursor after page {}", self.pages));
        }
        Ok(())
    }
}

/// What was read of a list.
#[derive(Debug)]
pub(crate) struct Pages<I> {
    /// The items of the pages that came.
    pub items: Vec<I>,
    /// Why the rest did not come; `None`: this is all.
    pub broken: Option<SourceError>,
}

impl Http {
    /// Reads all pages by their `Link` headers. Fails only if the first page does.
    pub(crate) async fn pages<T: DeserializeOwned, I>(
        &self,
        what: &str,
        path: &str,
        query: &[(&str, &str)],
        most: usize,
        items_of: impl Fn(T) -> Vec<I>,
    ) -> Result<Pages<I>, SourceError> {
        let mut page = self.get::<T>(what, path, query).await?;
        let (mut items, mut cursors) = (Vec::new(), Cursors::default());
        loop {
            let next = page.next();
            items.extend(items_of(page.value));
            let Some(next) = next else { return Ok(Pages { items, broken: None }) };
            if let Err(why) = cursors.step(&next, most) {
                return Ok(Pages { items, broken: Some(self.unreadable(what, &why)) });
            }
            page = match self.next_page(what, &next).await {
                Ok(page) => page,
                Err(error) => return Ok(Pages { items, broken: Some(error) }),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_ends_where_its_cursor_repeats_or_its_pages_run_out() {
        let mut cursors = Cursors::default();
        assert_eq!(cursors.step("t1", 10), Ok(()));
        assert_eq!(cursors.step("t1", 10), Err("it repeated its cursor after page 2".to_owned()));
        let mut cursors = Cursors::default();
        assert_eq!(cursors.step("a", 2), Ok(()));
        assert_eq!(cursors.step("b", 2), Err("the list goes on after 2 pages".to_owned()));
    }
}
