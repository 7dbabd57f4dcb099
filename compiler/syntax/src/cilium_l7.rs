//! `toPorts[].rules`: rules for requests, as far as Cilium checks them when it takes an object.
//!
//! Must not know any protocol: ztc compiles no such rule, so only that there is one comes out, and
//! which parser it needs.

use crate::canonical;
use crate::errors;
use crate::fqdn;
use crate::read::{Reader, nothing_else};
use crate::regex;
use crate::tree::{Entry, Mapping, Node, Place};

const KINDS: [&str; 4] = ["http", "kafka", "dns", "l7proto"];
const FIELDS: [&str; 5] = ["http", "kafka", "dns", "l7proto", "l7"];
const HTTP_FIELDS: [&str; 5] = ["path", "method", "host", "headers", "headerMatches"];
const HEADER_FIELDS: [&str; 4] = ["name", "value", "secret", "mismatch"];
const KAFKA_FIELDS: [&str; 5] = ["role", "apiKey", "apiVersion", "clientID", "topic"];
const KAFKA_ROLES: [&str; 2] = ["produce", "consume"];
const MISMATCH_ACTIONS: [&str; 4] = ["LOG", "ADD", "DELETE", "REPLACE"];

/// Rules for requests.
pub(crate) struct L7 {
    /// The word `rules`.
    pub(crate) place: Place,
    /// Whether a list has an element: what Cilium's other checks go by.
    pub(crate) has_rules: bool,
    /// Whether they are about DNS.
    pub(crate) is_dns: bool,
    /// Who reads them: the kind of the rules, or what `l7proto` names.
    pub(crate) parser: String,
    /// What they say, in one canonical text.
    pub(crate) text: String,
}

/// Reads `rules`; `None` when there is nothing in it.
pub(crate) fn read(reader: &mut Reader, rules: Entry<'_>) -> Option<L7> {
    let mapping = reader.mapping(rules.value, "rules")?;
    reader.only(mapping, "`rules`", &FIELDS, nothing_else);
    let mut kinds = mapping.among(&KINDS).into_iter();
    if let Some(first) = kinds.next() {
        for second in kinds {
            let (at, name) = (second.key.place(), second.key.text());
            reader.report(errors::l7::two_l7_kinds(at, name, first.key.span()));
        }
    }
    reader.list(mapping, "http", http);
    reader.list(mapping, "kafka", kafka);
    reader.list(mapping, "dns", fqdn::selector);
    reader.list(mapping, "l7", custom);
    let protocol = reader.optional_string(mapping, "l7proto");
    if let Some(entry) = mapping.entry("l7")
        && mapping.get("l7proto").is_none_or(Node::is_empty_text)
    {
        reader.report(errors::l7::l7_without_protocol(entry.key.place()));
    }
    let filled = |field: &str| mapping.entry(field).is_some_and(|e| e.n_elements() > 0);
    // A parser without rules is one all the same: what it would refuse is not known here.
    let known = ["http", "kafka", "dns"]
        .into_iter()
        .find(|kind| filled(kind));
    let named = protocol.map(|protocol| protocol.value);
    let parser = known.map(str::to_owned).or(named);
    let has_rules = known.is_some() || filled("l7");
    (has_rules || parser.is_some()).then(|| L7 {
        place: rules.key.place(),
        has_rules,
        is_dns: filled("dns"),
        parser: parser.unwrap_or_default(),
        text: canonical::text(rules.value),
    })
}

fn http(reader: &mut Reader, node: Node<'_>) -> Option<()> {
    let mapping = reader.mapping(node, "http[]")?;
    reader.only(mapping, "an HTTP rule", &HTTP_FIELDS, nothing_else);
    for field in ["path", "method"] {
        let Some(node) = mapping.get(field) else {
            continue;
        };
        if let Some(text) = reader.text(node, field)
            && let Err(reason) = regex::check(text)
        {
            reader.report(errors::l7::bad_http_regex(node.place(), field, &reason));
        }
    }
    reader.optional_string(mapping, "host");
    reader.list(mapping, "headers", |reader, node| {
        reader.text(node, "headers[]")
    });
    reader.list(mapping, "headerMatches", header_match);
    Some(())
}

fn header_match(reader: &mut Reader, node: Node<'_>) -> Option<()> {
    let mapping = reader.mapping(node, "headerMatches[]")?;
    reader.only(mapping, "a header match", &HEADER_FIELDS, nothing_else);
    if lacks_text(reader, mapping, "name") {
        reader.report(errors::l7::header_match_without_name(at(mapping, "name")));
    }
    reader.optional_string(mapping, "value");
    let mismatch = mapping.get("mismatch").filter(|node| !node.is_empty_text());
    if let Some(node) = mismatch
        && let Some(text) = reader.text(node, "mismatch")
        && !MISMATCH_ACTIONS.contains(&text)
    {
        let known = &MISMATCH_ACTIONS;
        reader.report(errors::l7::unknown_mismatch_action(
            node.place(),
            text,
            known,
        ));
    }
    if let Some(secret) = mapping.get("secret") {
        let secret = reader.mapping(secret, "secret")?;
        reader.only(secret, "`secret`", &["name", "namespace"], nothing_else);
        reader.optional_string(secret, "namespace");
        if lacks_text(reader, secret, "name") {
            reader.report(errors::l7::secret_without_name(at(secret, "name")));
        }
    }
    Some(())
}

/// Whether a field is missing or an empty string; one of another type is reported as such.
pub(crate) fn lacks_text(reader: &mut Reader, mapping: Mapping<'_>, field: &str) -> bool {
    match mapping.get(field) {
        Some(node) => reader.text(node, field) == Some(""),
        None => true,
    }
}

/// Where a field is, or should be.
pub(crate) fn at(mapping: Mapping<'_>, field: &str) -> Place {
    let written = mapping.key(field).map(Node::place);
    written.unwrap_or_else(|| mapping.node().place().at_start())
}

fn kafka(reader: &mut Reader, node: Node<'_>) -> Option<()> {
    let mapping = reader.mapping(node, "kafka[]")?;
    reader.only(mapping, "a Kafka rule", &KAFKA_FIELDS, nothing_else);
    for field in KAFKA_FIELDS {
        reader.optional_string(mapping, field);
    }
    let role = mapping.get("role").filter(|node| !node.is_empty_text());
    if let Some(node) = role
        && !KAFKA_ROLES
            .iter()
            .any(|role| role.eq_ignore_ascii_case(node.text()))
    {
        let (at, known) = (node.place(), &KAFKA_ROLES);
        reader.report(errors::l7::unknown_kafka_role(at, node.text(), known));
    }
    Some(())
}

/// A rule of a parser that Cilium does not come with: keys and values, which are strings.
fn custom(reader: &mut Reader, node: Node<'_>) -> Option<()> {
    let mapping = reader.mapping(node, "l7[]")?;
    for entry in mapping.iter() {
        if entry.key.text().is_empty() {
            reader.report(errors::l7::empty_l7_key(entry.key.place()));
        }
        reader.text(entry.value, entry.key.text());
    }
    Some(())
}
