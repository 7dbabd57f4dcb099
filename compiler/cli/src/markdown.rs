//! Text and names in Markdown.
//!
//! Names come from files that somebody wrote, so every sign that Markdown, or the site that shows
//! it, could take for its own is escaped. Must not know what is said.

/// Text that shows as it is, wherever it stands, in a table too.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (place, sign) in text.char_indices() {
        match sign {
            // Breaks of lines end a row.
            sign if sign.is_control() => escaped.push(' '),
            // GitHub looks for people to notify, and for pictures between colons, only after it
            // has taken escapes away.
            '@' => escaped.push_str("@<!-- -->"),
            ':' if is_picture(text.get(place + 1..).unwrap_or_default()) => {
                escaped.push_str(":<!-- -->");
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '!' => {
                escaped.extend(['\\', sign]);
            }
            sign => escaped.push(sign),
        }
    }
    escaped
}

/// Whether what follows a colon is the name of one of GitHub's pictures, as `:tada:` is; of
/// numbers, which stand between colons in places, two are.
fn is_picture(rest: &str) -> bool {
    let Some((name, _)) = rest.split_once(':') else {
        return false;
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-');
    let is_number = name.chars().all(|c| c.is_ascii_digit());
    !name.is_empty() && name.chars().all(is_name) && (!is_number || matches!(name, "100" | "1234"))
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
        assert_eq!(escaped("a.yaml:100:5"), "a.yaml:<!-- -->100:5");
        assert_eq!(escaped("a.yaml:10:5, :+1:"), "a.yaml:10:5, :<!-- -->+1:");
        assert_eq!(code("shop/web{app=web}"), "`shop/web{app=web}`");
        assert_eq!(code("a|b"), "<code>a\\|b</code>");
        assert_eq!(code(""), "<code></code>");
    }
}
