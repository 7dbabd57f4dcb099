//! `terminatingTLS`, `originatingTLS`, `serverNames` and `listener` of an element of `toPorts`.
//!
//! Must not know what a proxy does with them: ztc has none.

use ztc_diag::{Span, Spanned};

use crate::canonical;
use crate::cilium_l7::{self, L7};
use crate::errors;
use crate::object::{CiliumListener, CiliumTls};
use crate::read::{Reader, nothing_else};
use crate::tree::{Entry, Mapping, Node};

const FIELDS: [&str; 3] = ["terminatingTLS", "originatingTLS", "serverNames"];
const TLS_FIELDS: [&str; 4] = ["secret", "trustedCA", "certificate", "privateKey"];
/// The items of a secret, and what they are called when nothing is written.
const ITEMS: [(&str, &str); 3] = [
    ("trustedCA", "ca.crt"),
    ("certificate", "tls.crt"),
    ("privateKey", "tls.key"),
];
const LISTENER_FIELDS: [&str; 3] = ["envoyConfig", "name", "priority"];
const NAMESPACED: &str = "CiliumEnvoyConfig";
const CLUSTERWIDE: &str = "CiliumClusterwideEnvoyConfig";
const MAX_SERVER_NAME: usize = 255;

/// Reads TLS contexts and server names, if there are any.
pub(crate) fn tls(reader: &mut Reader, port_rule: Mapping<'_>) -> Option<CiliumTls> {
    let mut read = |field| {
        let entry = port_rule.entry(field)?;
        let text = context(reader, entry.value, field)?;
        Some(Spanned::new(text, entry.key.span()))
    };
    let terminating = read("terminatingTLS");
    let originating = read("originatingTLS");
    check_names(reader, port_rule);
    // An empty list of names is none.
    let written = port_rule.among(&FIELDS).into_iter();
    let mut written = written.filter(|e| e.key.text() != "serverNames" || e.n_elements() > 0);
    let first = written.next()?.key.span();
    Some(CiliumTls {
        span: first,
        terminating,
        originating,
        server_names: server_names(port_rule).map(|entry| {
            let text = canonical::text(entry.value);
            Spanned::new(text, entry.key.span())
        }),
    })
}

fn server_names(port_rule: Mapping<'_>) -> Option<Entry<'_>> {
    let names = port_rule.entry("serverNames");
    names.filter(|entry| entry.n_elements() > 0)
}

fn check_names(reader: &mut Reader, port_rule: Mapping<'_>) {
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
}

/// Rules for requests that come encrypted need somebody who decrypts them.
pub(crate) fn check_server_names(reader: &mut Reader, port_rule: Mapping<'_>, l7: Option<&L7>) {
    let names = server_names(port_rule);
    if let (Some(names), Some(l7)) = (names, l7.filter(|l7| l7.has_rules))
        && port_rule.get("terminatingTLS").is_none()
    {
        let at = names.key.place();
        reader.report(errors::l7::server_names_need_tls(at, l7.place.span));
    }
}

/// A TLS context as one text: two that are written differently and mean the same have the same.
fn context(reader: &mut Reader, node: Node<'_>, field: &str) -> Option<String> {
    let holder = format!("`{field}`");
    let mapping = reader.mapping(node, field)?;
    reader.only(mapping, &holder, &TLS_FIELDS, nothing_else);
    let items = ITEMS.map(|(item, default)| {
        let written = reader.optional_string(mapping, item);
        written.map_or_else(|| default.to_owned(), |name| name.value)
    });
    let secret = reader.required(mapping, &holder, "secret")?;
    let secret = reader.mapping(secret, "secret")?;
    reader.only(secret, "`secret`", &["namespace", "name"], nothing_else);
    let namespace = reader.optional_string(secret, "namespace");
    if cilium_l7::lacks_text(reader, secret, "name") {
        let at = cilium_l7::at(secret, "name");
        reader.report(errors::l7::secret_without_name(at));
    }
    let namespace = namespace.map(|name| name.value).unwrap_or_default();
    let name = secret.get("name")?.text();
    // No name has a slash in it.
    Some(format!("{namespace}/{name}/{}", items.join("/")))
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

/// Reads a listener. A clusterwide policy has no namespace for a namespaced configuration.
pub(crate) fn listener(
    reader: &mut Reader,
    entry: Entry<'_>,
    is_clusterwide: bool,
) -> Option<CiliumListener> {
    const HOLDER: &str = "`listener`";
    let mapping = reader.mapping(entry.value, "listener")?;
    reader.only(mapping, HOLDER, &LISTENER_FIELDS, nothing_else);
    let name = reader.required_string(mapping, HOLDER, "name");
    let priority = mapping
        .get("priority")
        .and_then(|priority| reader.integer(priority, "priority", 1, 100));
    let config = reader.required(mapping, HOLDER, "envoyConfig")?;
    let config = reader.mapping(config, "envoyConfig")?;
    reader.only(config, "`envoyConfig`", &["kind", "name"], nothing_else);
    let config_name = reader.required_string(config, "`envoyConfig`", "name");
    let kind = config.get("kind").filter(|node| !node.is_empty_text());
    let text = kind.and_then(|node| Some((node, reader.text(node, "kind")?)));
    match text {
        Some((node, NAMESPACED)) if is_clusterwide => {
            reader.report(errors::l7::namespaced_listener(node.place(), CLUSTERWIDE));
        }
        None | Some((_, NAMESPACED | CLUSTERWIDE)) => {}
        Some((node, text)) => {
            let known = &[NAMESPACED, CLUSTERWIDE];
            let at = node.place();
            reader.report(errors::l7::unknown_envoy_config_kind(at, text, known));
        }
    }
    Some(CiliumListener {
        span: entry.key.span(),
        // Without a kind it is of the policy's own scope.
        clusterwide: text.map_or(is_clusterwide, |(_, kind)| kind == CLUSTERWIDE),
        config: config_name?.value,
        name: name?.value,
        priority: priority.and_then(|priority| u8::try_from(priority.value).ok()),
    })
}
