//! Text and names in Markdown.
//!
//! Names come from files that somebody wrote, so every sign that Markdown, or the site that shows
//! it, could take for its own is escaped. Must not know what is said.

/// Text that shows as it is, wherever it stands, in a table too.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            // Breaks of lines end a row.
            sign if sign.is_control() => escaped.push(' '),
            // GitHub looks for people to notify only after it has taken escapes away.
            '@' => escaped.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '!' => {
                escaped.extend(['\\', sign]);
            }
            sign => escaped.push(sign),
        }
    }
    escaped
}

/// A name or a line of code, as it is.
pub(crate) fn code(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !"`|\\<>&".contains(c) || c == ' ';
    if !text.is_empty() && text.chars().all(is_plain) {
        return format!("`{text}`");
    }
    format!("<code>{}</code>", escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sign_of_markdown_is_left() {
        let text = "a|b `c` *d* _e_ [f](g) <h> &amp; ~i~ #1 \\ !\nj @k";
        let shown = "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\[f\\](g) \\<h\\> \\&amp; \\~i\\~ \\#1 \\\\ \
                     \\! j @<!-- -->k";
        assert_eq!(escaped(text), shown);
        assert_eq!(code("shop/web{app=web}"), "`shop/web{app=web}`");
        assert_eq!(code("a|b"), "<code>a\\|b</code>");
        assert_eq!(code(""), "<code></code>");
    }
}
