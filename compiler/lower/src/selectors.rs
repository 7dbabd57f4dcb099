//! Selectors, signatures and classes: what a loader needs to classify a pod.

use ztc_bundle::{
    ClassNetworkRecord, ClassPortRecord, ClassRecord, Contents, NamedPortRecord, RequirementRecord,
    SelectorRecord, SignatureRecord, ValueRecord,
};
use ztc_policy::{Analysis, resolve::Class};

use crate::{
    numbers::{self, number},
    strings::Strings,
};

/// Fills the sections `selectors`, `requirements`, `values`, `named_ports`, `classes`,
/// `signatures`, `class_ports`, `class_networks`.
pub(crate) fn lower(analysis: &Analysis, strings: &mut Strings, contents: &mut Contents) {
    for selector in &analysis.model.selectors {
        contents.selectors.push(SelectorRecord {
            first_requirement: number(contents.requirements.len()),
            n_requirements: number(selector.requirements().len()),
        });
        for requirement in selector.requirements() {
            contents.requirements.push(RequirementRecord {
                source: strings.intern(&requirement.source),
                key: strings.intern(&requirement.key),
                first_value: number(contents.values.len()),
                n_values: number(requirement.values.len()),
                operator: requirement.operator as u32,
            });
            let values = requirement.values.iter().map(|value| strings.intern(value));
            contents
                .values
                .extend(values.map(|text| ValueRecord { text }));
        }
    }
    for port in &analysis.model.named_ports {
        contents.named_ports.push(NamedPortRecord {
            name: strings.intern(&port.name),
            protocol: numbers::protocol(port.protocol) as u32,
        });
    }
    for (index, class) in (0u32..).zip(&analysis.resolved.classes.classes) {
        push_class(analysis, index, class, strings, contents);
    }
}

fn push_class(
    analysis: &Analysis,
    index: u32,
    class: &Class,
    strings: &mut Strings,
    contents: &mut Contents,
) {
    let rows = analysis
        .graph
        .row_of_class
        .get(index as usize)
        .copied()
        .unwrap_or_default();
    let [row_ingress, row_egress] = rows.map(numbers::row);
    let shadow = analysis.graph.shadow_of_class.get(index as usize);
    let [shadow_ingress, shadow_egress] = shadow.copied().unwrap_or(rows).map(numbers::row);
    let peer = analysis.resolved.universe.class(index);
    contents.classes.push(ClassRecord {
        class: numbers::class(index).0,
        group: numbers::group(analysis.resolved.groups.of(peer)).0,
        row_ingress,
        row_egress,
        shadow_ingress,
        shadow_egress,
        first_selector: number(contents.signatures.len()),
        n_selectors: number(class.selectors.len()),
        first_port: number(contents.class_ports.len()),
        n_ports: number(class.ports.len()),
        first_network: number(contents.class_networks.len()),
        n_networks: number(class.networks.len()),
        example: strings.intern(&class.example),
        n_members: number(class.members.len()),
    });
    let signature = class
        .selectors
        .iter()
        .map(|id| SignatureRecord { selector: id.0 });
    contents.signatures.extend(signature);
    contents
        .class_ports
        .extend(class.ports.iter().map(|(name, port)| ClassPortRecord {
            named_port: name.0,
            port: u32::from(*port),
        }));
    let places = class.networks.iter().filter_map(|network| {
        let place = analysis.model.networks.binary_search(network).ok()?;
        Some(ClassNetworkRecord {
            network: number(place),
        })
    });
    contents.class_networks.extend(places);
}
