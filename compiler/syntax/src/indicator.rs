//! Finds the indicator that starts a node, in the text between two nodes.
//!
//! Must not know the YAML crate nor the tree.

/// The first of the wanted indicators after `from`, past blanks, comments, `:`, `?`, `-`, `,`,
/// anchors and tags. `None` when other text comes first.
pub(crate) fn find(text: &str, from: usize, wanted: &[u8]) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        if wanted.contains(&byte) {
            return Some(at);
        }
        at = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b':' | b'?' | b'-' | b',' | b'[' | b'{' => at + 1,
            b'#' => skip(bytes, at, |byte| !matches!(byte, b'\n' | b'\r')),
            b'&' | b'!' => skip(bytes, at, |byte| {
                !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
            }),
            _ => return None,
        };
    }
    None
}

fn skip(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|&&byte| belongs(byte)).count()
}

/// The offset itself, or the start of the character it is inside of.
pub(crate) fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicators_are_found_past_comments_and_properties() {
        assert_eq!(find("a:\n- b", 1, b"-"), Some(3));
        assert_eq!(find("a: &x !t # - no\n- b", 1, b"-"), Some(16));
        assert_eq!(find("a: | # x > y\n  b", 1, b"|>"), Some(3));
        assert_eq!(find("a: b", 1, b"-"), None);
    }

    #[test]
    fn boundaries_are_never_inside_a_character() {
        assert_eq!(floor_char_boundary("aé", 2), 1);
        assert_eq!(floor_char_boundary("aé", 9), 3);
    }
}
