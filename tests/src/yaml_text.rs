//! Writes YAML in block style, as a person would. Must not know what is written.

use std::fmt::Write;

use serde_json::Value;

/// The documents in block style, as a person would write them.
pub(crate) fn write<'a>(documents: impl IntoIterator<Item = &'a Value>) -> String {
    let mut text = String::new();
    for (index, document) in documents.into_iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        write_value(&mut text, document, 0, false);
    }
    text
}

/// Writes a value whose lines are indented by `depth`; the first one is not when it `continues` a
/// line.
fn write_value(text: &mut String, value: &Value, depth: usize, continues: bool) {
    let indent = |text: &mut String, index: usize| {
        if index > 0 || !continues {
            text.extend(std::iter::repeat_n(' ', depth));
        }
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (index, (key, value)) in fields.iter().enumerate() {
                indent(text, index);
                write_scalar(text, key);
                text.push(':');
                match value {
                    Value::Object(fields) if !fields.is_empty() => {
                        text.push('\n');
                        write_value(text, value, depth + 2, false);
                    }
                    Value::Array(items) if !items.is_empty() => {
                        text.push('\n');
                        write_value(text, value, depth + 2, false);
                    }
                    other => {
                        text.push(' ');
                        write_value(text, other, depth, true);
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                indent(text, index);
                text.push_str("- ");
                write_value(text, item, depth + 2, true);
            }
        }
        Value::String(string) => {
            write_scalar(text, string);
            text.push('\n');
        }
        other => {
            writeln!(text, "{other}").expect("writing to a string");
        }
    }
}

/// Plain where no reader could take it for anything but this text.
fn write_scalar(text: &mut String, scalar: &str) {
    let plain = scalar.starts_with(|c: char| c.is_ascii_alphabetic())
        && scalar
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
            .contains(&scalar.to_ascii_lowercase().as_str());
    if plain {
        text.push_str(scalar);
    } else {
        write!(text, "{}", Value::String(scalar.into())).expect("writing to a string");
    }
}
