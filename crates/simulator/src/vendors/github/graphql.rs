//! GitHub GraphQL, as far as a reader of releases needs it: `repository(owner, name)` with `object(oid)`, a commit's
//! `statusCheckRollup.contexts`, and `refs(refPrefix)`. Aliases and fragments work; variables, directives and mutations do
//! not. A field that is not here is refused as one that GitHub's schema lacks.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::view::View;
use super::{check_rows, refs};
use crate::plan::Commit;
use crate::vendors::{Answer, Ask};
use crate::world::World;
use parse::{Document, Field, Selection};

mod parse;

/// GitHub gives no more of a connection at once.
const MOST: usize = 100;

/// Answers `POST /graphql`.
pub(super) fn answer(world: &World, ask: &Ask) -> Answer {
    let body = ask.json().unwrap_or_default();
    let text = body.get("query").and_then(Value::as_str).unwrap_or_default();
    let asked = match Document::read(text) {
        Ok(asked) => asked,
        Err(why) => return refused(&why),
    };
    let mut run = Run { world, ask, asked: &asked, errors: Vec::new() };
    let mut data = Map::new();
    for field in run.fields(&asked.query, "Query") {
        let value = match field.name.as_str() {
            "repository" => run.repository(field),
            other => Err(format!("Field '{other}' doesn't exist on type 'Query'")),
        };
        match value {
            Ok(value) => drop(data.insert(field.alias.clone(), value)),
            Err(why) => return refused(&why),
        }
    }
    let mut answer = json!({"data": data});
    if !run.errors.is_empty() {
        super::put(&mut answer, "errors", run.errors.into());
    }
    Answer::json(answer)
}

/// A question that does not fit the schema: 200, no data.
fn refused(why: &str) -> Answer {
    Answer::json(json!({"errors": [{"message": why, "locations": []}]}))
}

struct Run<'a> {
    world: &'a World,
    ask: &'a Ask,
    asked: &'a Document,
    errors: Vec<Value>,
}

impl<'a> Run<'a> {
    /// The fields that are asked of a thing of this type, fragments laid open.
    fn fields(&self, of: &'a [Selection], kind: &str) -> Vec<&'a Field> {
        let mut all = Vec::new();
        for one in of {
            match one {
                Selection::Field(field) => all.push(field),
                Selection::On(on, inner) if on == kind => all.extend(self.fields(inner, kind)),
                Selection::On(..) => {}
                Selection::Spread(name) => {
                    if let Some((on, inner)) = self.asked.fragments.get(name)
                        && on == kind
                    {
                        all.extend(self.fields(inner, kind));
                    }
                }
            }
        }
        all
    }

    fn repository(&mut self, of: &'a Field) -> Result<Value, String> {
        let (owner, name) = (of.text("owner")?, of.text("name")?);
        let full = format!("{owner}/{name}");
        let Some(app) = self.world.find_app(|app| app.repository == full) else {
            let words = format!("Could not resolve to a Repository with the name '{full}'.");
            self.errors.push(json!({"type": "NOT_FOUND", "path": [of.alias], "message": words}));
            return Ok(Value::Null);
        };
        let mut out = Map::new();
        for field in self.fields(&of.inner, "Repository") {
            let value = match field.name.as_str() {
                "__typename" => json!("Repository"),
                "nameWithOwner" => json!(full),
                "object" => {
                    let sha = field.text("oid")?;
                    match self.world.commit(app, &sha) {
                        Some(commit) => self.commit(app, commit, field)?,
                        None => Value::Null,
                    }
                }
                "refs" => self.refs(app, field)?,
                other => return Err(unknown(other, "Repository")),
            };
            out.insert(field.alias.clone(), value);
        }
        Ok(out.into())
    }

    fn commit(&self, app: usize, commit: &Commit, of: &'a Field) -> Result<Value, String> {
        let mut out = Map::new();
        for field in self.fields(&of.inner, "Commit") {
            let value = match field.name.as_str() {
                "__typename" => json!("Commit"),
                "oid" => json!(commit.sha),
                "statusCheckRollup" => self.rollup(app, commit, field)?,
                other => return Err(unknown(other, "Commit")),
            };
            out.insert(field.alias.clone(), value);
        }
        Ok(out.into())
    }

    /// Check runs and statuses in one list; null where there are neither.
    fn rollup(&self, app: usize, commit: &Commit, of: &'a Field) -> Result<Value, String> {
        let Some(spec) = self.world.app_spec(app) else { return Ok(Value::Null) };
        let view = View { ask: self.ask, spec };
        let checks = self.world.checks(app, &commit.sha);
        let runs = check_rows(&view, commit, &checks, false, None).into_iter().map(|row| {
            json!({
                "__typename": "CheckRun", "databaseId": plain(&row, "/id"), "name": plain(&row, "/name"),
                "status": upper(&row, "/status"), "conclusion": upper(&row, "/conclusion"),
                "startedAt": plain(&row, "/started_at"), "completedAt": plain(&row, "/completed_at"),
                "url": plain(&row, "/html_url"), "detailsUrl": plain(&row, "/details_url"),
                "checkSuite": {
                    "__typename": "CheckSuite", "databaseId": plain(&row, "/check_suite/id"),
                    "app": {"__typename": "App", "databaseId": plain(&row, "/app/id"), "slug": plain(&row, "/app/slug")},
                },
            })
        });
        let contexts = view.last_statuses(commit, &checks).into_iter().map(|row| {
            json!({
                "__typename": "StatusContext", "context": plain(&row, "/context"), "state": upper(&row, "/state"),
                "targetUrl": plain(&row, "/target_url"), "createdAt": plain(&row, "/created_at"),
            })
        });
        let all: Vec<Value> = runs.chain(contexts).collect();
        if all.is_empty() {
            return Ok(Value::Null);
        }
        let mut out = Map::new();
        for field in self.fields(&of.inner, "StatusCheckRollup") {
            let value = match field.name.as_str() {
                "__typename" => json!("StatusCheckRollup"),
                "contexts" => self.connection("StatusCheckRollupContextConnection", &all, field)?,
                other => return Err(unknown(other, "StatusCheckRollup")),
            };
            out.insert(field.alias.clone(), value);
        }
        Ok(out.into())
    }

    fn refs(&self, app: usize, of: &'a Field) -> Result<Value, String> {
        let prefix = of.text("refPrefix")?;
        if !prefix.starts_with("refs/") || !prefix.ends_with('/') {
            return Err(format!(
                "'{prefix}' is no prefix of refs: it begins with refs/ and ends with /"
            ));
        }
        let rows: Vec<Value> = refs(self.world, app)
            .into_iter()
            .filter_map(|(name, sha)| {
                let rest = name.strip_prefix(&prefix)?.to_owned();
                let target = json!({"__typename": "Commit", "oid": sha});
                Some(json!({"__typename": "Ref", "prefix": prefix, "name": rest, "target": target}))
            })
            .collect();
        self.connection("RefConnection", &rows, of)
    }

    fn connection(&self, kind: &str, rows: &[Value], of: &'a Field) -> Result<Value, String> {
        let first = of.args.get("first").and_then(Value::as_u64).ok_or_else(|| {
            let name = &of.name;
            format!("You must provide a `first` or `last` value to properly paginate the `{name}` connection.")
        })?;
        let first = usize::try_from(first).unwrap_or(MOST);
        if first > MOST {
            return Err(format!(
                "Requesting {first} records exceeds the `first` limit of {MOST} records."
            ));
        }
        let from = of.args.get("after").and_then(Value::as_str).and_then(|it| it.parse().ok());
        let from: usize = from.unwrap_or(0);
        let to = (from + first).min(rows.len());
        let page = json!({"__typename": "PageInfo", "hasNextPage": to < rows.len(), "endCursor": to.to_string()});
        let nodes = rows.get(from..to).unwrap_or_default();
        let whole =
            json!({"__typename": kind, "totalCount": rows.len(), "pageInfo": page, "nodes": nodes});
        self.part(&whole, &of.inner)
    }

    /// What is asked of a thing that lies ready.
    fn part(&self, of: &Value, asked: &'a [Selection]) -> Result<Value, String> {
        match of {
            Value::Array(all) => all.iter().map(|one| self.part(one, asked)).collect(),
            Value::Object(has) => {
                let kind = has.get("__typename").and_then(Value::as_str).unwrap_or_default();
                let mut out = Map::new();
                for field in self.fields(asked, kind) {
                    let value = has.get(&field.name).ok_or_else(|| unknown(&field.name, kind))?;
                    out.insert(field.alias.clone(), self.part(value, &field.inner)?);
                }
                Ok(out.into())
            }
            plain => Ok(plain.clone()),
        }
    }
}

/// A part of what REST shows.
fn plain(row: &Value, at: &str) -> Value {
    row.pointer(at).cloned().unwrap_or_default()
}

/// The same word as GraphQL writes it.
fn upper(row: &Value, at: &str) -> Value {
    match plain(row, at) {
        Value::String(word) => word.to_uppercase().into(),
        other => other,
    }
}

fn unknown(field: &str, kind: &str) -> String {
    format!("Field '{field}' doesn't exist on type '{kind}'")
}

/// Fragments by name: on which type, and what.
type Fragments = BTreeMap<String, (String, Vec<Selection>)>;
