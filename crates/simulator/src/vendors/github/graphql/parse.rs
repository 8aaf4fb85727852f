//! The part of GraphQL's grammar that readers use: one query, aliases, arguments with plain values, fragments.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Fragments;

/// A question.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) query: Vec<Selection>,
    pub(super) fragments: Fragments,
}

/// One part of what is asked of a thing.
#[derive(Debug)]
pub(super) enum Selection {
    Field(Field),
    /// Only of things of this type.
    On(String, Vec<Selection>),
    /// A named fragment.
    Spread(String),
}

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    /// What it is called in the answer.
    pub(super) alias: String,
    pub(super) name: String,
    pub(super) args: BTreeMap<String, Value>,
    pub(super) inner: Vec<Selection>,
}

impl Field {
    /// An argument that must be there as text.
    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        let value = self.args.get(name).and_then(Value::as_str).map(str::to_owned);
        value.ok_or_else(|| format!("Field '{}' is missing required arguments: {name}", self.name))
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Plain(Value),
    Mark(char),
    Spread,
}

impl Document {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader { tokens: tokens(text)?, at: 0 };
        let mut document = Self::default();
        while let Some(token) = reader.peek().cloned() {
            match token {
                Token::Mark('{') => document.query = reader.selections()?,
                Token::Name(word) if word == "query" => {
                    reader.at += 1;
                    if matches!(reader.peek(), Some(Token::Name(_))) {
                        reader.at += 1;
                    }
                    document.query = reader.selections()?;
                }
                Token::Name(word) if word == "fragment" => {
                    reader.at += 1;
                    let name = reader.name()?;
                    reader.word("on")?;
                    let kind = reader.name()?;
                    document.fragments.insert(name, (kind, reader.selections()?));
                }
                other => return Err(format!("Parse error on {other:?}")),
            }
        }
        if document.query.is_empty() {
            Err("Unexpected end of document".into())
        } else {
            Ok(document)
        }
    }
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn takes(&mut self, mark: char) -> bool {
        let is = self.peek() == Some(&Token::Mark(mark));
        self.at += usize::from(is);
        is
    }

    fn must(&mut self, mark: char) -> Result<(), String> {
        if self.takes(mark) {
            Ok(())
        } else {
            Err(format!("Expected `{mark}`, got {:?}", self.peek()))
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.peek().cloned() {
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(name)
            }
            other => Err(format!("Expected a name, got {other:?}")),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        let name = self.name()?;
        if name == word { Ok(()) } else { Err(format!("Expected `{word}`, got `{name}`")) }
    }

    fn selections(&mut self) -> Result<Vec<Selection>, String> {
        self.must('{')?;
        let mut all = Vec::new();
        while !self.takes('}') {
            if self.peek() == Some(&Token::Spread) {
                self.at += 1;
                let name = self.name()?;
                all.push(if name == "on" {
                    let kind = self.name()?;
                    Selection::On(kind, self.selections()?)
                } else {
                    Selection::Spread(name)
                });
            } else {
                all.push(Selection::Field(self.field()?));
            }
        }
        Ok(all)
    }

    fn field(&mut self) -> Result<Field, String> {
        let mut name = self.name()?;
        let alias = name.clone();
        if self.takes(':') {
            name = self.name()?;
        }
        let mut args = BTreeMap::new();
        if self.takes('(') {
            while !self.takes(')') {
                let key = self.name()?;
                self.must(':')?;
                let value = match self.peek().cloned() {
                    Some(Token::Plain(value)) => value,
                    Some(Token::Name(word)) => match word.as_str() {
                        "null" => Value::Null,
                        "true" | "false" => Value::Bool(word == "true"),
                        _ => Value::String(word),
                    },
                    other => return Err(format!("Expected a value, got {other:?}")),
                };
                self.at += 1;
                args.insert(key, value);
            }
        }
        let inner =
            if self.peek() == Some(&Token::Mark('{')) { self.selections()? } else { Vec::new() };
        Ok(Field { alias, name, args, inner })
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            ',' => 1,
            '{' | '}' | '(' | ')' | ':' => {
                all.push(Token::Mark(first));
                1
            }
            '.' if rest.starts_with("...") => {
                all.push(Token::Spread);
                3
            }
            '"' => {
                let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
                match values.next() {
                    Some(Ok(value)) => all.push(Token::Plain(value)),
                    _ => return Err("Parse error: an unterminated string".to_owned()),
                }
                values.byte_offset()
            }
            '0'..='9' => {
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                let number: u64 = rest
                    .get(..end)
                    .unwrap_or_default()
                    .parse()
                    .map_err(|_| "Parse error: a number".to_owned())?;
                all.push(Token::Plain(number.into()));
                end
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len());
                all.push(Token::Name(rest.get(..end).unwrap_or_default().to_owned()));
                end
            }
            other => return Err(format!("Parse error on \"{other}\"")),
        };
        rest = rest.get(taken..).unwrap_or_default().trim_start();
    }
    Ok(all)
}
