//! Keys and values of `ztc.toml` and `--option`, with their places.
//!
//! The only file that names the TOML library. Must not know which keys there are.

use toml::de::{DeTable, DeValue};
use ztc_diag::{Sink, SourceId, Span, Spanned};

use super::{Entry, errors};

/// A value as written. A ConfigMap holds nothing but text, so text may stand for every other value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Text(String),
    Switch(bool),
    /// A whole number.
    Number(String),
    List(Vec<Spanned<Value>>),
    /// What no option can have, by the name of its type.
    Other(&'static str),
}

impl Value {
    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Switch(_) => "true or false",
            Self::Number(_) => "a number",
            Self::List(_) => "a list",
            Self::Other(kind) => kind,
        }
    }

    /// `true` or `false`.
    pub(super) fn switch(&self) -> Option<bool> {
        match self {
            Self::Switch(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            Self::Number(_) | Self::List(_) | Self::Other(_) => None,
        }
    }

    /// Text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Switch(_) | Self::Number(_) | Self::List(_) | Self::Other(_) => None,
        }
    }

    /// Whether it is a number.
    pub(super) fn is_number(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::Text(text) => text.parse::<u64>().is_ok(),
            Self::Switch(_) | Self::List(_) | Self::Other(_) => false,
        }
    }

    /// The words of a list, or of text with commas. What is no text is a word by its kind.
    pub(super) fn words(&self, span: Span) -> Vec<Spanned<String>> {
        match self {
            Self::List(values) => {
                let word = |item: &Spanned<Value>| {
                    let text = item.value.text().unwrap_or_else(|| item.value.kind());
                    Spanned::new(text.to_owned(), item.span)
                };
                values.iter().map(word).collect()
            }
            Self::Text(text) => {
                // Without quotes around it, each word has a place of its own.
                let is_bare = number(text.len()) == span.end.saturating_sub(span.start);
                let mut end = 0;
                // The commas of `shop{app=web,tier=db}` are its own.
                let mut is_inside = false;
                let is_comma = |c: char| {
                    is_inside = (is_inside || c == '{') && c != '}';
                    c == ',' && !is_inside
                };
                let parts = text.split(is_comma).map(|part| {
                    let start = end + part.len() - part.trim_start().len();
                    end += part.len() + 1;
                    (start, part.trim())
                });
                let words = parts.filter(|(_, word)| !word.is_empty());
                let place = |start: usize, word: &str| Span {
                    start: span.start.saturating_add(number(start)),
                    end: span.start.saturating_add(number(start + word.len())),
                    ..span
                };
                words
                    .map(|(start, word)| {
                        let place = if is_bare { place(start, word) } else { span };
                        Spanned::new(word.into(), place)
                    })
                    .collect()
            }
            Self::Switch(_) | Self::Number(_) | Self::Other(_) => Vec::new(),
        }
    }
}

/// Everything in a file, in its order; what is no TOML goes to the sink.
pub(super) fn of_file(source: SourceId, text: &str, sink: &mut Sink) -> Vec<Entry> {
    let (table, wrong) = DeTable::parse_recoverable(text);
    let at = |range: std::ops::Range<usize>| span(source, range);
    for error in wrong {
        let place = error.span().unwrap_or(0..0);
        sink.push(errors::bad_toml(error.message(), at(place)));
    }
    let mut entries: Vec<Entry> = table
        .get_ref()
        .iter()
        .map(|(key, value)| Entry {
            key: Spanned::new(key.get_ref().to_string(), at(key.span())),
            value: converted(source, value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key.span);
    entries
}

/// `NAME=VALUE`.
pub(super) fn of_flag(source: SourceId, text: &str, sink: &mut Sink) -> Option<Entry> {
    let Some((name, value)) = text.split_once('=') else {
        sink.push(errors::no_value(text, span(source, 0..text.len())));
        return None;
    };
    Some(Entry {
        key: Spanned::new(name.trim().into(), span(source, 0..name.len())),
        value: Spanned::new(
            Value::Text(value.trim().into()),
            span(source, name.len() + 1..text.len()),
        ),
    })
}

fn converted(source: SourceId, value: &toml::Spanned<DeValue<'_>>) -> Spanned<Value> {
    let plain = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Switch(*value),
        DeValue::Integer(number) => Value::Number(number.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| converted(source, item)).collect())
        }
        DeValue::Float(_) => Value::Other("a fraction"),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Table(_) => Value::Other("a table"),
    };
    Spanned::new(plain, span(source, value.span()))
}

fn span(source: SourceId, range: std::ops::Range<usize>) -> Span {
    Span {
        source,
        start: number(range.start),
        end: number(range.end),
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
