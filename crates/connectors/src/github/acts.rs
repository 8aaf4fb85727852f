//! Publishing a release on GitHub: the one thing that is done here.

use super::{AppSettings, Github, PlatformSettings, translate, wire};
use crate::http::{Body, segments};
use async_trait::async_trait;
use conductor::process::Action;
use conductor::{AppId, Moment, Platform, SourceId, Span};
use ports::{ActError, Acts, Order};
use reqwest::Method;
use serde_json::json;

#[async_trait]
impl Acts for Github {
    fn id(&self) -> &SourceId {
        self.http.id()
    }

    fn lines(&self) -> Vec<(AppId, Platform)> {
        let of = |(app, it): (&AppId, &AppSettings)| {
            let shipped = it.platforms.iter().filter(|(_, line)| line.release_tag.is_some());
            shipped.map(|(platform, _)| (app.clone(), platform.clone())).collect::<Vec<_>>()
        };
        self.apps.iter().flat_map(of).collect()
    }

    fn actions(&self) -> &'static [Action] {
        &[Action::Publish]
    }

    /// A look of some pages, one change, and what repeats of the look may add.
    fn gives_up_after(&self) -> Span {
        Span::minutes(3)
    }

    async fn act(&self, order: &Order, now: Moment) -> Result<(), ActError> {
        self.http.set_now(now);
        let not_now = |words: String| ActError::NotNow { id: self.http.id().clone(), words };
        let found = self
            .apps
            .get(&order.track.app)
            .and_then(|app| Some((app, app.platforms.get(&order.track.platform)?)));
        let Some((app, line)) = found else {
            return Err(not_now(format!("{} is not among its apps", order.track)));
        };
        match order.action {
            Action::Publish => {}
            other => return Err(not_now(format!("it cannot {}", other.verb()))),
        }
        self.publish(app, line, order).await?;
        if let Some(memory) = self.memory.get(&order.track.app) {
            memory.lock().await.forget_releases();
        }
        Ok(())
    }
}

impl Github {
    async fn publish(
        &self,
        app: &AppSettings,
        line: &PlatformSettings,
        order: &Order,
    ) -> Result<(), ActError> {
        let not_now = |words: String| ActError::NotNow { id: self.http.id().clone(), words };
        let (Some(pattern), Some(commit)) = (&line.release_tag, &order.commit) else {
            return Err(not_now("the build's commit is not known".to_owned()));
        };
        let tag = pattern.name(&order.track.version, &order.build);
        let repo = segments(&app.repository);
        let path = format!("/repos/{repo}/releases");
        // The whole list and not the one by its tag: only the list shows drafts.
        let what = format!("the releases of {}", app.repository);
        let query = [("per_page", "100")];
        let pages =
            self.http.pages(&what, &path, &query, 40, |page: Vec<wire::Release>| page).await;
        let pages = pages.map_err(|error| not_now(error.to_string()))?;
        let Some(there) = pages.items.into_iter().find(|it| it.tag_name == tag) else {
            if let Some(error) = pages.broken {
                return Err(not_now(error.to_string()));
            }
            let body = json!({
                "tag_name": tag,
                "target_commitish": commit.as_str(),
                "name": tag,
                "draft": false,
                "prerelease": false,
                "make_latest": "true",
            });
            self.http.send(Method::POST, &path, &[], Body::Json(&body)).await?;
            return Ok(());
        };
        if let Some(other) = translate::target_sha(&there).filter(|it| it != commit) {
            let words = format!(
                "the release {tag} is there already, made of {}, not of {}",
                other.short(),
                commit.short()
            );
            return Err(not_now(words));
        }
        if !there.draft && !there.prerelease {
            return Ok(()); // It is as it should be.
        }
        let body = json!({ "draft": false, "prerelease": false, "make_latest": "true" });
        let path = format!("{path}/{}", there.id);
        self.http.send(Method::PATCH, &path, &[], Body::Json(&body)).await?;
        Ok(())
    }
}
