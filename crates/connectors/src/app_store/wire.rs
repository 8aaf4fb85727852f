//! App Store Connect's own shapes (JSON:API). Words stay text, so that a new one loses no row, and a
//! relation tells "none" from "not sent".

use serde::{Deserialize, Deserializer};

/// A list with what was asked to be sent along.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) included: Vec<Included>,
    #[serde(default)]
    pub(super) links: Links,
}

/// One thing that was made or changed.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct One<T> {
    pub(super) data: T,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Links {
    pub(super) next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Reference {
    pub(super) id: String,
}

/// A relation to one thing. Three answers: one, none (`data: null`), and not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Relation {
    /// The relation, or its `data`, is missing: we did not ask, or Apple did not answer.
    #[default]
    NotSent,
    /// Known to be none.
    Nothing,
    /// This one.
    To(String),
}

impl<'de> Deserialize<'de> for Relation {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        match value.get("data") {
            None => Ok(Self::NotSent),
            Some(serde_json::Value::Null) => Ok(Self::Nothing),
            Some(data) => match data.get("id").and_then(serde_json::Value::as_str) {
                Some(id) => Ok(Self::To(id.to_owned())),
                None => Err(serde::de::Error::missing_field("id")),
            },
        }
    }
}

impl Relation {
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::To(id) => Some(id),
            Self::NotSent | Self::Nothing => None,
        }
    }
}

/// A relation to many.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Many {
    /// `None`: not sent.
    pub(super) data: Option<Vec<Reference>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct App {
    pub(super) id: String,
    pub(super) attributes: AppAttributes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AppAttributes {
    pub(super) bundle_id: String,
}

/// `appStoreVersions`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Version {
    pub(super) id: String,
    pub(super) attributes: VersionAttributes,
    #[serde(default)]
    pub(super) relationships: VersionRelations,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionAttributes {
    pub(super) platform: String,
    pub(super) version_string: String,
    /// The old vocabulary.
    pub(super) app_store_state: Option<String>,
    /// The new one.
    pub(super) app_version_state: Option<String>,
    /// `MANUAL`, `AFTER_APPROVAL`, `SCHEDULED`.
    pub(super) release_type: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionRelations {
    #[serde(default)]
    pub(super) build: Relation,
    #[serde(default)]
    pub(super) app_store_version_phased_release: Relation,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Phased {
    pub(super) id: String,
    pub(super) attributes: PhasedAttributes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhasedAttributes {
    /// `INACTIVE`, `ACTIVE`, `PAUSED`, `COMPLETE`.
    #[serde(default)]
    pub(super) phased_release_state: String,
    pub(super) start_date: Option<String>,
    pub(super) total_pause_duration: Option<u32>,
    pub(super) current_day_number: Option<u8>,
}

/// `reviewSubmissions`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Submission {
    pub(super) id: String,
    pub(super) attributes: SubmissionAttributes,
    #[serde(default)]
    pub(super) relationships: SubmissionRelations,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubmissionAttributes {
    #[serde(default)]
    pub(super) platform: String,
    #[serde(default)]
    pub(super) state: String,
    pub(super) submitted_date: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubmissionRelations {
    #[serde(default)]
    pub(super) app: Relation,
    #[serde(default)]
    pub(super) items: Many,
    #[serde(default)]
    pub(super) app_store_version_for_review: Relation,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) attributes: ItemAttributes,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct ItemAttributes {
    /// `READY_FOR_REVIEW`, `ACCEPTED`, `APPROVED`, `REJECTED`, `REMOVED`.
    #[serde(default)]
    pub(super) state: String,
}

/// `builds`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Build {
    pub(super) id: String,
    pub(super) attributes: BuildAttributes,
    #[serde(default)]
    pub(super) relationships: BuildRelations,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BuildAttributes {
    /// The build's number.
    pub(super) version: String,
    pub(super) uploaded_date: Option<String>,
    #[serde(default)]
    pub(super) processing_state: String,
    #[serde(default)]
    pub(super) expired: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BuildRelations {
    #[serde(default)]
    pub(super) app: Relation,
    #[serde(default)]
    pub(super) pre_release_version: Relation,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct PreRelease {
    pub(super) id: String,
    pub(super) attributes: PreReleaseAttributes,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct PreReleaseAttributes {
    pub(super) version: String,
    pub(super) platform: String,
}

/// What Apple sends along, by its type. A thing that is not ours, or that came crippled, is no reason to
/// lose the rows.
#[derive(Clone, Debug)]
pub(super) enum Included {
    Build(Build),
    Phased(Phased),
    Item(Item),
    PreRelease(PreRelease),
    Version(Version),
    Other,
}

impl<'de> Deserialize<'de> for Included {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        let kind =
            value.get("type").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let read = match kind.as_str() {
            "builds" => serde_json::from_value(value).map(Self::Build),
            "appStoreVersionPhasedReleases" => serde_json::from_value(value).map(Self::Phased),
            "reviewSubmissionItems" => serde_json::from_value(value).map(Self::Item),
            "preReleaseVersions" => serde_json::from_value(value).map(Self::PreRelease),
            "appStoreVersions" => serde_json::from_value(value).map(Self::Version),
            _ => Ok(Self::Other),
        };
        Ok(read.unwrap_or(Self::Other))
    }
}

impl<T> Page<T> {
    pub(super) fn build(&self, id: &str) -> Option<&Build> {
        self.included.iter().find_map(|it| match it {
            Included::Build(it) if it.id == id => Some(it),
            _ => None,
        })
    }
    pub(super) fn phased(&self, id: &str) -> Option<&Phased> {
        self.included.iter().find_map(|it| match it {
            Included::Phased(it) if it.id == id => Some(it),
            _ => None,
        })
    }
    pub(super) fn item(&self, id: &str) -> Option<&Item> {
        self.included.iter().find_map(|it| match it {
            Included::Item(it) if it.id == id => Some(it),
            _ => None,
        })
    }
    pub(super) fn pre_release(&self, id: &str) -> Option<&PreRelease> {
        self.included.iter().find_map(|it| match it {
            Included::PreRelease(it) if it.id == id => Some(it),
            _ => None,
        })
    }
    pub(super) fn version(&self, id: &str) -> Option<&Version> {
        self.included.iter().find_map(|it| match it {
            Included::Version(it) if it.id == id => Some(it),
            _ => None,
        })
    }
}
