//! How App Store Connect shows things: resources, relations, what is included, and pages by cursor.

use serde_json::{Value, json};

use super::refusal;
use crate::plan::DAY;
use crate::platform::Platform;
use crate::vendors::{Answer, Ask, put, reference, rfc3339, without_nulls};
use crate::world::apple::{AppleVersion, LISTED, Phased, Submission, SubmissionItem, VALID};
use crate::world::{LineAt, World};

pub(super) fn build_id(app: usize, number: u32) -> String {
    format!("b0000000-{app:04x}-4000-8000-{number:012}")
}

/// The app and number that a build's id holds.
pub(super) fn build_number(id: &str) -> Option<(usize, u32)> {
    let mut parts = id.strip_prefix("b0000000-")?.split('-');
    let app = usize::from_str_radix(parts.next()?, 16).ok()?;
    Some((app, parts.nth(2)?.parse().ok()?))
}

pub(super) struct View<'a> {
    pub(super) world: &'a World,
    pub(super) ask: &'a Ask,
}

impl<'a> View<'a> {
    /// All apps that the store knows.
    pub(super) fn apps(&self) -> Vec<usize> {
        (0..self.world.spec().apps.len()).filter(|app| self.world.apple(*app).is_some()).collect()
    }

    pub(super) fn includes(&self, what: &str) -> bool {
        self.ask.list("include").contains(&what)
    }

    fn line(app: usize) -> LineAt {
        LineAt { app, platform: Platform::Ios }
    }

    fn app_id(&self, app: usize) -> &str {
        self.world.app_spec(app).map_or("", |spec| spec.apple_app_id.as_str())
    }

    /// A relation: with data if it was asked for, else with links alone.
    fn relation(&self, name: &str, of: &str, data: impl Into<Value>) -> Value {
        let links = json!({"self": format!("{}/v1/{of}/relationships/{name}", self.ask.base), "related": format!("{}/v1/{of}/{name}", self.ask.base)});
        if self.includes(name) {
            json!({"links": links, "data": data.into()})
        } else {
            json!({"links": links})
        }
    }

    /// One page, its included things, and the way to the next.
    pub(super) fn page(
        &self,
        rows: Vec<Value>,
        included: impl FnOnce(&[Value]) -> Vec<Value>,
    ) -> Answer {
        let limit = match self.ask.param("limit").map(str::parse::<usize>) {
            None => 50,
            Some(Ok(limit)) if (1..=200).contains(&limit) => limit,
            Some(_) => {
                return refusal(
                    400,
                    "PARAMETER_ERROR.INVALID",
                    "A parameter has an invalid value: limit",
                );
            }
        };
        let from = match self
            .ask
            .param("cursor")
            .map(|cursor| cursor.strip_prefix("from.").and_then(|at| at.parse().ok()))
        {
            None => 0,
            Some(Some(from)) => from,
            Some(None) => {
                return refusal(
                    400,
                    "PARAMETER_ERROR.INVALID",
                    "A parameter has an invalid value: cursor",
                );
            }
        };
        let total = rows.len();
        let rows: Vec<Value> = rows.into_iter().skip(from).take(limit).collect();
        let mut links = json!({"self": format!("{}{}", self.ask.base.trim_end_matches("/apple"), self.ask.url)});
        let mut paging = json!({"total": total, "limit": limit});
        if from + limit < total {
            let cursor = format!("from.{}", from + limit);
            put(&mut links, "next", json!(self.ask.with("cursor", &cursor)));
            put(&mut paging, "nextCursor", json!(cursor));
        }
        let mut included = included(&rows);
        included.sort_by_key(|one| (one["type"].to_string(), one["id"].to_string()));
        included.dedup_by(|one, other| one["id"] == other["id"] && one["type"] == other["type"]);
        let mut body = json!({"data": rows, "links": links, "meta": {"paging": paging}});
        if self.ask.param("include").is_some() {
            put(&mut body, "included", included.into());
        }
        Answer::json(body)
    }

    pub(super) fn app(&self, app: usize) -> Value {
        let Some(spec) = self.world.app_spec(app) else { return Value::Null };
        let of = format!("apps/{}", spec.apple_app_id);
        let versions = self
            .versions_of(app)
            .map(|one| reference("appStoreVersions", &one.id))
            .collect::<Vec<_>>();
        json!({
            "type": "apps", "id": spec.apple_app_id, "links": {"self": format!("{}/v1/{of}", self.ask.base)},
            "attributes": {"name": spec.name, "bundleId": spec.bundle_id, "sku": spec.id, "primaryLocale": "en-GB"},
            "relationships": {"appStoreVersions": self.relation("appStoreVersions", &of, versions)},
        })
    }

    /// Newest first.
    pub(super) fn versions_of(&self, app: usize) -> impl Iterator<Item = &'a AppleVersion> {
        self.world.apple(app).into_iter().flat_map(|apple| apple.versions.iter().rev())
    }

    pub(super) fn find_version(&self, id: &str) -> Option<(usize, &'a AppleVersion)> {
        let app = self.world.apple_owner(id)?;
        Some((app, self.world.apple(app)?.version(id)?))
    }

    pub(super) fn find_submission(&self, id: &str) -> Option<(usize, &'a Submission)> {
        let app = self.world.apple_owner(id)?;
        Some((app, self.world.apple(app)?.submissions.iter().find(|one| one.id == id)?))
    }

    pub(super) fn versions(&self, app: usize) -> Answer {
        let fits = |name: &str, value: &str| {
            let wanted = self.ask.list(name);
            wanted.is_empty() || wanted.contains(&value)
        };
        let found: Vec<&AppleVersion> = self
            .versions_of(app)
            .filter(|one| {
                let (state, old) = one.state.words();
                fits("filter[platform]", "IOS")
                    && fits("filter[versionString]", &one.version)
                    && fits("filter[appVersionState]", state)
                    && fits("filter[appStoreState]", old)
                    && fits("filter[id]", &one.id)
            })
            .collect();
        self.page(found.iter().map(|one| self.version(one)).collect(), |rows| {
            let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
            found
                .iter()
                .filter(|one| ids.contains(&one.id.as_str()))
                .flat_map(|one| self.beside_version(app, one))
                .collect()
        })
    }

    fn beside_version(&self, app: usize, version: &AppleVersion) -> Vec<Value> {
        let mut beside = Vec::new();
        if self.includes("build") {
            beside.extend(version.build.and_then(|number| self.build(app, number)));
        }
        if self.includes("appStoreVersionPhasedRelease") {
            beside.extend(version.phased.as_ref().map(|phased| self.phased(phased)));
        }
        if self.includes("app") {
            beside.push(self.app(app));
        }
        beside
    }

    pub(super) fn one_version(&self, id: &str) -> Answer {
        let Some((app, version)) = self.find_version(id) else {
            return refusal(
                404,
                "NOT_FOUND",
                &format!("There is no resource of type 'appStoreVersions' with id '{id}'"),
            );
        };
        let mut body = json!({"data": self.version(version), "links": {"self": format!("{}/v1/appStoreVersions/{id}", self.ask.base)}});
        if self.ask.param("include").is_some() {
            put(&mut body, "included", self.beside_version(app, version).into());
        }
        Answer::json(body)
    }

    pub(super) fn version(&self, version: &AppleVersion) -> Value {
        let of = format!("appStoreVersions/{}", version.id);
        let app = self.world.apple_owner(&version.id).unwrap_or_default();
        let (state, old) = version.state.words();
        let build =
            version.build.map_or(Value::Null, |number| reference("builds", &build_id(app, number)));
        let phased = version
            .phased
            .as_ref()
            .map_or(Value::Null, |one| reference("appStoreVersionPhasedReleases", &one.id));
        json!({
            "type": "appStoreVersions", "id": version.id, "links": {"self": format!("{}/v1/{of}", self.ask.base)},
            "attributes": {
                "platform": "IOS", "versionString": version.version, "appVersionState": state, "appStoreState": old,
                "releaseType": version.release_type, "earliestReleaseDate": null, "reviewType": "APP_STORE",
                "createdDate": rfc3339(version.created_at), "downloadable": true, "copyright": null,
            },
            "relationships": {
                "app": self.relation("app", &of, reference("apps", self.app_id(app))),
                "build": self.relation("build", &of, build),
                "appStoreVersionPhasedRelease": self.relation("appStoreVersionPhasedRelease", &of, phased),
            },
        })
    }

    /// A pause counts in whole days, also one that still lasts.
    pub(super) fn phased(&self, phased: &Phased) -> Value {
        let paused =
            phased.paused_ms + phased.paused_at.map_or(0, |since| self.world.now() - since);
        let attributes = without_nulls(json!({
            "phasedReleaseState": phased.state.word(), "startDate": phased.started_at.map(rfc3339),
            "totalPauseDuration": paused / DAY, "currentDayNumber": (phased.day > 0).then_some(phased.day),
        }));
        let link = format!("{}/v1/appStoreVersionPhasedReleases/{}", self.ask.base, phased.id);
        json!({"type": "appStoreVersionPhasedReleases", "id": phased.id, "attributes": attributes, "links": {"self": link}})
    }

    /// A build, once it is listed.
    pub(super) fn build(&self, app: usize, number: u32) -> Option<Value> {
        let build = self
            .world
            .build(Self::line(app), number)
            .filter(|build| build.at + LISTED <= self.world.now())?;
        let id = build_id(app, number);
        let of = format!("builds/{id}");
        let is_valid = build.at + LISTED + VALID <= self.world.now();
        let version = Self::pre_release_id(app, build.release);
        Some(json!({
            "type": "builds", "id": id, "links": {"self": format!("{}/v1/{of}", self.ask.base)},
            "attributes": {
                "version": number.to_string(), "uploadedDate": rfc3339(build.at), "expirationDate": rfc3339(build.at + 90 * DAY),
                "expired": build.at + 90 * DAY <= self.world.now(), "minOsVersion": "16.0",
                "processingState": if is_valid { "VALID" } else { "PROCESSING" }, "usesNonExemptEncryption": false,
                "buildAudienceType": "APP_STORE_ELIGIBLE",
            },
            "relationships": {
                "app": self.relation("app", &of, reference("apps", self.app_id(app))),
                "preReleaseVersion": self.relation("preReleaseVersion", &of, reference("preReleaseVersions", &version)),
            },
        }))
    }

    fn pre_release_id(app: usize, release: usize) -> String {
        format!("c0000000-{app:04x}-4000-8000-{release:012}")
    }

    pub(super) fn builds(&self, apps: &[usize]) -> Answer {
        let wanted = |name: &str| self.ask.list(name);
        let (numbers, versions, states) = (
            wanted("filter[version]"),
            wanted("filter[preReleaseVersion.version]"),
            wanted("filter[processingState]"),
        );
        let platforms = wanted("filter[preReleaseVersion.platform]");
        let mut found: Vec<(i64, usize, u32, usize, String)> = Vec::new();
        for app in apps {
            let Some(plan) = self.world.line(Self::line(*app)) else { continue };
            for build in
                plan.builds.iter().take_while(|build| build.at + LISTED <= self.world.now())
            {
                // Old builds are long gone from TestFlight.
                let version =
                    plan.releases.get(build.release).map_or("", |release| release.version.as_str());
                let fits = build.at + 120 * DAY > self.world.now()
                    && (numbers.is_empty() || numbers.contains(&build.number.to_string().as_str()))
                    && (versions.is_empty() || versions.contains(&version))
                    && (platforms.is_empty() || platforms.contains(&"IOS"));
                if fits {
                    found.push((build.at, *app, build.number, build.release, version.to_owned()));
                }
            }
        }
        // Without a sort the order is anything but that of time.
        match self.ask.param("sort") {
            Some("-uploadedDate") => found.sort_by(|one, other| other.cmp(one)),
            Some("uploadedDate") => found.sort(),
            _ => found
                .sort_by_key(|one| crate::draw::Draw::new(0, "order").at(u64::from(one.2)).bits()),
        }
        let rows: Vec<Value> = found
            .iter()
            .filter_map(|(_, app, number, ..)| self.build(*app, *number))
            .filter(|row| {
                states.is_empty()
                    || row
                        .pointer("/attributes/processingState")
                        .and_then(Value::as_str)
                        .is_some_and(|state| states.contains(&state))
            })
            .collect();
        self.page(rows, |shown| {
            let mut beside = Vec::new();
            for (_, app, number, release, version) in &found {
                if !shown.iter().any(|row| row["id"] == json!(build_id(*app, *number))) {
                    continue;
                }
                if self.includes("preReleaseVersion") {
                    let id = Self::pre_release_id(*app, *release);
                    beside.push(json!({"type": "preReleaseVersions", "id": id, "attributes": {"version": version, "platform": "IOS"}}));
                }
                if self.includes("app") {
                    beside.push(self.app(*app));
                }
            }
            beside
        })
    }

    pub(super) fn item(&self, item: &SubmissionItem) -> Value {
        let of = format!("reviewSubmissionItems/{}", item.id);
        json!({
            "type": "reviewSubmissionItems", "id": item.id, "attributes": {"state": item.state},
            "links": {"self": format!("{}/v1/{of}", self.ask.base)},
            "relationships": {"appStoreVersion": self.relation("appStoreVersion", &of, reference("appStoreVersions", &item.version))},
        })
    }

    fn submission(&self, app: usize, submission: &Submission) -> Value {
        let of = format!("reviewSubmissions/{}", submission.id);
        let items: Vec<Value> = submission
            .items
            .iter()
            .map(|item| reference("reviewSubmissionItems", &item.id))
            .collect();
        let version = submission
            .items
            .first()
            .map_or(Value::Null, |item| reference("appStoreVersions", &item.version));
        json!({
            "type": "reviewSubmissions", "id": submission.id, "links": {"self": format!("{}/v1/{of}", self.ask.base)},
            "attributes": without_nulls(json!({
                "platform": "IOS", "state": submission.state.word(), "submittedDate": submission.submitted_at.map(rfc3339),
            })),
            "relationships": {
                "app": self.relation("app", &of, reference("apps", self.app_id(app))),
                "items": self.relation("items", &of, items),
                "appStoreVersionForReview": self.relation("appStoreVersionForReview", &of, version),
            },
        })
    }

    fn beside_submission(&self, app: usize, submission: &Submission) -> Vec<Value> {
        let mut beside = Vec::new();
        if self.includes("items") {
            beside.extend(submission.items.iter().map(|item| self.item(item)));
        }
        if self.includes("appStoreVersionForReview") {
            let version =
                submission.items.first().and_then(|item| self.find_version(&item.version));
            beside.extend(version.map(|(_, version)| self.version(version)));
        }
        if self.includes("app") {
            beside.push(self.app(app));
        }
        beside
    }

    pub(super) fn submissions(&self, apps: &[usize]) -> Answer {
        let (platforms, states) =
            (self.ask.list("filter[platform]"), self.ask.list("filter[state]"));
        let found: Vec<(usize, &Submission)> = apps
            .iter()
            .flat_map(|app| {
                self.world.apple(*app).into_iter().flat_map(move |apple| {
                    apple.submissions.iter().rev().map(move |one| (*app, one))
                })
            })
            .filter(|(_, one)| {
                (platforms.is_empty() || platforms.contains(&"IOS"))
                    && (states.is_empty() || states.contains(&one.state.word()))
            })
            .collect();
        self.page(found.iter().map(|(app, one)| self.submission(*app, one)).collect(), |rows| {
            let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
            found
                .iter()
                .filter(|(_, one)| ids.contains(&one.id.as_str()))
                .flat_map(|(app, one)| self.beside_submission(*app, one))
                .collect()
        })
    }

    pub(super) fn one_submission(&self, id: &str, status: u16) -> Answer {
        let Some((app, found)) = self.find_submission(id) else {
            return refusal(
                404,
                "NOT_FOUND",
                &format!("There is no resource of type 'reviewSubmissions' with id '{id}'"),
            );
        };
        let mut body = json!({"data": self.submission(app, found), "links": {"self": format!("{}/v1/reviewSubmissions/{id}", self.ask.base)}});
        if self.ask.param("include").is_some() {
            put(&mut body, "included", self.beside_submission(app, found).into());
        }
        Answer::status(status, body)
    }
}
