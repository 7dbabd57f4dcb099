//! ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy as written.
//!
//! Must not know what a tier means. What a rule's `from`, `to`, `ports` hold is read elsewhere.

use ztc_diag::Spanned;

use crate::object::{AdminAction, AdminKind, AdminPolicy, AdminRule, AdminTier};
use crate::read::{Reader, nothing_else};
use crate::tree::{Mapping, Node};
use crate::{admin_peer, admin_port, errors, meta};

const MAX_PRIORITY: i64 = 1000;
const MAX_RULE_NAME: usize = 100;
const BASELINE_NAME: &str = "default";

const TIERS: [(&str, AdminTier); 2] = [
    ("Admin", AdminTier::Admin),
    ("Baseline", AdminTier::Baseline),
];

/// The verbs of `v1alpha2`.
const ACCEPT_DENY_PASS: &[(&str, AdminAction)] = &[
    ("Accept", AdminAction::Accept),
    ("Deny", AdminAction::Deny),
    ("Pass", AdminAction::Pass),
];

/// The verbs of an AdminNetworkPolicy.
const ALLOW_DENY_PASS: &[(&str, AdminAction)] = &[
    ("Allow", AdminAction::Accept),
    ("Deny", AdminAction::Deny),
    ("Pass", AdminAction::Pass),
];

/// The verbs of a BaselineAdminNetworkPolicy, behind which nothing is left to pass to.
const ALLOW_DENY: &[(&str, AdminAction)] =
    &[("Allow", AdminAction::Accept), ("Deny", AdminAction::Deny)];

/// In what the kinds differ.
struct Flavor {
    holder: &'static str,
    spec_holder: &'static str,
    spec_fields: &'static [&'static str],
    actions: &'static [(&'static str, AdminAction)],
    rule_fields: [&'static [&'static str]; 2],
    /// How many rules a direction may have, and peers and ports a rule.
    max_elements: usize,
}

const CLUSTER_NETWORK_POLICY: Flavor = Flavor {
    holder: "a ClusterNetworkPolicy",
    spec_holder: "a ClusterNetworkPolicy's `spec`",
    spec_fields: &["tier", "priority", "subject", "ingress", "egress"],
    actions: ACCEPT_DENY_PASS,
    rule_fields: [
        &["name", "action", "from", "protocols", "ports"],
        &["name", "action", "to", "protocols", "ports"],
    ],
    max_elements: 25,
};

const ADMIN_NETWORK_POLICY: Flavor = Flavor {
    holder: "an AdminNetworkPolicy",
    spec_holder: "an AdminNetworkPolicy's `spec`",
    spec_fields: &["priority", "subject", "ingress", "egress"],
    actions: ALLOW_DENY_PASS,
    rule_fields: [
        &["name", "action", "from", "ports"],
        &["name", "action", "to", "ports"],
    ],
    max_elements: 100,
};

const BASELINE_ADMIN_NETWORK_POLICY: Flavor = Flavor {
    holder: "a BaselineAdminNetworkPolicy",
    spec_holder: "a BaselineAdminNetworkPolicy's `spec`",
    spec_fields: &["subject", "ingress", "egress"],
    actions: ALLOW_DENY,
    ..ADMIN_NETWORK_POLICY
};

impl AdminKind {
    fn flavor(self) -> &'static Flavor {
        match self {
            Self::ClusterNetworkPolicy => &CLUSTER_NETWORK_POLICY,
            Self::AdminNetworkPolicy => &ADMIN_NETWORK_POLICY,
            Self::BaselineAdminNetworkPolicy => &BASELINE_ADMIN_NETWORK_POLICY,
        }
    }
}

/// Reads any of the three kinds.
pub(crate) fn read(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind_node: Node<'_>,
    kind: AdminKind,
) -> Option<AdminPolicy> {
    let flavor = kind.flavor();
    let fields = ["apiVersion", "kind", "metadata", "spec", "status"];
    reader.only(object, flavor.holder, &fields, nothing_else);
    let meta = meta::read_policy(reader, object, kind_node);
    meta::refuse_namespace(reader, object, meta.as_ref(), kind.name());
    if let Some(meta) = meta
        .as_ref()
        .filter(|meta| meta.name.value != BASELINE_NAME)
        && kind == AdminKind::BaselineAdminNetworkPolicy
    {
        reader.report(errors::admin::baseline_name(meta.name.span));
    }
    let Some(spec) = object.get("spec") else {
        let at = kind_node.place();
        reader.report(errors::object::missing_field(at, flavor.holder, "spec"));
        return None;
    };
    let spec = reader.mapping(spec, "spec")?;
    let holder = flavor.spec_holder;
    reader.only(spec, holder, flavor.spec_fields, nothing_else);
    let has = |field: &str| flavor.spec_fields.contains(&field);
    let tier = if has("tier") {
        let node = reader.required(spec, holder, "tier");
        node.and_then(|node| tier(reader, node))
    } else if has("priority") {
        Some(AdminTier::Admin)
    } else {
        Some(AdminTier::Baseline)
    };
    let priority = if has("priority") {
        let node = reader.required(spec, holder, "priority");
        node.and_then(|node| reader.integer(node, "priority", 0, MAX_PRIORITY))
            .and_then(|priority| u16::try_from(priority.value).ok())
    } else {
        Some(0)
    };
    let subject = reader.required(spec, holder, "subject");
    let subject = subject.and_then(|node| admin_peer::subject(reader, node, kind));
    let ingress = rules(reader, spec, kind, false);
    let egress = rules(reader, spec, kind, true);
    Some(AdminPolicy {
        meta: meta?,
        kind,
        tier: tier?,
        priority: priority?,
        subject: subject?,
        ingress,
        egress,
    })
}

fn tier(reader: &mut Reader, node: Node<'_>) -> Option<AdminTier> {
    let text = reader.text(node, "tier")?;
    let known = TIERS.iter().find(|(name, _)| *name == text);
    if known.is_none() {
        let names = TIERS.map(|(name, _)| name);
        reader.report(errors::admin::unknown_tier(node.place(), text, &names));
    }
    known.map(|(_, tier)| *tier)
}

fn rules(
    reader: &mut Reader,
    spec: Mapping<'_>,
    kind: AdminKind,
    is_egress: bool,
) -> Vec<AdminRule> {
    let field = if is_egress { "egress" } else { "ingress" };
    check_length(reader, spec, field, 0, kind.flavor().max_elements);
    let rules = reader.list(spec, field, |reader, node| {
        rule(reader, node, kind, is_egress)
    });
    rules.map(|list| list.value).unwrap_or_default()
}

fn rule(
    reader: &mut Reader,
    node: Node<'_>,
    kind: AdminKind,
    is_egress: bool,
) -> Option<AdminRule> {
    let flavor = kind.flavor();
    let [ingress_fields, egress_fields] = flavor.rule_fields;
    let (holder, peers, other, fields) = if is_egress {
        ("an egress rule", "to", "from", egress_fields)
    } else {
        ("an ingress rule", "from", "to", ingress_fields)
    };
    let mapping = reader.mapping(node, holder)?;
    reader.only(mapping, holder, fields, |field| {
        let at = field.key.place();
        (field.name == other).then(|| errors::policy::wrong_direction(at, other, holder, peers))
    });
    let name = reader.optional_string(mapping, "name");
    if let Some(name) = &name
        && name.value.chars().count() > MAX_RULE_NAME
    {
        reader.report(errors::admin::rule_name_too_long(name.span, MAX_RULE_NAME));
    }
    let action = reader.required(mapping, holder, "action");
    let action = action.and_then(|node| action_of(reader, node, flavor));
    reader.required(mapping, holder, peers);
    check_length(reader, mapping, peers, 1, flavor.max_elements);
    let accepts = action.is_none_or(|action| action.value == AdminAction::Accept);
    let peers = reader.list(mapping, peers, |reader, node| {
        admin_peer::read(reader, node, kind, is_egress, accepts)
    });
    let ports = admin_port::read(reader, mapping, kind);
    let peers = peers.map(|list| list.value).unwrap_or_default();
    admin_port::check_named(reader, ports.as_ref(), &peers);
    Some(AdminRule {
        span: node.span(),
        name,
        action: action?,
        peers,
        ports,
    })
}

fn action_of(reader: &mut Reader, node: Node<'_>, flavor: &Flavor) -> Option<Spanned<AdminAction>> {
    let text = reader.text(node, "action")?;
    let known = flavor.actions.iter().find(|(name, _)| *name == text);
    if known.is_none() {
        let names: Vec<_> = flavor.actions.iter().map(|(name, _)| *name).collect();
        let (at, holder) = (node.place(), flavor.holder);
        reader.report(errors::admin::unknown_action(at, text, holder, &names));
    }
    known.map(|(_, action)| Spanned::new(*action, node.span()))
}

/// Reports a list that is shorter or longer than the API takes.
pub(crate) fn check_length(
    reader: &mut Reader,
    mapping: Mapping<'_>,
    field: &str,
    least: usize,
    most: usize,
) {
    let Some(entry) = mapping.entry(field) else {
        return;
    };
    let is_list = matches!(entry.value.shape(), crate::tree::Shape::Sequence(_));
    let (at, length) = (entry.key.place(), entry.n_elements());
    if is_list && length < least {
        reader.report(errors::admin::empty_list(at, field));
    } else if length > most {
        reader.report(errors::admin::list_too_long(at, field, length, most));
    }
}

impl AdminKind {
    /// How many elements a list of a rule may have.
    pub(crate) fn max_elements(self) -> usize {
        self.flavor().max_elements
    }
}
