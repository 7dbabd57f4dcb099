//! ztc's own PolicyTest: assertions about connections (docs/policy-test.md).
//!
//! Must not know whom a selection names, nor whether anything holds.

use ztc_diag::Spanned;

use crate::errors;
use crate::meta;
use crate::object::{
    AssertedPorts, AssertedProtocol, Assertion, Chosen, Expected, PolicyReference, PolicyTest,
    Quantifier,
};
use crate::read::{Reader, nothing_else};
use crate::tree::{Mapping, Node, Shape};

/// Kinds of policies, as `by` can name them.
const POLICY_KINDS: &[&str] = &[
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "CiliumNetworkPolicy",
    "ClusterNetworkPolicy",
    "NetworkPolicy",
];

/// Reads a PolicyTest.
pub(crate) fn read(reader: &mut Reader, object: Mapping<'_>, kind: Node<'_>) -> Option<PolicyTest> {
    const HOLDER: &str = "a PolicyTest";
    let fields = ["apiVersion", "kind", "metadata", "spec"];
    reader.only(object, HOLDER, &fields, nothing_else);
    let meta = meta::read(reader, object, kind);
    let spec = reader.required(object, HOLDER, "spec")?;
    let spec = reader.mapping(spec, "spec")?;
    let holder = "a PolicyTest's `spec`";
    reader.only(spec, holder, &["assertions"], nothing_else);
    reader.required(spec, holder, "assertions")?;
    let assertions = filled_list(reader, spec, "assertions", assertion)?;
    Some(PolicyTest {
        meta: meta?,
        assertions,
    })
}

fn assertion(reader: &mut Reader, node: Node<'_>) -> Option<Assertion> {
    const HOLDER: &str = "an assertion";
    let mapping = reader.mapping(node, "assertions[]")?;
    reader.only(mapping, HOLDER, &["name", "allow", "deny"], nothing_else);
    let name = reader.optional_string(mapping, "name");
    if let (Some(name), Some(node)) = (&name, mapping.get("name"))
        && name.value.chars().any(char::is_control)
    {
        reader.report(errors::policy_test::name_of_lines(node.place()));
    }
    let entry = reader.exactly_one(mapping, &["allow", "deny"], |at, other| {
        errors::policy_test::allow_or_deny(at, other)
    })?;
    let (field, value) = (entry.key.text(), entry.value);
    let expected = match field {
        "deny" => Expected::Deny,
        _ => Expected::Allow,
    };
    let holder = format!("`{field}`");
    let connection = reader.mapping(value, field)?;
    reader.only(
        connection,
        &holder,
        &["from", "to", "ports", "by"],
        nothing_else,
    );
    let mut side = |field: &str| {
        let node = reader.required(connection, &holder, field)?;
        chosen(reader, node, field)
    };
    let (from, to) = (side("from"), side("to"));
    let ports = connection
        .get("ports")
        .map(|_| filled_list(reader, connection, "ports", ports));
    let by = connection.get("by").map(|node| policy(reader, node));
    Some(Assertion {
        name,
        expected,
        span: value.span(),
        from: from?,
        to: to?,
        ports: match ports {
            Some(ports) => Some(ports?),
            None => None,
        },
        by: match by {
            Some(by) => Some(by?),
            None => None,
        },
    })
}

/// A selection, several, or one of both behind a quantifier.
fn chosen(reader: &mut Reader, node: Node<'_>, field: &str) -> Option<Chosen> {
    let (quantifier, value) = match node.shape() {
        Shape::Mapping(mapping) => {
            let holder = format!("`{field}`");
            reader.only(mapping, &holder, &["all", "any"], nothing_else);
            let entry = reader.exactly_one(mapping, &["all", "any"], |at, other| {
                errors::policy_test::all_or_any(at, &holder, other)
            })?;
            let quantifier = match entry.key.text() {
                "any" => Quantifier::Any,
                _ => Quantifier::All,
            };
            (quantifier, entry.value)
        }
        _ => (Quantifier::All, node),
    };
    let selections = match value.shape() {
        Shape::Sequence(list) => {
            let selections = list.iter().map(|node| reader.string(node, field));
            let selections: Vec<Option<Spanned<String>>> = selections.collect();
            if selections.is_empty() {
                reader.report(errors::policy_test::empty_list(value.place(), field));
                return None;
            }
            selections.into_iter().collect::<Option<Vec<_>>>()?
        }
        _ => vec![reader.string(value, field)?],
    };
    Some(Chosen {
        span: node.span(),
        quantifier,
        selections,
    })
}

/// A list that must have an element; `None` when any of them is wrong, too.
fn filled_list<'d, T>(
    reader: &mut Reader,
    mapping: Mapping<'d>,
    field: &str,
    mut read: impl FnMut(&mut Reader, Node<'d>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut is_good = true;
    let list = reader.list(mapping, field, |reader, node| {
        let element = read(reader, node);
        is_good &= element.is_some();
        element
    })?;
    if list.value.is_empty() && is_good {
        let at = mapping.get(field).unwrap_or(mapping.node()).place();
        reader.report(errors::policy_test::empty_list(at, field));
    }
    (is_good && !list.value.is_empty()).then_some(list.value)
}

/// Text that is no port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotPorts {
    /// There is no such protocol.
    Protocol(String),
    /// What is wrong with the numbers, or that a protocol is missing.
    Numbers(String),
}

/// The protocol, the first and the last number of `8080/TCP`, `8000-8090/TCP`, `TCP`, `8/ICMP`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn parse_ports(text: &str) -> Result<(AssertedProtocol, u16, u16), NotPorts> {
    let (numbers, name) = match text.rsplit_once('/') {
        Some((numbers, name)) => (Some(numbers), name),
        None => (None, text),
    };
    let mut protocols = AssertedProtocol::ALL.into_iter();
    match protocols.find(|one| one.name() == name) {
        Some(protocol) => {
            let (first, last) = range(numbers, protocol).map_err(NotPorts::Numbers)?;
            Ok((protocol, first, last))
        }
        None if numbers.is_none() && name.starts_with(|c: char| c.is_ascii_digit()) => {
            Err(NotPorts::Numbers("it names no protocol".into()))
        }
        None => Err(NotPorts::Protocol(name.into())),
    }
}

fn ports(reader: &mut Reader, node: Node<'_>) -> Option<AssertedPorts> {
    let scalar = reader.scalar(node, "ports[]", "a string")?;
    let text = &*scalar.text;
    match parse_ports(text) {
        Ok((protocol, first, last)) => Some(AssertedPorts {
            span: node.span(),
            protocol,
            first,
            last,
        }),
        Err(NotPorts::Protocol(name)) => {
            let known = AssertedProtocol::ALL.map(AssertedProtocol::name);
            let at = node.place();
            reader.report(errors::port::unknown_asserted_protocol(at, &name, &known));
            None
        }
        Err(NotPorts::Numbers(reason)) => {
            reader.report(errors::policy_test::bad_ports(node.place(), text, &reason));
            None
        }
    }
}

/// The first and the last number, or what is wrong with them.
fn range(numbers: Option<&str>, protocol: AssertedProtocol) -> Result<(u16, u16), String> {
    let greatest = protocol.last();
    let Some(numbers) = numbers else {
        return Ok((0, greatest));
    };
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let (Some(first), Some(last)) = (number(first), number(last)) else {
        return Err("before the slash there must be a number or a range".into());
    };
    if first > last {
        return Err("the range ends before it begins".into());
    }
    match (u16::try_from(first), u16::try_from(last)) {
        (Ok(first), Ok(last)) if last <= greatest => Ok((first, last)),
        _ => Err(format!("{} ends at {greatest}", protocol.name())),
    }
}

/// A plain decimal number, which a leading zero or a sign would not be.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}

/// `name`, `namespace/name`, `Kind namespace/name`.
fn policy(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<PolicyReference>> {
    let text = reader.text(node, "by")?;
    let (kind, full_name) = match text.split_once(' ') {
        Some((kind, full_name)) => (Some(kind), full_name),
        None => (None, text),
    };
    if let Some(kind) = kind.filter(|kind| !POLICY_KINDS.contains(kind)) {
        let at = node.place();
        reader.report(errors::policy_test::not_a_policy_kind(
            at,
            kind,
            POLICY_KINDS,
        ));
        return None;
    }
    let (namespace, name) = match full_name.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, full_name),
    };
    let is_name = |text: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        !text.is_empty() && text.chars().all(is_part)
    };
    if !is_name(name) || !namespace.is_none_or(is_name) {
        reader.report(errors::policy_test::bad_policy_name(node.place(), text));
        return None;
    }
    let reference = PolicyReference {
        kind: kind.map(str::to_owned),
        namespace: namespace.map(str::to_owned),
        name: name.into(),
    };
    Some(Spanned::new(reference, node.span()))
}
