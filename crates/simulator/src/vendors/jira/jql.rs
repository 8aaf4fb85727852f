//! The part of JQL that release questions use: clauses joined by AND, then ORDER BY. Fields `project`, `fixVersion`,
//! `priority`, `labels`, `component`, `statusCategory`, `status`, `resolution`, `assignee`, `issuetype`, `key` with `=`,
//! `!=`, `in (…)`, `not in (…)`, `is EMPTY`, `is not EMPTY`; `summary ~`; `created` and `updated` with `>=`, `>`, `<=`,
//! `<` against a date or a span such as `-15m`. All else is refused in Jira's words, so that a query that only this
//! simulator would misunderstand cannot pass.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What one issue shows to a query.
pub(super) struct Row {
    /// By field in lower case; no value means empty.
    pub(super) words: BTreeMap<String, Vec<String>>,
    pub(super) moments: BTreeMap<String, i64>,
    /// 0 is the most urgent.
    pub(super) urgency: usize,
    pub(super) number: u64,
}

#[derive(Debug)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Empty,
    NotEmpty,
    Holds(String),
    Since { at: When, strictly: bool },
    Before { at: When, strictly: bool },
}

#[derive(Clone, Copy, Debug)]
enum When {
    At(i64),
    Ago(i64),
}

#[derive(Debug)]
pub(super) struct Query {
    clauses: Vec<(String, Test)>,
    /// Fields, and whether each falls.
    order: Vec<(String, bool)>,
}

const WORDS: [&str; 12] = [
    "project",
    "fixversion",
    "priority",
    "labels",
    "component",
    "statuscategory",
    "status",
    "resolution",
    "assignee",
    "issuetype",
    "key",
    "summary",
];

/// Splits into words, quoted texts (marked), operators and brackets.
fn split(text: &str) -> Result<Vec<(String, bool)>, String> {
    let mut parts: Vec<(String, bool)> = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_whitespace() => {}
            '"' | '\'' => {
                let mut inside = String::new();
                loop {
                    match letters.next() {
                        None => {
                            return Err(format!(
                                "Error in the JQL Query: The quoted string '{inside}' has not been completed."
                            ));
                        }
                        Some('\\') => inside.extend(letters.next()),
                        Some(end) if end == letter => break,
                        Some(other) => inside.push(other),
                    }
                }
                parts.push((inside, true));
            }
            '(' | ')' | ',' => parts.push((letter.to_string(), false)),
            '=' | '!' | '<' | '>' | '~' => {
                let mut sign = letter.to_string();
                sign.extend(letters.next_if(|next| *next == '=' || *next == '~'));
                parts.push((sign, false));
            }
            other => {
                let mut word = other.to_string();
                while let Some(next) =
                    letters.next_if(|next| !next.is_whitespace() && !"()=!<>~,\"'".contains(*next))
                {
                    word.push(next);
                }
                parts.push((word, false));
            }
        }
    }
    Ok(parts)
}

struct Parts(std::iter::Peekable<std::vec::IntoIter<(String, bool)>>);

impl Parts {
    fn take(&mut self) -> Option<(String, bool)> {
        self.0.next()
    }

    fn takes(&mut self, word: &str) -> bool {
        self.0.next_if(|(part, quoted)| !quoted && part.eq_ignore_ascii_case(word)).is_some()
    }

    fn value(&mut self) -> Result<String, String> {
        match self.take() {
            Some((value, quoted)) if quoted || !"()=,".contains(value.as_str()) => {
                if !quoted && self.takes("(") {
                    return Err(format!("Unable to find JQL function '{value}()'."));
                }
                Ok(value)
            }
            Some((other, _)) => Err(format!("Error in the JQL Query: Expecting either a value, list or function but got '{other}'.")),
            None => Err("Error in the JQL Query: Expecting either a value, list or function before the end of the query.".to_owned()),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        if !self.takes("(") {
            return Err("Error in the JQL Query: Expecting '(' after 'in'.".to_owned());
        }
        let mut values = vec![self.value()?];
        while self.takes(",") {
            values.push(self.value()?);
        }
        if self.takes(")") {
            Ok(values)
        } else {
            Err("Error in the JQL Query: Expecting ')' or ','.".to_owned())
        }
    }
}

fn when(text: &str) -> Result<When, String> {
    let wrong = || {
        format!(
            "Date value '{text}' for field 'updated' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )
    };
    if let Some(span) = text.strip_prefix('-') {
        let unit = span.chars().last().ok_or_else(wrong)?;
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            'w' => 7 * 24 * 60,
            _ => return Err(wrong()),
        };
        let number: i64 = span.trim_end_matches(unit).parse().map_err(|_| wrong())?;
        return Ok(When::Ago(number * minutes * 60_000));
    }
    let text = text.replace('/', "-");
    let full = if text.contains(' ') { text.clone() } else { format!("{text} 00:00") };
    let parsed =
        chrono::NaiveDateTime::parse_from_str(&full, "%Y-%m-%d %H:%M").map_err(|_| wrong())?;
    Ok(When::At(parsed.and_utc().timestamp_millis()))
}

impl Query {
    /// Reads a query; the error is what Jira would say.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Parts(split(text)?.into_iter().peekable());
        let mut query = Self { clauses: Vec::new(), order: Vec::new() };
        while parts.0.peek().is_some() {
            if parts.takes("order") {
                if !parts.takes("by") {
                    return Err("Error in the JQL Query: Expecting 'by' after 'order'.".to_owned());
                }
                loop {
                    let field = parts.value()?.to_lowercase();
                    let falls = parts.takes("desc");
                    if !falls {
                        parts.takes("asc");
                    }
                    query.order.push((field, falls));
                    if !parts.takes(",") {
                        break;
                    }
                }
                if let Some((more, _)) = parts.take() {
                    return Err(format!(
                        "Error in the JQL Query: The character or word '{more}' is not expected after the order."
                    ));
                }
                break;
            }
            if !query.clauses.is_empty() && !parts.takes("and") {
                let (found, _) = parts.take().unwrap_or_default();
                return Err(format!(
                    "Error in the JQL Query: Expecting 'AND' but got '{found}'. This simulator knows AND alone."
                ));
            }
            query.clauses.push(clause(&mut parts)?);
        }
        if query.clauses.is_empty() {
            return Err("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.".to_owned());
        }
        Ok(query)
    }

    /// Values that the site does not have: Jira refuses them rather than find nothing.
    pub(super) fn unknown_values(
        &self,
        projects: &[String],
        versions: &[String],
        priorities: &[&str],
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        for (field, test) in &self.clauses {
            let (Test::In(values) | Test::NotIn(values)) = test else { continue };
            for value in values {
                let is_same = |known: &str| known.eq_ignore_ascii_case(value);
                let (shown, is_known) = match field.as_str() {
                    "project" => (
                        "project",
                        projects.iter().any(|one| is_same(one)) || value.parse::<u32>().is_ok(),
                    ),
                    "fixversion" => ("fixVersion", versions.iter().any(|one| is_same(one))),
                    "priority" => ("priority", priorities.iter().any(|one| is_same(one))),
                    _ => ("", true),
                };
                if !is_known {
                    wrong.push(format!(
                        "The value '{value}' does not exist for the field '{shown}'."
                    ));
                }
            }
        }
        wrong
    }

    /// Whether an issue is found.
    pub(super) fn takes(&self, row: &Row, now: i64) -> bool {
        let at = |when: &When| match when {
            When::At(moment) => *moment,
            When::Ago(span) => now - span,
        };
        self.clauses.iter().all(|(field, test)| {
            let words = row.words.get(field).map(Vec::as_slice).unwrap_or_default();
            let holds = |values: &[String]| {
                words.iter().any(|word| values.iter().any(|value| value.eq_ignore_ascii_case(word)))
            };
            let moment = row.moments.get(field).copied().unwrap_or_default();
            match test {
                Test::In(values) => holds(values),
                // As in Jira, an empty field is not found by `!=` or `not in`.
                Test::NotIn(values) => !words.is_empty() && !holds(values),
                Test::Empty => words.is_empty(),
                Test::NotEmpty => !words.is_empty(),
                Test::Holds(part) => {
                    words.iter().any(|word| word.to_lowercase().contains(&part.to_lowercase()))
                }
                Test::Since { at: when, strictly } => {
                    moment > at(when) || (!strictly && moment == at(when))
                }
                Test::Before { at: when, strictly } => {
                    moment < at(when) || (!strictly && moment == at(when))
                }
            }
        })
    }

    /// The order that was asked for; newest first without one.
    pub(super) fn order(&self, one: &Row, other: &Row) -> Ordering {
        for (field, falls) in &self.order {
            let rising = match field.as_str() {
                "created" | "updated" => one.moments.get(field).cmp(&other.moments.get(field)),
                // The most urgent comes last when rising.
                "priority" => other.urgency.cmp(&one.urgency),
                "key" => one.number.cmp(&other.number),
                _ => one.words.get(field).cmp(&other.words.get(field)),
            };
            let order = if *falls { rising.reverse() } else { rising };
            if order != Ordering::Equal {
                return order;
            }
        }
        other.number.cmp(&one.number)
    }
}

fn clause(parts: &mut Parts) -> Result<(String, Test), String> {
    let (name, _) = parts
        .take()
        .ok_or("Error in the JQL Query: Expecting a field name before the end of the query.")?;
    let field = match name.to_lowercase().as_str() {
        "issuekey" | "id" => "key".to_owned(),
        "type" => "issuetype".to_owned(),
        low => low.to_owned(),
    };
    let is_moment = ["created", "updated"].contains(&field.as_str());
    if !is_moment && !WORDS.contains(&field.as_str()) {
        return Err(format!(
            "Field '{name}' does not exist or you do not have permission to view it."
        ));
    }
    let (sign, _) = parts
        .take()
        .ok_or_else(|| format!("Error in the JQL Query: Expecting operator after '{name}'."))?;
    let refuse = || format!("The operator '{sign}' is not supported by the '{name}' field.");
    let one = |values: Vec<String>| {
        values.into_iter().map(|value| unresolved(&field, value)).collect::<Option<Vec<_>>>()
    };
    let test = match sign.to_lowercase().as_str() {
        ">=" | ">" if is_moment => {
            Test::Since { at: when(&parts.value()?)?, strictly: sign == ">" }
        }
        "<=" | "<" if is_moment => {
            Test::Before { at: when(&parts.value()?)?, strictly: sign == "<" }
        }
        "~" if field == "summary" => Test::Holds(parts.value()?),
        _ if is_moment || field == "summary" => return Err(refuse()),
        "=" => one(vec![parts.value()?]).map_or(Test::Empty, Test::In),
        "!=" => one(vec![parts.value()?]).map_or(Test::NotEmpty, Test::NotIn),
        "in" => one(parts.values()?).map_or(Test::Empty, Test::In),
        "not" if parts.takes("in") => one(parts.values()?).map_or(Test::NotEmpty, Test::NotIn),
        "is" => {
            let not = parts.takes("not");
            if !(parts.takes("empty") || parts.takes("null")) {
                return Err(
                    "Error in the JQL Query: Expecting 'EMPTY' or 'NULL' after 'is'.".to_owned()
                );
            }
            if not { Test::NotEmpty } else { Test::Empty }
        }
        _ => return Err(refuse()),
    };
    Ok((field, test))
}

/// `resolution = Unresolved` asks for an empty field; `statusCategory` is also asked for by its key.
fn unresolved(field: &str, value: String) -> Option<String> {
    match (field, value.to_lowercase().as_str()) {
        ("resolution", "unresolved") | (_, "empty" | "null") => None,
        ("statuscategory", "new" | "2") => Some("To Do".to_owned()),
        ("statuscategory", "indeterminate" | "4") => Some("In Progress".to_owned()),
        ("statuscategory", "3") => Some("Done".to_owned()),
        _ => Some(value),
    }
}

#[cfg(test)]
mod tests;
