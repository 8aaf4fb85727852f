//! Asking for issues: which JQL, all pages, and one search for many apps where they ask the same.

use super::{AppSettings, Jira, wire};
use crate::http::{Body, Got};
use crate::paging::Cursors;
use conductor::AppId;
use futures::future::join_all;
use ports::SourceError;
use serde_json::json;
use std::collections::BTreeMap;

/// At most 50 × 100 issues.
const PAGES: usize = 50;
const FIELDS: [&str; 6] = ["summary", "status", "priority", "fixVersions", "assignee", "created"];

/// Makes the JQL of an app for `project` and a test of it, such as `= "MUS"` or `in ("MUS", "POD")`.
pub(super) type Make = fn(&AppSettings, &str) -> String;

/// What was found for an app.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub issues: Vec<wire::Issue>,
    /// Why this is not all.
    pub broken: Option<SourceError>,
}

/// Open issues that block, by the app's definition. Never by "unresolved": see docs/connectors/jira.md.
pub(super) fn blocking(settings: &AppSettings, projects: &str) -> String {
    format!("project {projects} AND statusCategory != Done AND {}", bracketed(&settings.blocking))
}

/// Open bugs that have no version.
pub(super) fn strays(settings: &AppSettings, projects: &str) -> String {
    let bugs = bracketed(&settings.bugs);
    format!("project {projects} AND statusCategory != Done AND fixVersion is EMPTY AND {bugs}")
}

/// In brackets where they matter.
fn bracketed(jql: &str) -> String {
    let jql = jql.trim();
    if words(jql).iter().any(|it| it == "or") { format!("({jql})") } else { jql.to_owned() }
}

/// The words of some JQL in lower case, without what stands in quotes.
pub(super) fn words(jql: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut quote = None;
    for c in jql.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => plain.push(if c.is_alphanumeric() || c == '_' { c } else { ' ' }),
        }
    }
    plain.split_whitespace().map(str::to_lowercase).collect()
}

impl Jira {
    /// Searches for each app; apps that ask the same are asked for together.
    pub(super) async fn search_each<'a>(
        &self,
        apps: &BTreeMap<&'a AppId, &'a AppSettings>,
        make: Make,
    ) -> Vec<(&'a AppId, Found)> {
        let mut groups: BTreeMap<String, Vec<(&'a AppId, &'a AppSettings)>> = BTreeMap::new();
        for (app, settings) in apps {
            groups.entry(make(settings, "")).or_default().push((app, settings));
        }
        let found =
            join_all(groups.into_values().map(|group| self.search_group(group, make))).await;
        found.into_iter().flatten().collect()
    }

    async fn search_group<'a>(
        &self,
        group: Vec<(&'a AppId, &'a AppSettings)>,
        make: Make,
    ) -> Vec<(&'a AppId, Found)> {
        let mut keys: Vec<String> =
            group.iter().map(|(_, it)| format!("\"{}\"", it.project)).collect();
        keys.sort();
        keys.dedup();
        if let (Some((_, settings)), true) = (group.first(), keys.len() > 1) {
            let found = self.search(&make(settings, &format!("in ({})", keys.join(", ")))).await;
            // One project that Jira does not know spoils the question for all; and a project that was
            // renamed answers with another key. Then each is asked by itself.
            let refused = matches!(found.broken, Some(SourceError::Forbidden { .. }));
            let strange = found
                .issues
                .iter()
                .any(|issue| !group.iter().any(|(_, it)| is_of(issue, &it.project)));
            if !refused && !strange {
                return group
                    .into_iter()
                    .map(|(app, settings)| {
                        let ours = found.issues.iter().filter(|it| is_of(it, &settings.project));
                        (
                            app,
                            Found { issues: ours.cloned().collect(), broken: found.broken.clone() },
                        )
                    })
                    .collect();
            }
        }
        join_all(group.into_iter().map(|(app, settings)| async move {
            (app, self.search(&make(settings, &format!("= \"{}\"", settings.project))).await)
        }))
        .await
    }

    /// All pages of a search. What came before it broke is kept.
    async fn search(&self, jql: &str) -> Found {
        let mut found = Found::default();
        let mut cursors = Cursors::default();
        let mut next: Option<String> = None;
        let what = "the search for open bugs";
        loop {
            let mut body = json!({ "jql": jql, "fields": FIELDS, "maxResults": 100 });
            if let (Some(fields), Some(token)) = (body.as_object_mut(), next.take()) {
                fields.insert("nextPageToken".to_owned(), token.into());
            }
            let page = self.http.ask::<wire::SearchPage>(
                what,
                "/rest/api/3/search/jql",
                Body::Json(&body),
            );
            let page = match page.await {
                Ok(page) => page,
                Err(error) => return Found { broken: Some(error), ..found },
            };
            if let Err(error) = self.signed_in(&page) {
                return Found { issues: Vec::new(), broken: Some(error) };
            }
            found.issues.extend(page.value.issues);
            let broken = match (page.value.is_last, page.value.next_page_token) {
                (Some(true), _) => return found,
                (_, Some(token)) => match cursors.step(&token, PAGES) {
                    Ok(()) => {
                        next = Some(token);
                        continue;
                    }
                    Err(why) => self.http.unreadable(what, &why),
                },
                (Some(false), None) => {
                    self.http.unreadable(what, "it tells of more pages and gives no token for them")
                }
                (None, None) => {
                    self.http.unreadable(what, "it does not say whether this was the last page")
                }
            };
            return Found { broken: Some(broken), ..found };
        }
    }

    /// An answer to somebody whom Jira does not know is 200 and empty; only a header tells.
    pub(super) fn signed_in<T>(&self, answer: &Got<T>) -> Result<(), SourceError> {
        match answer.header("x-seraph-loginreason") {
            Some(reason) if reason.split(',').any(|it| it.trim() != "OK") => {
                Err(self.http.refused(200))
            }
            _ => Ok(()),
        }
    }
}

/// Whether an issue is of a project, by its key: `MUS-12`.
fn is_of(issue: &wire::Issue, project: &str) -> bool {
    issue.key.rsplit_once('-').is_some_and(|(key, _)| key.eq_ignore_ascii_case(project))
}
