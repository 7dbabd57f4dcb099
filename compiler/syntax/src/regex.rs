//! Whether a text is a regular expression for Go, which Cilium has check paths and methods.
//!
//! Must not know what it matches. The parser that is used reads another dialect, so what Go takes
//! literally is escaped first.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{self, Ast, Visitor};

/// The most often that Go lets something repeat.
const MAX_REPEAT: u32 = 1000;

/// Checks a text; says what is wrong with it.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let pattern = in_our_dialect(text)?;
    match Parser::new().parse(&pattern) {
        Ok(ast) => ast::visit(&ast, NestedRepetitions),
        Err(error) => Err(error.kind().to_string()),
    }
}

/// Finds `a**`, which the parser takes and Go does not.
struct NestedRepetitions;

impl Visitor for NestedRepetitions {
    type Output = ();
    type Err = String;

    fn finish(self) -> Result<(), String> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), String> {
        match ast {
            Ast::Repetition(outer) if matches!(*outer.ast, Ast::Repetition(_)) => {
                Err("something that repeats cannot repeat without a group around it".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// The same expression for the parser's dialect: `{` that starts no repetition is text in Go, and
/// so is `[` in a class, where the parser has sets of sets.
fn in_our_dialect(text: &str) -> Result<String, String> {
    let mut pattern = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_in_class = false;
    while let Some(first) = rest.chars().next() {
        let mut taken = rest.get(..first.len_utf8()).unwrap_or(rest);
        match first {
            '\\' if rest.starts_with("\\Q") => {
                let quoted = rest.get(2..).unwrap_or_default();
                let end = quoted.find("\\E").unwrap_or(quoted.len());
                let literal = quoted.get(..end).unwrap_or_default();
                pattern.push_str(&regex_syntax::escape(literal));
                rest = quoted.get(end..).unwrap_or_default();
                rest = rest.strip_prefix("\\E").unwrap_or(rest);
                continue;
            }
            '\\' => {
                let escaped = rest.chars().nth(1).map_or(0, char::len_utf8);
                taken = rest.get(..1 + escaped).unwrap_or(rest);
                pattern.push_str(taken);
            }
            '[' if is_in_class && rest.starts_with("[:") => pattern.push('['),
            '[' | '&' | '~' if is_in_class => {
                pattern.push('\\');
                pattern.push(first);
            }
            '[' => {
                is_in_class = true;
                pattern.push('[');
                // A bracket right at the start of a class is one of its characters.
                let after = rest.get(1..).unwrap_or_default();
                let caret = after.strip_prefix('^').map_or("", |_| "^");
                pattern.push_str(caret);
                let after = after.strip_prefix('^').unwrap_or(after);
                if let Some(after) = after.strip_prefix(']') {
                    pattern.push_str("\\]");
                    rest = after;
                } else {
                    rest = after;
                }
                continue;
            }
            ']' => {
                is_in_class = false;
                pattern.push(']');
            }
            '{' if !is_in_class => match repetition(rest) {
                Some((length, most)) if most <= MAX_REPEAT => {
                    taken = rest.get(..length).unwrap_or(rest);
                    pattern.push_str(taken);
                }
                Some(_) => return Err(format!("something repeats more than {MAX_REPEAT} times")),
                None => pattern.push_str("\\{"),
            },
            other => pattern.push(other),
        }
        rest = rest.get(taken.len()..).unwrap_or_default();
    }
    Ok(pattern)
}

/// The length of a repetition at the start of a text, and its greatest number.
fn repetition(text: &str) -> Option<(usize, u32)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let number = |digits: &str| -> Option<u32> {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let most = match inside.split_once(',') {
        None => number(inside)?,
        Some((least, "")) => number(least)?,
        Some((least, most)) => number(least)?.max(number(most)?),
    };
    Some((inside.len() + 2, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_is_an_expression() {
        for text in [
            "",
            "/",
            "GET|POST",
            "/api/v[0-9]+/.*",
            "/users/{id}",
            "/x{2,3}",
            "a{,2}",
            "[[]",
            "[]]",
            "[^]a]",
            "[a&&b]",
            "\\Q(\\E",
            "\\Q(",
            "(?i)get",
            "(?P<name>x)",
            "[[:alpha:]]",
            "é{2}",
            "}",
            "]",
            "x{1000}",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_go_does_not_read_is_none() {
        for text in [
            "(", ")", "*", "[a", "a**", "(?=x)", "\\1", "[z-a]", "x{1001}", "x{3,2}", "\\", "(?<",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
