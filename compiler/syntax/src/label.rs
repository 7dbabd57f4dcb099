//! The syntax of label keys and values.
//!
//! Must not know spans or diagnostics.

/// Label sources that Cilium knows.
pub(crate) const SOURCES: &[&str] = &[
    "any",
    "cidr",
    "cidrgroup",
    "cni",
    "container",
    "directory",
    "fqdn",
    "k8s",
    "node",
    "reserved",
    "unspec",
];

/// Checks a key without a source; says what is wrong with it.
pub(crate) fn check_key(key: &str) -> Result<(), &'static str> {
    let name = match key.split_once('/') {
        Some((prefix, name)) => {
            check_prefix(prefix)?;
            name
        }
        None => key,
    };
    if name.is_empty() {
        return Err("its name is empty");
    }
    if name.contains('/') {
        return Err("it has more than one slash");
    }
    if name.len() > 63 {
        return Err("its name is longer than 63 characters");
    }
    if !has_name_syntax(name) {
        return Err("its name has characters that are not allowed there");
    }
    Ok(())
}

/// Whether this is a label value.
pub(crate) fn is_value(value: &str) -> bool {
    value.is_empty() || (value.len() <= 63 && has_name_syntax(value))
}

/// Checks the name of an object: a DNS subdomain.
pub(crate) fn check_subdomain(name: &str) -> Result<(), &'static str> {
    let is_part = |part: &str| {
        let edges = part.starts_with('-') || part.ends_with('-') || part.is_empty();
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !edges && part.bytes().all(allowed)
    };
    if name.len() > 253 {
        Err("it is longer than 253 characters")
    } else if name.split('.').all(is_part) {
        Ok(())
    } else {
        Err("it is no DNS name in lower case")
    }
}

/// Whether a namespace can have this name.
pub fn is_namespace(name: &str) -> bool {
    check_namespace(name).is_ok()
}

/// Checks the name of a namespace: a DNS label.
pub(crate) fn check_namespace(name: &str) -> Result<(), &'static str> {
    if name.len() > 63 {
        Err("it is longer than 63 characters")
    } else if name.contains('.') {
        Err("a namespace has no dot in its name")
    } else {
        check_subdomain(name)
    }
}

fn check_prefix(prefix: &str) -> Result<(), &'static str> {
    if prefix.is_empty() {
        return Err("there is nothing before the slash");
    }
    if prefix.len() > 253 {
        return Err("what is before the slash is longer than 253 characters");
    }
    check_subdomain(prefix).map_err(|_| "what is before the slash is no DNS name in lower case")
}

fn has_name_syntax(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    is_edge(bytes.first()) && is_edge(bytes.last()) && bytes.iter().all(|&byte| allowed(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_have_the_syntax_of_kubernetes() {
        for key in [
            "app",
            "a.b_c-D",
            "example.com/app",
            "kubernetes.io/metadata.name",
            "0",
        ] {
            assert_eq!(check_key(key), Ok(()), "{key}");
        }
        let long = "x".repeat(64);
        for key in [
            "", "-a", "a-", "a b", "/a", "a/", "A.b/c", "a/b/c", "é", "a..b/c", &long,
        ] {
            assert!(check_key(key).is_err(), "{key}");
        }
        assert!(is_value("") && is_value("a-B_c.1") && !is_value("-a") && !is_value("a b"));
        assert!(!is_value(&long));
    }
}
