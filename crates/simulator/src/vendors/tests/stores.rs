//! The stores and Sentry over a real socket.
use base64::Engine as _;
use serde_json::{Value, json};

use super::{Got, Rig, START};
use crate::plan::{DAY, HOUR};
use crate::platform::Platform;
use crate::spec::{APPLE_ISSUER_ID, APPLE_KEY_ID, GOOGLE_EMAIL};
use crate::vendors::Vendor;
use crate::world::LineAt;

fn jwt(header: &Value, claims: &Value) -> String {
    let part =
        |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(header), part(claims))
}

fn apple_token(kid: &str, lasts: i64) -> String {
    let now = START / 1_000;
    jwt(
        &json!({"alg": "ES256", "kid": kid, "typ": "JWT"}),
        &json!({"iss": APPLE_ISSUER_ID, "iat": now, "exp": now + lasts, "aud": "appstoreconnect-v1"}),
    )
}

impl Rig {
    async fn apple(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        // Signed at the world's present moment.
        let now = self.clock.load(std::sync::atomic::Ordering::SeqCst) / 1_000;
        let token = jwt(
            &json!({"alg": "ES256", "kid": APPLE_KEY_ID}),
            &json!({"iss": APPLE_ISSUER_ID, "iat": now, "exp": now + 600, "aud": "appstoreconnect-v1"}),
        );
        self.send(
            Vendor::AppStore,
            method,
            path,
            &[("authorization", format!("Bearer {token}"))],
            body,
        )
        .await
    }

    async fn play(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        let path = format!("/androidpublisher/v3/applications/example.larkcast.android{path}");
        self.send(
            Vendor::GooglePlay,
            method,
            &path,
            &[("authorization", "Bearer demo-play.1".into())],
            body,
        )
        .await
    }

    async fn sentry(&self, path: &str) -> Got {
        self.send(
            Vendor::Sentry,
            "GET",
            path,
            &[("authorization", "Bearer demo-sentry".into())],
            None,
        )
        .await
    }

    /// Advances until people are done with the next version; that version and its newest build.
    fn ripen(&self, platform: Platform) -> (String, u32) {
        let line = LineAt { app: 0, platform };
        let plan = self.running.look(|world| world.line(line).unwrap().clone());
        let (index, release) = plan
            .releases
            .iter()
            .enumerate()
            .find(|(index, one)| !plan.is_past(*index) && !one.hotfix)
            .unwrap();
        self.pass((release.done_at - START).max(0) + HOUR);
        let now = release.done_at.max(START) + HOUR;
        let build = plan
            .builds
            .iter()
            .rfind(|build| build.release == index && build.at + HOUR <= now)
            .unwrap();
        (release.version.clone(), build.number)
    }
}

#[tokio::test]
async fn google_exchanges_a_claim_for_a_token() {
    let rig = Rig::new().await;
    let claim = |iss: &str| {
        jwt(
            &json!({"alg": "RS256", "typ": "JWT"}),
            &json!({"iss": iss, "scope": "https://www.googleapis.com/auth/androidpublisher", "aud": "http://x/play/token",
                    "iat": START / 1_000, "exp": START / 1_000 + 3_600}),
        )
    };
    let post = async |iss: &str| {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", &claim(iss)),
        ];
        let url = format!("{}/token", rig.running.base(Vendor::GooglePlay));
        let answer = rig.http.post(url).form(&form).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, body) = post(GOOGLE_EMAIL).await;
    assert_eq!((status, &body["expires_in"]), (200, &json!(3599)));
    let token = body["access_token"].as_str().unwrap();
    let path =
        "/androidpublisher/v3/applications/example.larkcast.android/tracks/production/releases";
    let good = rig
        .send(
            Vendor::GooglePlay,
            "GET",
            path,
            &[("authorization", format!("Bearer {token}"))],
            None,
        )
        .await;
    assert_eq!(
        good.body["releases"][0]["releaseLifecycleState"],
        "RELEASE_LIFECYCLE_STATE_PUBLISHED"
    );
    assert_eq!(post("somebody@else.example").await.0, 400);
    let bad = rig
        .send(Vendor::GooglePlay, "GET", path, &[("authorization", "Bearer x".into())], None)
        .await;
    assert_eq!(bad.status, 401);
}

#[tokio::test]
async fn play_rolls_out_by_edits() {
    let rig = Rig::new().await;
    let (version, code) = rig.ripen(Platform::Android);
    let id = |got: &Got| got.body["id"].as_str().unwrap().to_owned();
    let lost = id(&rig.play("POST", "/edits", Some(json!({}))).await);
    let edit = id(&rig.play("POST", "/edits", Some(json!({}))).await);
    let gone = rig.play("GET", &format!("/edits/{lost}/tracks/production"), None).await;
    assert_eq!(
        (gone.status, gone.body["error"]["errors"][0]["reason"].as_str()),
        (410, Some("editDeleted"))
    );
    let mut track = rig.play("GET", &format!("/edits/{edit}/tracks/production"), None).await.body;
    let wrong = json!({"track": "production", "releases": [{"versionCodes": [code.to_string()], "status": "completed", "userFraction": 0.5}]});
    assert_eq!(
        rig.play("PUT", &format!("/edits/{edit}/tracks/production"), Some(wrong)).await.status,
        400
    );
    let mut releases = track["releases"].as_array().unwrap().clone();
    releases.insert(0, json!({"name": version, "versionCodes": [code.to_string()], "status": "inProgress", "userFraction": 0.01,
                              "releaseNotes": [{"language": "en-GB", "text": "Better"}]}));
    track["releases"] = releases.into();
    let put =
        rig.play("PUT", &format!("/edits/{edit}/tracks/production"), Some(track.clone())).await;
    assert_eq!(put.body["releases"][0]["releaseNotes"][0]["text"], "Better");
    let commit = format!("/edits/{edit}:commit?changesInReviewBehavior=ERROR_IF_IN_REVIEW");
    assert_eq!(rig.play("POST", &commit, None).await.status, 200);
    let again = rig.play("POST", &commit, None).await;
    assert_eq!(
        (again.status, again.body["error"]["status"].as_str()),
        (400, Some("FAILED_PRECONDITION"))
    );
    let state = async || {
        let got = rig.play("GET", "/tracks/production/releases", None).await;
        got.body["releases"][0]["releaseLifecycleState"].as_str().unwrap().to_owned()
    };
    assert_eq!(state().await, "RELEASE_LIFECYCLE_STATE_IN_REVIEW");
    // A raise during the review is refused, and the edit stays alive.
    let raise = id(&rig.play("POST", "/edits", Some(json!({}))).await);
    track["releases"][0]["userFraction"] = json!(0.1);
    rig.play("PUT", &format!("/edits/{raise}/tracks/production"), Some(track)).await;
    let refused = rig
        .play(
            "POST",
            &format!("/edits/{raise}:commit?changesInReviewBehavior=ERROR_IF_IN_REVIEW"),
            None,
        )
        .await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(rig.play("GET", &format!("/edits/{raise}"), None).await.status, 200);
    rig.pass(9 * HOUR);
    assert_eq!(state().await, "RELEASE_LIFECYCLE_STATE_PUBLISHED");
    let share = rig.running.look(|world| {
        world.shares[&LineAt { app: 0, platform: Platform::Android }].last().unwrap().clone()
    });
    assert!(share.builds.contains(&(code, 0.01)), "{share:?}");
}

#[tokio::test]
async fn apple_looks_at_tokens() {
    let rig = Rig::new().await;
    let try_it = async |token: String| {
        rig.send(
            Vendor::AppStore,
            "GET",
            "/v1/apps",
            &[("authorization", format!("Bearer {token}"))],
            None,
        )
        .await
        .status
    };
    assert_eq!(try_it(apple_token(APPLE_KEY_ID, 900)).await, 200);
    assert_eq!(try_it(apple_token("OTHER", 900)).await, 401);
    assert_eq!(try_it(apple_token(APPLE_KEY_ID, 3_600)).await, 401);
    assert_eq!(try_it("x.y".to_owned()).await, 401);
}

#[tokio::test]
async fn apple_takes_a_version_from_submission_to_phases() {
    let rig = Rig::new().await;
    let (version, number) = rig.ripen(Platform::Ios);
    let apps = rig.apple("GET", "/v1/apps?filter[bundleId]=example.larkcast.ios", None).await;
    let app = apps.body["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!(
        "/v1/apps/{app}/appStoreVersions?filter[platform]=IOS&filter[versionString]={version}&include=build,appStoreVersionPhasedRelease"
    );
    let found = rig.apple("GET", &path, None).await;
    let row = found.body["data"][0].clone();
    assert_eq!(row["attributes"]["appVersionState"], "PREPARE_FOR_SUBMISSION");
    assert_eq!(row["attributes"]["releaseType"], "MANUAL");
    let id = row["id"].as_str().unwrap().to_owned();
    let phased = found.body["included"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["type"] == "appStoreVersionPhasedReleases")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let builds = rig.apple("GET", &format!("/v1/builds?filter[app]={app}&filter[version]={number}&include=preReleaseVersion&sort=-uploadedDate"), None).await;
    assert_eq!(builds.body["included"][0]["attributes"]["version"], version.as_str());
    let build = builds.body["data"][0]["id"].as_str().unwrap().to_owned();
    let attached = rig
        .apple(
            "PATCH",
            &format!("/v1/appStoreVersions/{id}/relationships/build"),
            Some(json!({"data": {"type": "builds", "id": build}})),
        )
        .await;
    assert_eq!(attached.status, 204);
    let related =
        |name: &str, kind: &str, id: &str| json!({name: {"data": {"type": kind, "id": id}}});
    let body = json!({"data": {"type": "reviewSubmissions", "attributes": {"platform": "IOS"}, "relationships": related("app", "apps", &app)}});
    let made = rig.apple("POST", "/v1/reviewSubmissions", Some(body.clone())).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(rig.apple("POST", "/v1/reviewSubmissions", Some(body)).await.status, 409);
    let submission = made.body["data"]["id"].as_str().unwrap().to_owned();
    let mut both = related("appStoreVersion", "appStoreVersions", &id);
    both["reviewSubmission"] =
        related("reviewSubmission", "reviewSubmissions", &submission)["reviewSubmission"].clone();
    let item = rig
        .apple(
            "POST",
            "/v1/reviewSubmissionItems",
            Some(json!({"data": {"type": "reviewSubmissionItems", "relationships": both}})),
        )
        .await;
    assert_eq!(item.status, 201, "{}", item.body);
    let send = json!({"data": {"type": "reviewSubmissions", "id": submission, "attributes": {"submitted": true}}});
    let sent = rig.apple("PATCH", &format!("/v1/reviewSubmissions/{submission}"), Some(send)).await;
    assert_eq!(sent.body["data"]["attributes"]["state"], "WAITING_FOR_REVIEW");
    let open = rig.apple("GET", &format!("/v1/reviewSubmissions?filter[app]={app}&filter[platform]=IOS&filter[state]=WAITING_FOR_REVIEW&include=items,appStoreVersionForReview"), None).await;
    assert_eq!(
        open.body["data"][0]["relationships"]["appStoreVersionForReview"]["data"]["id"],
        id.as_str()
    );
    rig.pass(27 * HOUR);
    let state = async || {
        rig.apple("GET", &format!("/v1/appStoreVersions/{id}"), None).await.body["data"]["attributes"]["appVersionState"].as_str().unwrap().to_owned()
    };
    assert_eq!(state().await, "PENDING_DEVELOPER_RELEASE");
    let ask = json!({"data": {"type": "appStoreVersionReleaseRequests", "relationships": related("appStoreVersion", "appStoreVersions", &id)}});
    assert_eq!(
        rig.apple("POST", "/v1/appStoreVersionReleaseRequests", Some(ask)).await.status,
        201
    );
    rig.pass(2 * HOUR);
    assert_eq!(state().await, "READY_FOR_DISTRIBUTION");
    let pause = json!({"data": {"type": "appStoreVersionPhasedReleases", "id": phased, "attributes": {"phasedReleaseState": "PAUSED"}}});
    let paused = rig
        .apple("PATCH", &format!("/v1/appStoreVersionPhasedReleases/{phased}"), Some(pause))
        .await;
    assert_eq!(
        (paused.status, paused.body["data"]["attributes"]["phasedReleaseState"].as_str()),
        (200, Some("PAUSED"))
    );
    rig.pass(2 * DAY);
    let read = rig
        .apple("GET", &format!("/v1/appStoreVersions/{id}/appStoreVersionPhasedRelease"), None)
        .await;
    assert_eq!(
        (
            &read.body["data"]["attributes"]["currentDayNumber"],
            &read.body["data"]["attributes"]["totalPauseDuration"]
        ),
        (&json!(1), &json!(2))
    );
}

#[tokio::test]
async fn apple_pages_by_cursor_and_shows_relations_only_when_asked() {
    let rig = Rig::new().await;
    let app =
        rig.apple("GET", "/v1/apps?filter[bundleId]=example.larkcast.ios", None).await.body["data"]
            [0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
    let mut url = Some(format!("/v1/builds?filter[app]={app}&sort=-uploadedDate&limit=3"));
    let mut numbers = Vec::new();
    while let Some(at) = url {
        let page = rig.apple("GET", &at, None).await;
        numbers.extend(
            page.body["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["attributes"]["version"].as_str().unwrap().parse::<u32>().unwrap()),
        );
        url = page.body["links"]["next"].as_str().map(str::to_owned);
        assert!(page.body["data"][0]["relationships"]["preReleaseVersion"].get("data").is_none());
    }
    assert!(numbers.len() > 6 && numbers.windows(2).all(|pair| pair[0] > pair[1]), "{numbers:?}");
    assert_eq!(rig.apple("GET", "/v1/reviewSubmissions", None).await.status, 400);
}

#[tokio::test]
async fn sentry_groups_sessions_by_release_and_status() {
    let rig = Rig::new().await;
    rig.pass(HOUR);
    let path = "/api/0/organizations/fernhollow/sessions/?field=sum(session)&groupBy=project&groupBy=release&groupBy=environment&groupBy=session.status&statsPeriod=24h&interval=1h&project=4500000&environment=production";
    let got = rig.sentry(path).await;
    assert_eq!(got.status, 200, "{}", got.body);
    let groups = got.body["groups"].as_array().unwrap();
    assert!(groups.iter().all(|one| one["by"]["project"] == 4_500_000));
    let of = |status: &str| {
        groups
            .iter()
            .filter(|one| one["by"]["session.status"] == status)
            .map(|one| one["totals"]["sum(session)"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert!(of("healthy") > 20_000 && of("crashed") > 0 && of("crashed") * 200 < of("healthy"));
    let name = groups[0]["by"]["release"].as_str().unwrap();
    assert!(name.starts_with("example.larkcast.android@") && name.contains('+'), "{name}");
    let series = groups[0]["series"]["sum(session)"].as_array().unwrap();
    assert_eq!(series.len(), got.body["intervals"].as_array().unwrap().len());
    let alone = rig.sentry(&format!("/api/0/organizations/fernhollow/sessions/?field=sum(session)&statsPeriod=14d&interval=1d&groupBy=release&includeSeries=0&query=release:[\"{}\"]", name.replace('+', "%2B"))).await;
    assert_eq!(alone.body["groups"].as_array().unwrap().len(), 1);
    assert_eq!(
        rig.sentry("/api/0/organizations/fernhollow/sessions/?field=p95(x)").await.status,
        400
    );
    assert_eq!(rig.sentry("/api/0/organizations/other/projects/").await.status, 404);
    let projects = rig.sentry("/api/0/organizations/fernhollow/projects/?per_page=4").await;
    assert!(
        projects.headers["link"]
            .to_str()
            .unwrap()
            .contains("rel=\"next\"; results=\"true\"; cursor=\"0:4:0\"")
    );
    let releases = rig.sentry("/api/0/organizations/fernhollow/releases/?project=4500000").await;
    assert!(releases.body.as_array().unwrap().iter().any(|one| one["version"] == name));
}
