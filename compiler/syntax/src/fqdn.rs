//! DNS names and patterns of names.
//!
//! Must not know which addresses a name has.

use crate::errors;
use crate::object::{FqdnSelector, NamePattern};
use crate::read::{Reader, nothing_else};
use crate::tree::Node;

const MAX_LENGTH: usize = 255;

/// Reads an element of `toFQDNs`, or of the rules for DNS requests, which is the same.
pub(crate) fn selector(reader: &mut Reader, node: Node<'_>) -> Option<FqdnSelector> {
    let mapping = reader.mapping(node, "a name selector")?;
    let fields = ["matchName", "matchPattern"];
    reader.only(mapping, "a name selector", &fields, nothing_else);
    let name = mapping
        .entry("matchName")
        .filter(|entry| !entry.value.is_empty_text());
    let pattern = mapping
        .entry("matchPattern")
        .filter(|entry| !entry.value.is_empty_text());
    if let (Some(name), Some(pattern)) = (&name, &pattern) {
        let at = pattern.key.place();
        reader.report(errors::peer::fqdn_name_and_pattern(at, name.key.span()));
    }
    let name = name.map(|entry| read(reader, entry.value, "matchName", check_name));
    let pattern = pattern.map(|entry| read(reader, entry.value, "matchPattern", check_pattern));
    if name.is_none() && pattern.is_none() {
        reader.report(errors::peer::empty_fqdn(node.place()));
    }
    let pattern = match name.or(pattern) {
        Some(pattern) => Some(pattern?),
        None => None,
    };
    let span = node.span();
    Some(FqdnSelector { span, pattern })
}

/// Reads an element of `domainNames`: a name, or `*.` and a name.
pub(crate) fn domain_name(reader: &mut Reader, node: Node<'_>) -> Option<NamePattern> {
    read(reader, node, "domainNames[]", check_domain_name)
}

/// Reads one name, without stars.
pub(crate) fn name(reader: &mut Reader, node: Node<'_>, text: &str) -> Option<String> {
    if let Err(reason) = check_name(text) {
        reader.report(errors::peer::bad_fqdn(node.place(), text, reason));
        return None;
    }
    Some(normal(text))
}

type Check = fn(&str) -> Result<(), &'static str>;

fn read(reader: &mut Reader, node: Node<'_>, field: &str, check: Check) -> Option<NamePattern> {
    let text = reader.text(node, field)?;
    if let Err(reason) = check(text) {
        reader.report(errors::peer::bad_fqdn(node.place(), text, reason));
        return None;
    }
    let normal = normal(text);
    Some(if normal.bytes().all(|byte| byte == b'*') {
        NamePattern::Wildcard("*".to_owned())
    } else if field == "domainNames[]" && normal.starts_with("*.") {
        // Here a star is any number of labels; in Cilium's patterns it is part of one.
        NamePattern::Wildcard(format!("*{normal}"))
    } else if normal.contains('*') {
        NamePattern::Wildcard(normal)
    } else {
        NamePattern::Exact(normal)
    })
}

fn normal(text: &str) -> String {
    text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase()
}

fn check_name(text: &str) -> Result<(), &'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if text.contains('*') {
        return Err("a name has no `*`");
    }
    check_labels(text, is_allowed)
}

fn check_pattern(text: &str) -> Result<(), &'static str> {
    check_labels(text, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*')
    })
}

fn check_domain_name(text: &str) -> Result<(), &'static str> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    check_name(text.strip_prefix("*.").unwrap_or(text))?;
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let has_edges = |label: &str| {
        let bytes = label.as_bytes();
        is_edge(bytes.first()) && is_edge(bytes.last())
    };
    if !name.split('.').all(has_edges) {
        Err("each of its parts starts and ends with a letter or digit")
    } else if !name.contains('.') {
        Err("it needs a dot inside")
    } else {
        Ok(())
    }
}

fn check_labels(text: &str, is_allowed: fn(u8) -> bool) -> Result<(), &'static str> {
    if text.len() > MAX_LENGTH {
        return Err("it is longer than 255 characters");
    }
    let mut labels = text.strip_suffix('.').unwrap_or(text).split('.');
    let mut bytes = text.bytes();
    if labels.any(str::is_empty) {
        Err("it has an empty part")
    } else if !bytes.all(|byte| byte == b'.' || is_allowed(byte)) {
        Err("it has characters that no name has")
    } else {
        Ok(())
    }
}
