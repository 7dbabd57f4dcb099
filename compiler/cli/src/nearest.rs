//! "Did you mean": the name that is most like what was typed.
//!
//! Must not know what the names are of.

/// The most similar name, if any is similar at all. Of equals the first wins.
pub(crate) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // Below this, suggestions are funnier than they are useful.
    const SIMILAR: f64 = 0.74;
    let mut best = (SIMILAR, None);
    for name in names {
        // People leave the namespace or the kind out more often than they mistype a letter.
        let short = name.rsplit('/').next().unwrap_or(name);
        let whole = strsim::normalized_damerau_levenshtein(text, name);
        let similarity = if text == short { whole.max(0.9) } else { whole };
        if similarity > best.0 {
            best = (similarity, Some(name));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_or_a_missing_namespace_is_understood_and_anything_else_is_not() {
        let names = ["shop/web", "shop/Deployment/orders", "world"];
        let near = |text| nearest(text, names.into_iter());
        assert_eq!(near("shop/wbe"), Some("shop/web"));
        assert_eq!(near("orders"), Some("shop/Deployment/orders"));
        assert_eq!(near("wrld"), Some("world"));
        assert_eq!(near("something-else"), None);
    }
}
