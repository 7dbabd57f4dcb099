//! Peers of a Cilium element that are no label selectors: entities, CIDR sets, services, groups.
//!
//! Must not know whom they match, nor what any group resolves to.

use ztc_diag::Spanned;

use crate::errors;
use crate::label;
use crate::meta;
use crate::object::{CidrBase, CiliumCidrSet, CloudGroup, Entity, ServiceChoice, ServicePeer};
use crate::prefix::{self, Exceptions};
use crate::read::{Reader, nothing_else};
use crate::selector::{self, Dialect};
use crate::tree::{Mapping, Node};

/// Reads an element of `fromEntities` or `toEntities`.
pub(crate) fn entity(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<Entity>> {
    let text = reader.text(node, "an entity")?;
    let entity = Entity::ALL.into_iter().find(|entity| entity.name() == text);
    if entity.is_none() {
        let names = Entity::ALL.map(Entity::name);
        reader.report(errors::policy::unknown_entity(node.place(), text, &names));
    }
    let entity = entity?;
    if matches!(entity, Entity::WorldIpv4 | Entity::WorldIpv6) {
        reader.report(errors::policy::entity_not_in_schema(node.place()));
    }
    Some(Spanned::new(entity, node.span()))
}

/// Reads an element of `fromCIDRSet` or `toCIDRSet`.
pub(crate) fn cidr_set(reader: &mut Reader, node: Node<'_>, field: &str) -> Option<CiliumCidrSet> {
    const HOLDER: &str = "a CIDR set";
    const BASES: [&str; 3] = ["cidr", "cidrGroupRef", "cidrGroupSelector"];
    const FIELDS: [&str; 4] = ["cidr", "cidrGroupRef", "cidrGroupSelector", "except"];
    let mapping = reader.mapping(node, &format!("{field}[]"))?;
    reader.only(mapping, HOLDER, &FIELDS, nothing_else);
    let base = reader.exactly_one(mapping, &BASES, errors::peer::cidr_set_base)?;
    if base.key.text() == "cidr" {
        let set = prefix::read_set(reader, mapping, HOLDER, Exceptions::Inside)?;
        return Some(CiliumCidrSet {
            span: set.span,
            base: CidrBase::Prefix(set.cidr),
            except: set.except,
        });
    }
    // What a group holds is not known here, so exceptions are only prefixes.
    let except = reader.list(mapping, "except", |reader, node| {
        prefix::read(reader, node, "except[]")
    });
    let base = if base.key.text() == "cidrGroupRef" {
        group_name(reader, base.value).map(CidrBase::Group)
    } else {
        selector::read(reader, base.value, "cidrGroupSelector", Dialect::Cilium)
            .map(CidrBase::GroupSelector)
    };
    Some(CiliumCidrSet {
        span: node.span(),
        base: base?,
        except: except.map(|list| list.value).unwrap_or_default(),
    })
}

fn group_name(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<String>> {
    let name = reader.string(node, "cidrGroupRef")?;
    if let Err(reason) = label::check_subdomain(&name.value) {
        let at = node.place();
        reader.report(errors::peer::bad_cidr_group_name(at, &name.value, reason));
        return None;
    }
    Some(name)
}

/// Reads an element of `toServices`.
pub(crate) fn service(reader: &mut Reader, node: Node<'_>) -> Option<ServicePeer> {
    const HOLDER: &str = "an element of `toServices`";
    const CHOICES: [&str; 2] = ["k8sService", "k8sServiceSelector"];
    let mapping = reader.mapping(node, "toServices[]")?;
    reader.only(mapping, HOLDER, &CHOICES, nothing_else);
    let choice = reader.exactly_one(mapping, &CHOICES, errors::peer::service_choice)?;
    let (holder, field) = if choice.key.text() == "k8sService" {
        ("`k8sService`", "serviceName")
    } else {
        ("`k8sServiceSelector`", "selector")
    };
    let mapping = reader.mapping(choice.value, choice.key.text())?;
    reader.only(mapping, holder, &[field, "namespace"], nothing_else);
    let namespace = reader.optional_string(mapping, "namespace");
    let services = if field == "serviceName" {
        let name = reader.required_string(mapping, holder, field);
        name.map(ServiceChoice::Name)
    } else {
        let selector = reader.required(mapping, holder, field)?;
        selector::read(reader, selector, field, Dialect::Cilium).map(ServiceChoice::Selector)
    };
    Some(ServicePeer {
        span: node.span(),
        namespace,
        services: services?,
    })
}

/// Reads an element of `fromGroups` or `toGroups`.
pub(crate) fn group(reader: &mut Reader, node: Node<'_>, field: &str) -> Option<CloudGroup> {
    const HOLDER: &str = "a group";
    const AWS_FIELDS: [&str; 4] = [
        "labels",
        "securityGroupsIds",
        "securityGroupsNames",
        "region",
    ];
    let mapping = reader.mapping(node, &format!("{field}[]"))?;
    reader.only(mapping, HOLDER, &["aws"], nothing_else);
    let aws = reader.required(mapping, HOLDER, "aws")?;
    let aws = reader.mapping(aws, "aws")?;
    reader.only(aws, "`aws`", &AWS_FIELDS, nothing_else);
    let labels = aws
        .get("labels")
        .and_then(|labels| cloud_labels(reader, labels));
    let ids = texts(reader, aws, "securityGroupsIds");
    let names = texts(reader, aws, "securityGroupsNames");
    let region = reader.optional_string(aws, "region");
    let mut key = "aws".to_owned();
    let mut part = |name: &str, mut values: Vec<String>, separator: &str| {
        values.sort();
        values.dedup();
        if !values.is_empty() {
            key.push_str(&format!(" {name}={}", values.join(separator)));
        }
    };
    part("labels", labels.unwrap_or_default(), ";");
    part("ids", ids, ",");
    part("names", names, ",");
    part("region", region.into_iter().map(|r| r.value).collect(), ",");
    let span = node.span();
    Some(CloudGroup { span, key })
}

fn texts(reader: &mut Reader, mapping: Mapping<'_>, field: &str) -> Vec<String> {
    let texts = reader.list(mapping, field, |reader, node| {
        Some(reader.string(node, &format!("{field}[]"))?.value)
    });
    texts.map(|list| list.value).unwrap_or_default()
}

/// Tags of a cloud, which are any text.
fn cloud_labels(reader: &mut Reader, node: Node<'_>) -> Option<Vec<String>> {
    let mapping = reader.mapping(node, "labels")?;
    let labels = mapping.iter().filter_map(|entry| {
        let key = meta::key_text(reader, entry.key)?;
        let value = reader.text(entry.value, key)?;
        Some(format!("{key}={value}"))
    });
    Some(labels.collect())
}
