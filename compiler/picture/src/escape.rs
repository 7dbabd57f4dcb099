//! Names as the formats can hold them, whatever characters they have.
//!
//! Must not know where a name is put, only into which language.

use crate::text::{line, shown};

/// For text and attributes of XML and HTML.
pub(crate) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in shown(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // A bare line break in an attribute would be read as a space.
            '\n' => escaped.push_str("&#10;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A quoted string of Graphviz.
pub(crate) fn dot(text: &str) -> String {
    let mut escaped = String::from("\"");
    for character in shown(text).chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            // Graphviz reads `\N`, `\G` and others in labels as names of its own.
            '\\' => escaped.push_str("\\\\"),
            // It reads HTML entities in them as well.
            '&' => escaped.push_str("&amp;"),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped.push('"');
    escaped
}

/// A quoted string of Mermaid, which has entities and no other escapes.
pub(crate) fn mermaid(text: &str) -> String {
    let mut escaped = String::from("\"");
    for character in line(text).chars() {
        match character {
            '"' => escaped.push_str("#quot;"),
            // `%%` opens a comment even in a string, `\n` and a backtick have a meaning in labels,
            // and what Mermaid leaves of a tag goes to the browser.
            '#' | '%' | '&' | '<' | '>' | '\'' | '\\' | '`' | ';' | '{' | '}' | '*' | '_' => {
                escaped.push_str(&format!("#{};", u32::from(character)));
            }
            other => escaped.push(other),
        }
    }
    escaped.push('"');
    escaped
}

/// JSON that may stand in a `<script>`: nothing in it ends the element or opens a comment.
pub(crate) fn script(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}
