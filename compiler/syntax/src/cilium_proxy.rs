//! `terminatingTLS`, `originatingTLS`, `serverNames` and `listener` of an element of `toPorts`.
//!
//! Must not know what a proxy does with them: ztc has none.

use ztc_diag::Span;

use crate::cilium_l7::{self, L7};
use crate::errors;
use crate::read::{Reader, nothing_else};
use crate::tree::{Mapping, Node};

const FIELDS: [&str; 3] = ["terminatingTLS", "originatingTLS", "serverNames"];
const TLS_FIELDS: [&str; 4] = ["secret", "trustedCA", "certificate", "privateKey"];
const LISTENER_FIELDS: [&str; 3] = ["envoyConfig", "name", "priority"];
const ENVOY_CONFIG_KINDS: [&str; 2] = ["CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"];
const MAX_SERVER_NAME: usize = 255;

/// Checks TLS contexts and server names; gives where the first of them is written.
pub(crate) fn tls(reader: &mut Reader, port_rule: Mapping<'_>) -> Option<Span> {
    for field in ["terminatingTLS", "originatingTLS"] {
        if let Some(node) = port_rule.get(field) {
            context(reader, node, field);
        }
    }
    let mut seen: Vec<(&str, Span)> = Vec::new();
    reader.list(port_rule, "serverNames", |reader, node| {
        let name = reader.text(node, "serverNames[]")?;
        if let Err(reason) = check_server_name(name) {
            reader.report(errors::l7::bad_server_name(node.place(), name, reason));
        } else if let Some((_, first)) = seen.iter().find(|(other, _)| *other == name) {
            reader.report(errors::l7::duplicate_server_name(
                node.place(),
                name,
                *first,
            ));
        }
        seen.push((name, node.span()));
        Some(())
    });
    // An empty list of names is none.
    let mut written = port_rule.among(&FIELDS).into_iter();
    let first = written.find(|e| e.key.text() != "serverNames" || e.n_elements() > 0);
    first.map(|entry| entry.key.span())
}

/// Rules for requests that come encrypted need somebody who decrypts them.
pub(crate) fn check_server_names(reader: &mut Reader, port_rule: Mapping<'_>, l7: Option<&L7>) {
    let names = port_rule
        .entry("serverNames")
        .filter(|e| e.n_elements() > 0);
    if let (Some(names), Some(l7)) = (names, l7.filter(|l7| l7.has_rules))
        && port_rule.get("terminatingTLS").is_none()
    {
        let at = names.key.place();
        reader.report(errors::l7::server_names_need_tls(at, l7.place.span));
    }
}

fn context(reader: &mut Reader, node: Node<'_>, field: &str) -> Option<()> {
    let holder = format!("`{field}`");
    let mapping = reader.mapping(node, field)?;
    reader.only(mapping, &holder, &TLS_FIELDS, nothing_else);
    for item in ["trustedCA", "certificate", "privateKey"] {
        reader.optional_string(mapping, item);
    }
    let secret = reader.required(mapping, &holder, "secret")?;
    let secret = reader.mapping(secret, "secret")?;
    reader.only(secret, "`secret`", &["namespace", "name"], nothing_else);
    reader.optional_string(secret, "namespace");
    if cilium_l7::lacks_text(reader, secret, "name") {
        let at = cilium_l7::at(secret, "name");
        reader.report(errors::l7::secret_without_name(at));
    }
    Some(())
}

/// A name, in which a star may stand anywhere.
fn check_server_name(name: &str) -> Result<(), &'static str> {
    let is_allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*');
    if name.is_empty() {
        Err("it is empty")
    } else if name.len() > MAX_SERVER_NAME {
        Err("it is longer than 255 characters")
    } else if !name.bytes().all(is_allowed) {
        Err("it has characters that no name has")
    } else {
        Ok(())
    }
}

/// Checks a listener.
pub(crate) fn listener(reader: &mut Reader, node: Node<'_>) -> Option<()> {
    const HOLDER: &str = "`listener`";
    let mapping = reader.mapping(node, "listener")?;
    reader.only(mapping, HOLDER, &LISTENER_FIELDS, nothing_else);
    reader.required_string(mapping, HOLDER, "name");
    if let Some(priority) = mapping.get("priority") {
        reader.integer(priority, "priority", 1, 100);
    }
    let config = reader.required(mapping, HOLDER, "envoyConfig")?;
    let config = reader.mapping(config, "envoyConfig")?;
    reader.only(config, "`envoyConfig`", &["kind", "name"], nothing_else);
    reader.required_string(config, "`envoyConfig`", "name");
    let kind = config.get("kind").filter(|node| !node.is_empty_text());
    if let Some(node) = kind
        && let Some(text) = reader.text(node, "kind")
        && !ENVOY_CONFIG_KINDS.contains(&text)
    {
        let known = &ENVOY_CONFIG_KINDS;
        reader.report(errors::l7::unknown_envoy_config_kind(
            node.place(),
            text,
            known,
        ));
    }
    Some(())
}
