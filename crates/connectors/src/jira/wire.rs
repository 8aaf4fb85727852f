//! The shapes of Jira's answers, cut to the fields that are used.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SearchPage {
    pub issues: Vec<Issue>,
    pub next_page_token: Option<String>,
    pub is_last: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Issue {
    pub id: String,
    pub key: String,
    #[serde(default)]
    pub fields: Fields,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields {
    pub summary: Option<String>,
    pub status: Option<Status>,
    pub priority: Option<Named>,
    pub fix_versions: Option<Vec<Named>>,
    pub assignee: Option<Assignee>,
    pub created: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    pub status_category: Option<Category>,
}

/// Its key is the same in all languages: `new`, `indeterminate`, `done`. Its name is not.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Category {
    pub key: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assignee {
    pub display_name: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub released: bool,
    #[serde(default)]
    pub archived: bool,
    pub start_date: Option<String>,
    pub release_date: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Myself {
    pub account_id: Option<String>,
    pub display_name: Option<String>,
}
