//! What files are called where people read it.
//!
//! Must not know where the files are.

use std::{fmt::Write, path::Path};

/// A path as people type it: `./a.yaml` is `a.yaml`.
pub(super) fn shown(path: &Path) -> String {
    let short = path
        .strip_prefix("./")
        .ok()
        .filter(|short| !short.as_os_str().is_empty());
    let name = short.unwrap_or(path).as_os_str();
    printable(name.as_encoded_bytes())
}

/// Text for a name that may be none, and for no other: what is not UTF-8 is `\xff`, and a
/// backslash that could be taken for the beginning of that is `\x5c`.
pub(crate) fn printable(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        text.push_str(&chunk.valid().replace("\\x", "\\x5cx"));
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_typed() {
        assert_eq!(shown(Path::new("./a/b.yaml")), "a/b.yaml");
        assert_eq!(shown(Path::new(".")), ".");
        assert_eq!(shown(Path::new("../a.yaml")), "../a.yaml");
    }

    #[test]
    fn names_that_differ_are_shown_differently() {
        for (name, text) in [
            (&b"caf\xc3\xa9.yaml"[..], "café.yaml"),
            (b"a\xfe.yaml", "a\\xfe.yaml"),
            (b"a\xff.yaml", "a\\xff.yaml"),
            (b"a\\xfe.yaml", "a\\x5cxfe.yaml"),
            (b"a\\\xfe.yaml", "a\\\\xfe.yaml"),
            ("a\u{fffd}.yaml".as_bytes(), "a\u{fffd}.yaml"),
        ] {
            assert_eq!(printable(name), text);
        }
    }
}
